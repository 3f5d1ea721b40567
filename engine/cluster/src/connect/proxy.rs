//! Reaching the server through an HTTP proxy (`CONNECT`).
use super::Connect;
use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use kube::config::Config;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::{BoxError, Service};

/// A proxy, and what it is told.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    address: Uri,
    headers: Vec<(&'static str, String)>,
}

impl Proxy {
    /// The proxy that options and kubeconfig name for this server, if any.
    pub(super) fn of(options: &Connect, config: &Config) -> Result<Option<Self>> {
        let Some(address) = &config.proxy_url else { return Ok(None) };
        let host = config.cluster_url.host().unwrap_or_default();
        if options.no_proxy.as_deref().is_some_and(|list| is_exempt(list, host)) {
            return Ok(None);
        }
        if address.scheme_str().unwrap_or("http") != "http" || address.host().is_none() {
            return Err(Error::Config(format!(
                "the proxy {address} cannot be used: only http:// proxies are supported"
            )));
        }
        let said = |key: &str| options.proxy_headers.as_ref().and_then(|headers| headers[key].as_str());
        let mut headers = Vec::new();
        let authority = address.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let userinfo = authority
            .rsplit_once('@')
            .map(|(user, _)| percent_encoding::percent_decode_str(user).decode_utf8_lossy().into_owned());
        if let Some(secret) = said("proxy_basic_auth").map(str::to_owned).or(userinfo) {
            headers.push(("Proxy-Authorization", format!("Basic {}", STANDARD.encode(secret))));
        }
        if let Some(agent) = said("user_agent") {
            headers.push(("User-Agent", agent.to_owned()));
        }
        if headers.iter().any(|(_, value)| value.contains(['\r', '\n'])) {
            return Err(Error::Config("proxy_headers must not contain line breaks".into()));
        }
        Ok(Some(Self { address: address.clone(), headers }))
    }

    async fn open(
        self,
        mut connector: HttpConnector,
        target: Uri,
    ) -> std::result::Result<TokioIo<TcpStream>, BoxError> {
        let mut stream = connector.call(self.address.clone()).await?.into_inner();
        let default = if target.scheme_str() == Some("http") { 80 } else { 443 };
        let host = target.host().unwrap_or_default();
        let authority = format!("{host}:{}", target.port_u16().unwrap_or(default));
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        for (key, value) in &self.headers {
            request.push_str(&format!("{key}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await?;
        let head = read_head(&mut stream).await?;
        let line = head.lines().next().unwrap_or_default();
        match line.split(' ').nth(1) {
            Some(code) if code.starts_with('2') => Ok(TokioIo::new(stream)),
            _ => Err(format!("the proxy {} refused: {line}", self.address.host().unwrap_or_default()).into()),
        }
    }
}

/// Byte by byte, since what follows the head belongs to the tunnel.
async fn read_head(stream: &mut TcpStream) -> std::result::Result<String, BoxError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 16 * 1024 {
            return Err("the proxy's answer is too long".into());
        }
        head.push(stream.read_u8().await.map_err(|error| format!("the proxy hung up: {error}"))?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Hosts, domains (`.example.com`), addresses and networks (`10.0.0.0/8`), separated by commas.
fn is_exempt(list: &str, host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Option<IpAddr> = host.parse().ok();
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        let entry = entry.trim_start_matches('*');
        match (entry.split_once('/'), address) {
            (Some((network, bits)), Some(address)) => in_network(address, network, bits),
            _ => {
                let domain = entry.trim_start_matches('.');
                host.eq_ignore_ascii_case(domain)
                    || host.to_ascii_lowercase().ends_with(&format!(".{}", domain.to_ascii_lowercase()))
            }
        }
    })
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let same = |a: u128, b: u128, width: u32| bits <= width && (bits == 0 || (a ^ b) >> (width - bits) == 0);
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

/// Opens connections, straight or through a proxy.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) http: HttpConnector,
    pub(super) proxy: Option<Proxy>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxedError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self::Response, BoxedError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), BoxedError>> {
        self.http.poll_ready(cx).map_err(|error| BoxedError(error.into()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        match &self.proxy {
            None => {
                let opening = self.http.call(target);
                Box::pin(async move { opening.await.map_err(|error| BoxedError(error.into())) })
            }
            Some(proxy) => {
                let opening = proxy.clone().open(self.http.clone(), target);
                Box::pin(async move { opening.await.map_err(BoxedError) })
            }
        }
    }
}

/// A boxed error that is an error type of its own, which the layers above want.
#[derive(Debug)]
pub(super) struct BoxedError(BoxError);

impl std::fmt::Display for BoxedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BoxedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemptions() {
        let rows = [
            ("localhost,.example.com", "api.example.com", true),
            ("example.com", "api.example.com", true),
            ("example.com", "badexample.com", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("fd00::/8", "[fd00::1]", true),
            ("*", "anything", true),
            ("", "anything", false),
        ];
        for (list, host, wanted) in rows {
            assert_eq!(is_exempt(list, host), wanted, "{list} {host}");
        }
    }
}
