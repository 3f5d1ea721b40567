//! `uri` and `get_url`: requests to web servers.
mod form;
pub(super) mod get_url;
pub(super) mod uri;

use crate::failure::Failure;
use crate::http::{Follow, Request, Tls};
use crate::options::{Kind, Opt, Options};
use std::time::Duration;

/// Options of requests that both modules take.
const REQUEST_OPTIONS: [Opt; 18] = [
    Opt::new("ciphers", Kind::Texts),
    Opt::new("client_cert", Kind::Path),
    Opt::new("client_key", Kind::Path),
    Opt::new("decompress", Kind::Bool),
    Opt::new("force", Kind::Bool).aliases(&["thirsty"]),
    Opt::new("force_basic_auth", Kind::Bool),
    Opt::new("headers", Kind::Dict),
    Opt::new("http_agent", Kind::Str),
    Opt::new("timeout", Kind::Int),
    Opt::new("unredirected_headers", Kind::Texts),
    Opt::new("url", Kind::Str).required(),
    Opt::new("url_password", Kind::Str).aliases(&["password"]),
    Opt::new("url_username", Kind::Str).aliases(&["user", "username"]),
    Opt::new("use_gssapi", Kind::Bool),
    Opt::new("use_netrc", Kind::Bool),
    Opt::new("use_proxy", Kind::Bool),
    Opt::new("validate_certs", Kind::Bool),
    Opt::new("dest", Kind::Path),
];

fn request(options: &Options, timeout: u64) -> Result<Request, Failure> {
    if options.flag("use_gssapi", false) {
        return Err("use_gssapi: Kerberos is not supported".into());
    }
    if options.has("ciphers") {
        return Err("ciphers: the set of ciphers cannot be chosen".into());
    }
    let user = options.text("url_username").map(|user| (user, options.text_or("url_password", "")));
    let given = options.get("headers").and_then(|headers| headers.entries()).unwrap_or_default();
    let mut headers: Vec<(String, String)> =
        given.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    default(&mut headers, "User-Agent", &options.text_or("http_agent", "ansible-httpget"));
    default(&mut headers, "Accept-Encoding", "identity");
    default(&mut headers, "Connection", "close");
    if options.flag("force", false) {
        default(&mut headers, "Cache-Control", "no-cache");
    }
    let seconds = options.int("timeout").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(timeout);
    Ok(Request {
        url: without_fragment(&options.text_or("url", "")).to_owned(),
        method: "GET".to_owned(),
        headers,
        unredirected: options.texts("unredirected_headers"),
        body: None,
        follow: Follow::Safe,
        timeout: Duration::from_secs(seconds),
        tls: Tls {
            validate: options.flag("validate_certs", true),
            ca_path: options.text("ca_path"),
            client_cert: options.text("client_cert"),
            client_key: options.text("client_key"),
        },
        unix_socket: options.text("unix_socket"),
        use_proxy: options.flag("use_proxy", true),
        user,
        basic_at_once: options.flag("force_basic_auth", false),
    })
}

/// What stands behind `#` is not for the server.
fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn default(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
        headers.push((name.to_owned(), value.to_owned()));
    }
}

/// The name of the file that a URL or an answer gives.
fn file_name(url: &str, disposition: Option<&str>) -> String {
    let given = disposition.and_then(|text| text.split(';').find_map(|part| part.trim().strip_prefix("filename=")));
    let given = given.map(|name| name.trim_matches('"').rsplit('/').next().unwrap_or_default().to_owned());
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let last = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).unwrap_or_default();
    given
        .filter(|name| !name.is_empty() && name != "." && name != "..")
        .unwrap_or_else(|| if last.is_empty() { "index.html".to_owned() } else { last.to_owned() })
}

#[cfg(test)]
mod tests;
