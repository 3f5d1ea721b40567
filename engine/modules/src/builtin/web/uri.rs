//! `uri`: one request, and what the server said.
use super::{REQUEST_OPTIONS, default, file_name, form, request};
use crate::builtin::carry_out;
use crate::builtin::copy::content;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, Diff, Write};
use crate::http::{Follow, Request, Response, joined, send};
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(in crate::builtin) struct Uri;

const SHARED: [Opt; 27] = crate::options::joined(&REQUEST_OPTIONS, &ATTRIBUTE_OPTIONS);
const OPTIONS: [Opt; 39] = crate::options::joined(
    &[
        Opt::new("body", Kind::Raw),
        Opt::new("body_format", Kind::Str).choices(&["form-urlencoded", "json", "raw", "form-multipart"]),
        Opt::new("ca_path", Kind::Path),
        Opt::new("creates", Kind::Path),
        Opt::new("follow_redirects", Kind::Str).choices(&["all", "no", "none", "safe", "urllib2", "yes"]),
        Opt::new("method", Kind::Str),
        Opt::new("remote_src", Kind::Bool),
        Opt::new("removes", Kind::Path),
        Opt::new("return_content", Kind::Bool),
        Opt::new("src", Kind::Path),
        Opt::new("status_code", Kind::List),
        Opt::new("unix_socket", Kind::Path),
    ],
    &SHARED,
);

const SPEC: Spec = Spec {
    module: "ansible.legacy.uri",
    options: &OPTIONS,
    rules: &[crate::options::Rule::Exclusive(&["body", "src"])],
};

impl Module for Uri {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.uri", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if cx.check_mode {
            return Outcome::skipped("This action (uri) does not support check mode.");
        }
        carry_out(&SPEC, cx, args, |options| uri(cx, options))
    }
}

fn uri(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let skipped = |path: String, why: &str| {
        let stdout = format!("skipped, since '{path}' {why}");
        Outcome::ok(false).with("stdout_lines", Value::list([Value::from(stdout.as_str())])).with("stdout", stdout)
    };
    if let Some(path) = options.text("creates").filter(|path| Path::new(path).exists()) {
        return Ok(skipped(path, "exists"));
    }
    if let Some(path) = options.text("removes").filter(|path| !Path::new(path).exists()) {
        return Ok(skipped(path, "does not exist"));
    }
    let wanted = statuses(options)?;
    let mut request = request(options, 30)?;
    request.method = options.text_or("method", "GET").to_uppercase();
    request.follow = match options.text_or("follow_redirects", "safe").as_str() {
        "all" | "yes" => Follow::All,
        "none" | "no" => Follow::None,
        _ => Follow::Safe,
    };
    body(cx, options, &mut request)?;
    let start = Instant::now();
    let answer = send(cx, &request);
    let elapsed = i64::try_from(start.elapsed().as_secs()).unwrap_or(i64::MAX);
    let response = match answer {
        Ok(response) => response,
        Err(reason) => {
            let listed = Value::list(wanted.iter().map(|status| Value::from(*status))).repr();
            return Err(Failure::new(format!("Status code was -1 and not {listed}: Request failed: {reason}"))
                .with("status", -1)
                .with("url", request.url.as_str())
                .with("redirected", false)
                .with("elapsed", elapsed));
        }
    };
    finish(cx, options, &request, &response, &wanted).map(|outcome| outcome.with("elapsed", elapsed))
}

fn statuses(options: &Options) -> Result<Vec<i64>, Failure> {
    if !options.has("status_code") {
        return Ok(vec![200]);
    }
    let read = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    options
        .list("status_code")
        .iter()
        .map(|value| read(value).ok_or_else(|| Failure::new(format!("status_code: {value} is not a number"))))
        .collect()
}

fn body(cx: &TaskContext<'_>, options: &Options, request: &mut Request) -> Result<(), Failure> {
    if let Some(source) = options.text("src") {
        let path = if options.flag("remote_src", false) {
            PathBuf::from(&source)
        } else {
            let missing = || crate::builtin::copy::not_found(cx, "files", &source);
            cx.find("files", &source).ok_or_else(missing)?
        };
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("Unable to open source file {}: {}", path.display(), crate::fs::errno(&error)))?;
        request.body = Some(bytes);
    }
    if let Some(given) = options.get("body") {
        let (bytes, kind) = match options.text_or("body_format", "raw").as_str() {
            "json" => (json_body(given)?, Some("application/json")),
            "form-urlencoded" if given.as_str().is_none() => {
                (form::urlencoded(given)?.into_bytes(), Some("application/x-www-form-urlencoded"))
            }
            "form-multipart" => return Err("body_format: form-multipart is not supported".into()),
            "form-urlencoded" => (given.to_string().into_bytes(), Some("application/x-www-form-urlencoded")),
            _ => (content::bytes(given)?, None),
        };
        if let Some(kind) = kind {
            default(&mut request.headers, "Content-Type", kind);
        }
        request.body = Some(bytes);
    }
    if request.body.is_some() {
        default(&mut request.headers, "Content-Type", "application/x-www-form-urlencoded");
    }
    Ok(())
}

/// Text is taken for JSON that is written already.
fn json_body(given: &Value) -> Result<Vec<u8>, Failure> {
    let is_container = given.is_dict() || given.is_list() || given.as_str().is_some();
    if is_container {
        return content::bytes(given);
    }
    let json = given.to_json().map_err(|error| error.to_string())?;
    Ok(json.to_string().into_bytes())
}

fn finish(
    cx: &TaskContext<'_>,
    options: &Options,
    request: &Request,
    response: &Response,
    wanted: &[i64],
) -> Result<Outcome, Failure> {
    let status = i64::from(response.status);
    let is_error = !(200..300).contains(&response.status);
    let mut fields = fields(request, response, is_error);
    let message = if is_error {
        format!("HTTP Error {status}: {}", response.reason)
    } else {
        let length = response.headers.get("content-length").and_then(|length| length.to_str().ok());
        format!("OK ({} bytes)", length.unwrap_or("unknown"))
    };
    let text = || Value::verbatim(String::from_utf8_lossy(&response.body).into_owned());
    if options.flag("return_content", false) {
        fields.push(("content".into(), text()));
    } else if is_error && wanted.contains(&status) {
        fields.push(("body".into(), text()));
    }
    let outcome = |failed: bool, message: String| {
        let outcome = Outcome { failed, ..Outcome::default() }.with("msg", message);
        fields.into_iter().fold(outcome, |outcome, (name, value)| outcome.with(&name, value))
    };
    if !wanted.contains(&status) {
        let listed = Value::list(wanted.iter().map(|status| Value::from(*status))).repr();
        return Ok(outcome(true, format!("Status code was {status} and not {listed}: {message}")));
    }
    let outcome = outcome(false, message);
    match options.text("dest").filter(|_| !is_error) {
        Some(dest) => keep(cx, options, response, &dest, outcome),
        None => Ok(outcome),
    }
}

fn fields(request: &Request, response: &Response, is_error: bool) -> Vec<(String, Value)> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    for name in response.headers.keys() {
        let values = response.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let value = values.collect::<Vec<_>>().join(", ");
        let value = if name == "location" { joined(&response.url, &value).unwrap_or(value) } else { value };
        fields.push((name.as_str().replace('-', "_"), Value::verbatim(value)));
    }
    if !is_error {
        let cookies = cookies(response);
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fields.push(("cookies_string".into(), Value::verbatim(pairs.join("; "))));
        fields.push((
            "cookies".into(),
            Value::dict(cookies.into_iter().map(|(name, value)| (name, Value::verbatim(value)))),
        ));
    }
    if is_json(response)
        && let Ok(json) = serde_json::from_slice::<serde_json::Value>(&response.body)
    {
        fields.push(("json".into(), Value::from_json_owned(json)));
    }
    fields.push(("status".into(), Value::from(i64::from(response.status))));
    fields.push(("url".into(), Value::from(response.url.as_str())));
    fields.push(("redirected".into(), Value::Bool(response.url != request.url)));
    fields
}

fn cookies(response: &Response) -> Vec<(String, String)> {
    let all = response.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs = all.filter_map(|value| value.split(';').next()?.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let sub = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let sub = sub.split_once('/').map_or("", |(_, sub)| sub);
    matches!(sub, "json" | "javascript") || sub.ends_with("+json")
}

/// The content as a file.
fn keep(
    cx: &TaskContext<'_>,
    options: &Options,
    response: &Response,
    dest: &str,
    outcome: Outcome,
) -> Result<Outcome, Failure> {
    let mut path = PathBuf::from(dest);
    if path.is_dir() {
        path.push(file_name(&response.url, None));
    }
    let mut changed = !std::fs::read(&path).is_ok_and(|old| old == response.body);
    if changed {
        let unsafe_writes = options.flag("unsafe_writes", false);
        Write { path: &path, content: &response.body, validate: None, terse: true, unsafe_writes }.run(cx)?;
    }
    changed |= Attributes::read(options)?.apply(cx, &path, &mut Diff::default())?;
    Ok(Outcome { changed, ..outcome }.with("path", path.display().to_string()))
}
