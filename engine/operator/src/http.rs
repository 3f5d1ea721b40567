//! A small server for probes and scrapes: GET only, text only.
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// What is asked: the path, and the bearer token if one came along.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) token: Option<String>,
}

/// Status and text.
pub(crate) type Answer = (StatusCode, String);
pub(crate) type Handler = Arc<dyn Fn(Asked) -> BoxFuture<'static, Answer> + Send + Sync>;

/// Binds what Go writes as an address: `:8443` is every interface, of both families where the machine has both.
pub(crate) async fn bind(address: &str) -> Result<TcpListener, String> {
    let fail = |error: std::io::Error| format!("cannot listen on {address}: {error}");
    match address.strip_prefix(':') {
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            Ok(listener) => Ok(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(fail(error)),
            Err(_) => TcpListener::bind(format!("0.0.0.0:{port}")).await.map_err(fail),
        },
        None => TcpListener::bind(address).await.map_err(fail),
    }
}

/// Serves until `stop`; in TLS, if an acceptor is given.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, handler: Handler, stop: CancellationToken) {
    let mut failures = 0_u32;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                failures = 0;
                tokio::spawn(accepted_one(stream, tls.clone(), peer, Arc::clone(&handler), stop.clone()));
            }
            // Out of file handles, mostly: it passes, and a tight loop would not help.
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100 * u64::from(failures.min(20)))).await;
            }
        }
    }
}

/// A peer that does not finish its handshake or its request must not keep a task for ever.
const PATIENCE: Duration = Duration::from_secs(30);

async fn accepted_one(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    peer: SocketAddr,
    handler: Handler,
    stop: CancellationToken,
) {
    let done = async {
        match tls {
            None => connection(stream, handler).await,
            Some(tls) => match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                Ok(Ok(stream)) => connection(stream, handler).await,
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("the TLS handshake takes too long".into()),
            },
        }
    };
    tokio::select! {
        done = done => if let Err(error) = done {
            tracing::debug!(%peer, %error, "connection ended");
        },
        () = stop.cancelled() => {}
    }
}

async fn connection<S>(stream: S, handler: Handler) -> Result<(), String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let service = service_fn(move |request: Request<Incoming>| answer(request, Arc::clone(&handler)));
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder.serve_connection(TokioIo::new(stream), service).await.map_err(|error| error.to_string())
}

async fn answer(request: Request<Incoming>, handler: Handler) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = if request.method() == Method::GET || request.method() == Method::HEAD {
        let header = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(|token| token.trim().to_owned());
        handler(Asked { path: request.uri().path().to_owned(), token }).await
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n".into())
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    Ok(response)
}
