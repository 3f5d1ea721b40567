//! `http_proxy`, `https_proxy` and `no_proxy` of the environment.
use super::Outside;
use http::Uri;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
}

pub(super) fn of(outside: &Outside, secure: bool, host: &str, port: u16) -> Result<Option<Proxy>, String> {
    let environment = &outside.environment;
    let read = |name: &str| {
        let named = |wanted: &str| environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        named(name).or_else(|| named(&name.to_ascii_uppercase())).filter(|value| !value.is_empty())
    };
    if read("no_proxy").is_some_and(|list| is_exempt(&list, host, port)) {
        return Ok(None);
    }
    let name = if secure { "https_proxy" } else { "http_proxy" };
    read(name).map(|value| parse(name, &value)).transpose()
}

fn parse(name: &str, value: &str) -> Result<Proxy, String> {
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let uri: Uri = url.parse().map_err(|error| format!("{name}: {value}: {error}"))?;
    let host = uri.host().ok_or_else(|| format!("{name}: {value} names no host"))?;
    if uri.scheme_str() != Some("http") || uri.authority().is_some_and(|all| all.as_str().contains('@')) {
        return Err(format!("{name}: only plain http proxies without a password are supported, not {value}"));
    }
    Ok(Proxy { host: host.trim_matches(['[', ']']).to_owned(), port: uri.port_u16().unwrap_or(80) })
}

/// Names and their subdomains, with or without a port; `*` is everything.
fn is_exempt(list: &str, host: &str, port: u16) -> bool {
    let full = format!("{host}:{port}");
    list.split(',').map(|entry| entry.trim().trim_start_matches('.')).filter(|entry| !entry.is_empty()).any(|entry| {
        let ends = |text: &str| {
            text.eq_ignore_ascii_case(entry)
                || text.to_ascii_lowercase().ends_with(&format!(".{}", entry.to_ascii_lowercase()))
        };
        entry == "*" || ends(host) || ends(&full)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemptions_and_proxies() {
        for (list, host, expected) in [
            ("localhost,.svc", "a.ns.svc", true),
            ("svc", "svc", true),
            ("example.com:8080", "www.example.com", true),
            ("example.com", "badexample.com", false),
            ("*", "x", true),
            ("", "x", false),
        ] {
            assert_eq!(is_exempt(list, host, 8080), expected, "{list} {host}");
        }
        assert_eq!(parse("http_proxy", "p:3128"), Ok(Proxy { host: "p".into(), port: 3128 }));
        assert!(parse("http_proxy", "https://p").is_err());
    }
}
