//! The HTTP client: connections, TLS, authentication.
use super::proxy::{Connector, Proxy};
use crate::error::chain;
use crate::{Error, Result};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt};
use kube::config::Config;
use std::time::Duration;
use tower::{BoxError, ServiceBuilder};

/// A dead peer is noticed within a minute, also under a watch that has nothing to say.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_PROBES: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn client(config: Config, proxy: Option<Proxy>) -> Result<kube::Client> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
    http.set_keepalive_retries(Some(KEEPALIVE_PROBES));
    let fail = |error: kube::Error| Error::Config(chain(&error));
    let connector = config.rustls_https_connector_with_connector(Connector { http, proxy }).map_err(fail)?;
    let hyper: hyper_util::client::legacy::Client<_, Body> =
        hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer().map_err(fail)?)
        .layer(config.extra_headers_layer().map_err(fail)?)
        .map_err(BoxError::from)
        .service(hyper);
    Ok(kube::Client::new(service, config.default_namespace))
}
