//! A small HTTP client for modules: one request, its redirects, one answer.
mod connect;
mod proxy;
mod tls;

pub(crate) use tls::Tls;

use bytes::Bytes;
use connect::Stream;
use http::header::{AUTHORIZATION, COOKIE, HOST, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::{BodyExt, Full};
use rolewright_run::{Cancel, TaskContext};
use std::time::Duration;

/// A request as a module wants it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Headers that a redirect does not take along.
    pub(crate) unredirected: Vec<String>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) follow: Follow,
    pub(crate) timeout: Duration,
    pub(crate) tls: Tls,
    pub(crate) unix_socket: Option<String>,
    pub(crate) use_proxy: bool,
    /// User and password for a server that asks, or at once.
    pub(crate) user: Option<(String, String)>,
    pub(crate) basic_at_once: bool,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    All,
    /// Those of GET and HEAD.
    Safe,
    None,
}

/// What came back, after redirects.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where it came from in the end.
    pub(crate) url: String,
}

const MOST_REDIRECTS: usize = 10;
/// An answer is kept in memory: larger ones are refused, so that a server cannot use it up.
const LARGEST: usize = 1 << 30;

/// What a request needs to know of the task.
struct Outside {
    cancel: Cancel,
    environment: Vec<(String, String)>,
}

/// Sends it and waits, on a thread of its own, for the calling one may belong to another runtime.
pub(crate) fn send(cx: &TaskContext<'_>, request: &Request) -> Result<Response, String> {
    let outside = Outside { cancel: cx.cancel.clone(), environment: crate::builtin::environment(cx) };
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| error.to_string())?.block_on(async {
                tokio::select! {
                    answer = follow(&outside, request) => answer,
                    () = stopped(&outside) => Err("the run was stopped during the request".to_owned()),
                }
            })
        });
        worker.join().unwrap_or_else(|_| Err("the request ended in a fault of this program".to_owned()))
    })
}

async fn stopped(outside: &Outside) {
    while !outside.cancel.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn follow(outside: &Outside, request: &Request) -> Result<Response, String> {
    let mut request = request.clone();
    for _ in 0..=MOST_REDIRECTS {
        let mut response = limited(outside, &request, request.basic_at_once).await?;
        if response.status == 401 && request.user.is_some() && !request.basic_at_once {
            response = limited(outside, &request, true).await?;
        }
        let Some(next) = redirect(&request, &response) else { return Ok(response) };
        request = next?;
    }
    Err(format!("too many redirects, the last one to {}", request.url))
}

async fn limited(outside: &Outside, request: &Request, authorize: bool) -> Result<Response, String> {
    let answer = tokio::time::timeout(request.timeout, exchange(outside, request, authorize)).await;
    answer.unwrap_or_else(|_| Err("The read operation timed out".to_owned()))
}

/// The request that a redirect asks for, if it is to be followed.
fn redirect(request: &Request, response: &Response) -> Option<Result<Request, String>> {
    let safe = matches!(request.method.as_str(), "GET" | "HEAD");
    let follows = match request.follow {
        Follow::None => false,
        Follow::Safe => safe,
        Follow::All => true,
    };
    if !follows || !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers.get(LOCATION)?.to_str().ok()?;
    Some(joined(&request.url, location).map(|url| {
        let mut next = Request { url, ..request.clone() };
        // 307 and 308 repeat the request, the others ask for the page.
        if !matches!(response.status, 307 | 308) && !safe {
            next.method = "GET".to_owned();
            next.body = None;
            next.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        }
        let dropped = |name: &str| next.unredirected.iter().any(|other| other.eq_ignore_ascii_case(name));
        next.headers.retain(|(name, _)| !dropped(name));
        if authority(&next.url) != authority(&request.url) {
            // Secrets are for the host they were given for.
            next.headers.retain(|(name, _)| {
                !name.eq_ignore_ascii_case(AUTHORIZATION.as_str()) && !name.eq_ignore_ascii_case(COOKIE.as_str())
            });
            next.user = None;
        }
        next
    }))
}

fn authority(url: &str) -> Option<(String, String)> {
    let uri: Uri = url.parse().ok()?;
    Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_ascii_lowercase()))
}

/// A reference, seen from a URL.
pub(crate) fn joined(base: &str, reference: &str) -> Result<String, String> {
    if reference.contains("://") {
        return Ok(reference.to_owned());
    }
    let uri: Uri = base.parse().map_err(|error| format!("{base}: {error}"))?;
    let scheme = uri.scheme_str().unwrap_or("http");
    if let Some(rest) = reference.strip_prefix("//") {
        return Ok(format!("{scheme}://{rest}"));
    }
    let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    if reference.starts_with('/') {
        return Ok(format!("{scheme}://{host}{reference}"));
    }
    let folder = uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    Ok(format!("{scheme}://{host}{folder}/{reference}"))
}

async fn exchange(outside: &Outside, request: &Request, authorize: bool) -> Result<Response, String> {
    let uri: Uri = request.url.parse().map_err(|error| format!("{}: {error}", request.url))?;
    let (stream, whole_url) = connect::connect(outside, request, &uri).await?;
    let message = message(request, &uri, whole_url, authorize)?;
    let response = match stream {
        Stream::Plain(stream) => talk(stream, message).await,
        Stream::Tls(stream) => talk(*stream, message).await,
        Stream::Unix(stream) => talk(stream, message).await,
    }?;
    Ok(Response { url: request.url.clone(), ..response })
}

fn message(
    request: &Request,
    uri: &Uri,
    whole_url: bool,
    authorize: bool,
) -> Result<hyper::Request<Full<Bytes>>, String> {
    let target =
        if whole_url { uri.to_string() } else { uri.path_and_query().map_or("/", |path| path.as_str()).to_owned() };
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| error.to_string())?;
    let body = Full::new(Bytes::from(request.body.clone().unwrap_or_default()));
    let builder = hyper::Request::builder().method(method).uri(target);
    let mut message = builder.body(body).map_err(|error| error.to_string())?;
    let headers = message.headers_mut();
    for (name, value) in &request.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name} is no name of a header"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| format!("bad value of the header {name}"))?;
        headers.insert(header, value);
    }
    if !headers.contains_key(HOST) {
        let host = uri.authority().map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default());
        let host = HeaderValue::from_str(host.unwrap_or_default()).map_err(|error| error.to_string())?;
        headers.insert(HOST, host);
    }
    if let Some((user, password)) = request.user.as_ref().filter(|_| authorize) {
        let value = HeaderValue::from_str(&basic(user, password)).map_err(|error| error.to_string())?;
        headers.insert(AUTHORIZATION, value);
    }
    Ok(message)
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}

async fn talk<S>(stream: S, message: hyper::Request<Full<Bytes>>) -> Result<Response, String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(message).await.map_err(|error| error.to_string())?;
    let (parts, mut incoming) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let Some(data) = frame.data_ref() {
            if body.len() + data.len() > LARGEST {
                return Err(format!("the answer is larger than {LARGEST} bytes"));
            }
            body.extend_from_slice(data);
        }
    }
    driver.abort();
    let reason = parts.extensions.get::<hyper::ext::ReasonPhrase>();
    let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let usual = parts.status.canonical_reason().unwrap_or_default().to_owned();
    Ok(Response {
        status: parts.status.as_u16(),
        reason: reason.unwrap_or(usual),
        headers: parts.headers,
        body,
        url: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (base, reference, expected) in [
            ("http://h:1/a/b?c", "/x", "http://h:1/x"),
            ("http://h:1/a/b?c", "x", "http://h:1/a/x"),
            ("https://h/a", "//g/y", "https://g/y"),
            ("https://h", "http://g/y", "http://g/y"),
        ] {
            assert_eq!(joined(base, reference).unwrap(), expected);
        }
    }
}
