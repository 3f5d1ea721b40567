//! Encodings: Base64, JSON, YAML, addresses.
use super::Table;
use super::hashes::bytes;
use crate::dump::{JsonStyle, YamlStyle, json, pretty, yaml};
use crate::python::{bind, index, iterate, only, opt_text, str_arg, text, truth};
use crate::render::{Args, Render};
use crate::{Error, Result, Value, load};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

pub(super) const TABLE: Table = &[
    ("b64decode", b64decode),
    ("b64encode", b64encode),
    ("from_json", from_json),
    ("from_yaml", from_yaml),
    ("from_yaml_all", from_yaml_all),
    ("pprint", |_, value, _| Ok(pretty(value).into())),
    ("to_json", |_, value, args| to_json(value, args, JsonStyle::default())),
    ("to_nice_json", |_, value, args| {
        let style =
            JsonStyle { indent: Some("    ".into()), sort_keys: true, item: ",".into(), ..JsonStyle::default() };
        let args = Args {
            positional: Vec::new(),
            named: ["indent", "sort_keys"]
                .iter()
                .zip(&args.positional)
                .map(|(name, value)| ((*name).into(), value.clone()))
                .chain(args.named.iter().filter(|(name, _)| &**name != "separators").cloned())
                .collect(),
        };
        to_json(value, &args, style)
    }),
    ("to_nice_yaml", |_, value, args| {
        to_yaml(value, args, YamlStyle { indent: 4, flow: Some(false), ..YamlStyle::default() })
    }),
    ("to_yaml", |_, value, args| to_yaml(value, args, YamlStyle::default())),
    ("tojson", html_json),
    ("urldecode", |_, value, _| {
        let body = text(value)?.replace('+', " ");
        Ok(percent_decode_str(&body).decode_utf8_lossy().into_owned().into())
    }),
    ("urlencode", url_encode),
    ("urlsplit", url_split),
];

/// Python's decoder takes what others would refuse in the last digit.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big: bool, mark: bool },
    Latin1,
    Ascii,
}

fn encoding(name: Option<&Value>) -> Result<Encoding> {
    let Some(name) = opt_text(name)? else { return Ok(Encoding::Utf8) };
    Ok(match name.to_lowercase().replace(['-', '_'], "").as_str() {
        "utf8" => Encoding::Utf8,
        "utf16" => Encoding::Utf16 { big: false, mark: true },
        "utf16le" => Encoding::Utf16 { big: false, mark: false },
        "utf16be" => Encoding::Utf16 { big: true, mark: false },
        "latin1" | "iso88591" => Encoding::Latin1,
        "ascii" | "usascii" => Encoding::Ascii,
        _ => return Err(Error::failed(format!("unknown encoding: {name}"))),
    })
}

fn encode(text: &str, encoding: Encoding) -> Result<Vec<u8>> {
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Utf16 { big, mark } => Ok(mark
            .then_some(0xfeff)
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()),
        Encoding::Latin1 | Encoding::Ascii => {
            let (name, end) = if encoding == Encoding::Ascii { ("ascii", 0x80) } else { ("latin-1", 0x100) };
            let byte = |(at, c): (usize, char)| {
                u8::try_from(c as u32).ok().filter(|b| u32::from(*b) < end).ok_or_else(|| {
                    let shown = Value::from(c.to_string()).repr();
                    Error::failed(format!(
                        "'{name}' codec can't encode character {shown} in position {at}: ordinal not in range({end})"
                    ))
                })
            };
            text.chars().enumerate().map(byte).collect()
        }
    }
}

fn decode(bytes: Vec<u8>, encoding: Encoding) -> Result<String> {
    match encoding {
        // Bytes that are no text would travel on as surrogates in Python; here they are marked.
        Encoding::Utf8 | Encoding::Ascii => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Encoding::Latin1 => Ok(bytes.iter().map(|b| char::from(*b)).collect()),
        Encoding::Utf16 { big, .. } => {
            let units: Vec<u16> =
                bytes
                    .chunks_exact(2)
                    .map(|pair| {
                        if big {
                            u16::from_be_bytes([pair[0], pair[1]])
                        } else {
                            u16::from_le_bytes([pair[0], pair[1]])
                        }
                    })
                    .collect();
            let out = String::from_utf16_lossy(&units);
            Ok(out.trim_start_matches('\u{feff}').to_owned())
        }
    }
}

fn b64encode(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [name] = bind("b64encode", args, ["encoding"])?;
    let data = match value {
        Value::Bytes(bytes) => bytes.to_vec(),
        other => encode(&text(other)?, encoding(name)?)?,
    };
    Ok(BASE64.encode(data).into())
}

fn b64decode(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [name] = bind("b64decode", args, ["encoding"])?;
    // Characters outside of the alphabet are skipped, and so is what follows the padding.
    let all: Vec<u8> = bytes(value)?;
    let keep = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let mut clean: Vec<u8> = all.into_iter().filter(keep).collect();
    if let Some(end) = clean.iter().enumerate().position(|(i, b)| *b == b'=' && (i + 1) % 4 == 0) {
        clean.truncate(end + 1);
    }
    let data = clean.iter().filter(|b| **b != b'=').count();
    match data % 4 {
        1 => {
            return Err(Error::failed(format!(
                "Invalid base64-encoded string: number of data characters ({data}) cannot be 1 more than a multiple of 4"
            )));
        }
        0 => clean.retain(|b| *b != b'='),
        _ => {}
    }
    let decoded = BASE64.decode(&clean).map_err(|_| Error::failed("Incorrect padding"))?;
    Ok(decode(decoded, encoding(name)?)?.into())
}

fn from_json(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Str(text) => load::json(text),
        Value::Bytes(bytes) => load::json(&String::from_utf8_lossy(bytes)),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!(
            "the JSON object must be str, bytes or bytearray, not {}",
            other.type_name()
        ))),
    }
}

fn from_yaml(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Str(text) => load::yaml(text),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Ok(other.clone()),
    }
}

fn from_yaml_all(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Str(text) => load::yaml_all(text).map(Value::list),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Ok(other.clone()),
    }
}

/// The text put before each level, from a number or a text.
fn indentation(value: &Value) -> Result<Option<String>> {
    Ok(match value {
        Value::None => None,
        Value::Str(text) => Some(text.to_string()),
        other => Some(" ".repeat(usize::try_from(index(other)?).unwrap_or(0))),
    })
}

fn to_json(value: &Value, args: &Args, mut style: JsonStyle) -> Result<Value> {
    for (name, option) in &args.named {
        match &**name {
            "indent" => {
                style.indent = indentation(option)?;
                if style.indent.is_some() && style.item == ", " {
                    style.item = ",".into();
                }
            }
            "sort_keys" => style.sort_keys = truth(option)?,
            "ensure_ascii" => style.ascii = truth(option)?,
            "skipkeys" => style.skip_keys = truth(option)?,
            "allow_nan" => style.allow_nan = truth(option)?,
            "separators" => {
                let marks = option.items().unwrap_or_default();
                let [item, key] = marks.as_slice() else {
                    return Err(Error::failed("separators takes two texts"));
                };
                (style.item, style.key) = (text(item)?, text(key)?);
            }
            "vault_to_text" | "preprocess_unsafe" | "check_circular" => {}
            other => {
                return Err(Error::wrong_type(format!(
                    "JSONEncoder.__init__() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    json(value, &style).map(Value::verbatim)
}

/// Jinja's own: sorted, and fit for HTML.
fn html_json(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [indent] = bind("do_tojson", args, ["indent"])?;
    let indent = indent.map_or(Ok(None), indentation)?;
    let item = if indent.is_some() { "," } else { ", " };
    let style = JsonStyle { indent, sort_keys: true, item: item.into(), ..JsonStyle::default() };
    let out = json(value, &style)?;
    let out = out.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    Ok(out.into())
}

fn to_yaml(value: &Value, args: &Args, mut style: YamlStyle) -> Result<Value> {
    // The first positional argument of to_nice_yaml is the indent; others are ignored, as Ansible does.
    if let (Some(indent), Some(false)) = (args.positional.first(), style.flow) {
        style.indent = index(indent)?;
    }
    for (name, option) in &args.named {
        match &**name {
            "indent" => style.indent = if option.is_none() { 2 } else { index(option)? },
            "width" => style.width = if option.is_none() { 80 } else { crate::python::float(option)? as i64 },
            "sort_keys" => style.sort_keys = truth(option)?,
            "default_flow_style" => style.flow = if option.is_none() { None } else { Some(truth(option)?) },
            "allow_unicode" => style.unicode = truth(option)?,
            "explicit_start" => style.explicit_start = truth(option)?,
            "explicit_end" => style.explicit_end = truth(option)?,
            "default_style" => style.scalar_style = opt_text(Some(option))?.and_then(|text| text.chars().next()),
            "canonical" if !truth(option)? => {}
            "line_break" | "encoding" | "version" | "tags" if option.is_none() => {}
            other => {
                return Err(Error::wrong_type(format!(
                    "to_yaml - dump_all() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    yaml(value, &style).map(Value::verbatim)
}

/// `urllib.parse.quote`.
pub(crate) fn quote(text: &str, safe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.as_bytes().contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn url_encode(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let pairs = match value {
        Value::Dict(dict) => dict.entries(),
        Value::List(_) | Value::Tuple(_) | Value::Set(_) => iterate(render, value)?
            .iter()
            .map(|pair| match pair.items().as_deref() {
                Some([key, value]) => Ok((key.clone(), value.clone())),
                _ => Err(Error::failed("urlencode needs pairs of key and value")),
            })
            .collect::<Result<_>>()?,
        other => return Ok(quote(&text(other)?, "/").into()),
    };
    let part = |value: &Value| Ok(quote(&text(value)?, "").replace("%20", "+"));
    let parts =
        pairs.iter().map(|(key, value)| Ok(format!("{}={}", part(key)?, part(value)?))).collect::<Result<Vec<_>>>()?;
    Ok(parts.join("&").into())
}

fn url_split(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [query, alias] = bind("split_url", args, ["query", "alias"])?;
    let alias = alias.map_or(Ok("urlsplit".to_owned()), text)?;
    let parts = split_url(str_arg(only("split_url", "value", Some(value))?)?)?;
    match query.filter(|query| query.is_truthy()) {
        None => Ok(Value::dict(parts)),
        Some(query) => {
            let wanted = text(query)?;
            let found = parts.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
            found.ok_or_else(|| Error::failed(format!("{alias}: unknown URL component: {wanted}")))
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn split_url(url: &str) -> Result<Vec<(&'static str, Value)>> {
    let url: String = url.trim_matches(|c: char| c <= ' ').replace(['\t', '\r', '\n'], "");
    let (scheme, rest) = match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_lowercase(), rest),
        _ => (String::new(), url.as_str()),
    };
    let (netloc, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, host) = netloc.rsplit_once('@').map_or((None, netloc), |(user, host)| (Some(user), host));
    let (username, password) = match user {
        Some(user) => user.split_once(':').map_or((Some(user), None), |(user, password)| (Some(user), Some(password))),
        None => (None, None),
    };
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => match port.parse::<u16>() {
            Ok(port) => Value::Int(port.into()),
            Err(_) => {
                let shown = Value::from(port).repr();
                return Err(Error::failed(format!("Port could not be cast to integer value as {shown}")));
            }
        },
        None => Value::None,
    };
    let hostname = if host.is_empty() { Value::None } else { host.to_lowercase().into() };
    Ok(vec![
        ("fragment", fragment.into()),
        ("hostname", hostname),
        ("netloc", netloc.into()),
        ("password", Value::from(password)),
        ("path", path.into()),
        ("port", port),
        ("query", query.into()),
        ("scheme", scheme.into()),
        ("username", Value::from(username)),
    ])
}
