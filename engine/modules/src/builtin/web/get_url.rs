//! `get_url`: a file from a web server.
use super::{REQUEST_OPTIONS, file_name, request};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, Diff, Write, backup, digest, digest_of_file};
use crate::http::{Follow, Request, Response, send};
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(in crate::builtin) struct GetUrl;

const SHARED: [Opt; 27] = crate::options::joined(&REQUEST_OPTIONS, &ATTRIBUTE_OPTIONS);
const OPTIONS: [Opt; 30] = crate::options::joined(
    &[Opt::new("backup", Kind::Bool), Opt::new("checksum", Kind::Str), Opt::new("tmp_dest", Kind::Path)],
    &SHARED,
);

const SPEC: Spec = Spec { module: "get_url", options: &OPTIONS, rules: &[] };

impl Module for GetUrl {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.get_url", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| get_url(cx, options))
    }
}

fn get_url(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let Some(dest) = options.text("dest") else { return Err("missing required arguments: dest".into()) };
    let start = Instant::now();
    let mut request = request(options, 10)?;
    request.follow = Follow::All;
    let checksum = checksum(cx, options, &request)?;
    let attributes = Attributes::read(options)?;
    let into = Path::new(&dest).is_dir();
    let old = PathBuf::from(&dest);
    if !into && old.exists() {
        let force = options.flag("force", false);
        match &checksum {
            Some((algorithm, wanted)) if !force && digest_of_file(algorithm, &old).as_ref() == Some(wanted) => {
                let changed = attributes.apply(cx, &old, &mut Diff::default())?;
                let outcome = Outcome::ok(changed).with("msg", "file already exists").with("dest", dest);
                return Ok(outcome.with("url", request.url));
            }
            None if !force => if_newer(&mut request, &old),
            _ => {}
        }
    }
    if cx.check_mode {
        request.method = "HEAD".to_owned();
    }
    let answer = send(cx, &request);
    let elapsed = i64::try_from(start.elapsed().as_secs()).unwrap_or(i64::MAX);
    let response = accepted(answer, &request.url, &dest, elapsed)?;
    if response.status == 304 {
        let changed = attributes.apply(cx, &old, &mut Diff::default())?;
        let outcome = Outcome::ok(changed).with("dest", dest).with("url", request.url).with("elapsed", elapsed);
        return Ok(outcome.with("status_code", 304).with("msg", format!("HTTP Error 304: {}", response.reason)));
    }
    let disposition = response.headers.get("content-disposition").and_then(|value| value.to_str().ok());
    let path = if into { old.join(file_name(&response.url, disposition)) } else { old };
    let outcome = keep(cx, options, &response, &path, checksum)?;
    Ok(outcome.with("url", request.url).with("elapsed", elapsed))
}

fn accepted(answer: Result<Response, String>, url: &str, dest: &str, elapsed: i64) -> Result<Response, Failure> {
    let failed = |message: String| Failure::new(message).with("url", url).with("dest", dest).with("elapsed", elapsed);
    let response = answer.map_err(|reason| failed(format!("Request failed: {reason}")))?;
    match response.status {
        200..300 | 304 => Ok(response),
        status => Err(failed("Request failed".to_owned())
            .with("status_code", i64::from(status))
            .with("response", format!("HTTP Error {status}: {}", response.reason))),
    }
}

/// Asks for the file only if it is newer than the one that is there.
fn if_newer(request: &mut Request, old: &Path) {
    let modified = old.metadata().and_then(|metadata| metadata.modified()).ok();
    if let Some(time) = modified.and_then(|time| jiff::Timestamp::try_from(time).ok()) {
        let text = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        request.headers.push(("If-Modified-Since".to_owned(), text));
    }
}

/// `algorithm:sum`, or `algorithm:URL` of a list of sums.
fn checksum(cx: &TaskContext<'_>, options: &Options, request: &Request) -> Result<Option<(String, String)>, Failure> {
    let Some(text) = options.text("checksum").filter(|text| !text.is_empty()) else { return Ok(None) };
    let (algorithm, sum) =
        text.split_once(':').ok_or("The checksum parameter has to be in format <algorithm>:<checksum>")?;
    if !crate::fs::ALGORITHMS.contains(&algorithm) {
        return Err(
            format!("Hash algorithm {algorithm} is not known; known are {}", crate::fs::ALGORITHMS.join(", ")).into()
        );
    }
    let sum = if ["http://", "https://"].iter().any(|scheme| sum.starts_with(scheme)) {
        listed_sum(cx, request, sum)?
    } else {
        sum.to_owned()
    };
    let sum: String = sum.chars().filter(char::is_ascii_alphanumeric).collect();
    if !sum.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err("The checksum format is invalid".into());
    }
    Ok(Some((algorithm.to_owned(), sum.to_ascii_lowercase())))
}

fn listed_sum(cx: &TaskContext<'_>, request: &Request, url: &str) -> Result<String, Failure> {
    let response = accepted(send(cx, &Request { url: url.to_owned(), ..request.clone() }), url, "", 0)?;
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let name = file_name(&request.url, None);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    if let [line] = lines.as_slice()
        && let [sum] = line.as_slice()
    {
        return Ok((*sum).to_owned());
    }
    let named = lines.iter().filter(|line| line.len() == 2);
    let found = named.into_iter().find(|line| line[1].trim_start_matches('*').trim_start_matches("./") == name);
    let found = found.map(|line| line[0].to_owned());
    found.ok_or_else(|| format!("Unable to find a checksum for file '{name}' in '{url}'").into())
}

fn keep(
    cx: &TaskContext<'_>,
    options: &Options,
    response: &Response,
    path: &Path,
    checksum: Option<(String, String)>,
) -> Result<Outcome, Failure> {
    let sum = digest("sha1", &response.body).unwrap_or_default();
    let before = digest_of_file("sha1", path);
    let shown = path.display().to_string();
    let known = |failure: Failure| {
        let before = before.clone().map_or(Value::None, Value::from);
        failure.with("dest", shown.as_str()).with("checksum_src", sum.as_str()).with("checksum_dest", before)
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(known(Failure::new(format!("Destination {} does not exist", folder.display()))));
    }
    let mut outcome = Outcome::ok(before.as_ref() != Some(&sum));
    if !cx.check_mode {
        if let Some((algorithm, wanted)) = checksum {
            let actual = digest(&algorithm, &response.body).unwrap_or_default();
            if actual != wanted {
                let message = format!("The checksum for {shown} did not match {wanted}; it was {actual}.");
                return Err(known(Failure::new(message)));
            }
        }
        if outcome.changed {
            if options.flag("backup", false)
                && let Some(kept) = backup(cx, path)?
            {
                outcome = outcome.with("backup_file", kept.display().to_string());
            }
            let unsafe_writes = options.flag("unsafe_writes", false);
            Write { path, content: &response.body, validate: None, terse: true, unsafe_writes }.run(cx)?;
        }
        outcome.changed |= Attributes::read(options)?.apply(cx, path, &mut Diff::default())?;
        outcome = outcome.with("md5sum", digest("md5", &response.body).unwrap_or_default());
        outcome = outcome.with("status_code", i64::from(response.status));
    }
    let length = response.headers.get("content-length").and_then(|length| length.to_str().ok()).unwrap_or("unknown");
    Ok(outcome
        .with("checksum_dest", before.map_or(Value::None, Value::from))
        .with("checksum_src", sum)
        .with("dest", shown)
        .with("msg", format!("OK ({length} bytes)")))
}
