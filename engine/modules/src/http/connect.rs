//! The connection of a request: plain, encrypted, by a proxy or a socket of this machine.
use super::{Outside, Request, proxy, tls};
use http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

/// The stream, and whether the request must name the whole URL, as a proxy needs it.
pub(super) async fn connect(outside: &Outside, request: &Request, uri: &Uri) -> Result<(Stream, bool), String> {
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        other => return Err(format!("<urlopen error unknown url type: {}>", other.unwrap_or_default())),
    };
    let host = uri.host().ok_or_else(|| format!("{uri} names no host"))?.trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    if let Some(path) = &request.unix_socket {
        let stream = UnixStream::connect(path).await.map_err(|error| refused(&error))?;
        return if secure {
            Err("https over a unix socket is not supported".to_owned())
        } else {
            Ok((Stream::Unix(stream), false))
        };
    }
    let proxy = if request.use_proxy { proxy::of(outside, secure, host, port)? } else { None };
    let stream = match &proxy {
        Some(proxy) => tcp(&proxy.host, proxy.port).await?,
        None => tcp(host, port).await?,
    };
    if !secure {
        return Ok((Stream::Plain(stream), proxy.is_some()));
    }
    let stream = match &proxy {
        Some(_) => tunnel(stream, host, port).await?,
        None => stream,
    };
    Ok((Stream::Tls(Box::new(tls::wrap(stream, host, &request.tls).await?)), false))
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses = addresses.map_err(|_| "<urlopen error [Errno -2] Name or service not known>".to_owned())?;
    let mut last = "<urlopen error [Errno -2] Name or service not known>".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = refused(&error),
        }
    }
    Err(last)
}

fn refused(error: &std::io::Error) -> String {
    format!("<urlopen error {}>", crate::fs::errno(error))
}

/// `CONNECT`, by which a proxy lets encrypted traffic through.
async fn tunnel(mut stream: TcpStream, host: &str, port: u16) -> Result<TcpStream, String> {
    let ask = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.map_err(|error| refused(&error))?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < 16_384 {
        let byte = stream.read_u8().await.map_err(|error| refused(&error))?;
        answer.push(byte);
    }
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    let accepted = line.split_whitespace().nth(1) == Some("200");
    if accepted { Ok(stream) } else { Err(format!("<urlopen error Tunnel connection failed: {line}>")) }
}
