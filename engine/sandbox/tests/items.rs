//! Recorded behaviour of real API servers, asked of the sandbox in process. Each file of `items/` is one story: steps
//! against one fresh sandbox. `item` is the number of the rule in the list the behaviour was recorded for.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test tells, and fails by panicking")]
use http_body_util::BodyExt;
use rolewright_sandbox::{Body, Options, Sandbox};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;
use tower::Service as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// The number of the rule; 0 for preparation.
    item: u32,
    does: String,
    /// `GET /path`.
    ask: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Sent as JSON, or as it is when it is text.
    body: Option<Json>,
    status: Option<u16>,
    /// A part of the answer. In texts `*` stands for anything, and `~…` for a pattern.
    has: Option<Json>,
    /// Pointers that the answer does not have.
    #[serde(default)]
    lacks: Vec<String>,
    /// The `message` of the answer.
    message: Option<String>,
    /// A text in the body.
    text: Option<String>,
    #[serde(default)]
    reply_headers: BTreeMap<String, String>,
    /// Texts of the `Warning` headers.
    warnings: Option<Vec<String>>,
    /// `TYPE name` of each event of a watch.
    events: Option<Vec<String>>,
    /// Names of the items of a list.
    names: Option<Vec<String>>,
    /// Values to keep, by pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    text: String,
    json: Json,
}

async fn ask(sandbox: &Sandbox, step: &Step, kept: &BTreeMap<String, String>) -> Answer {
    let (method, path) = step.ask.split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(fill(path, kept).replace(' ', "%20"));
    let body = match &step.body {
        None => String::new(),
        Some(Json::String(text)) => fill(text, kept),
        Some(json) => fill(&json.to_string(), kept),
    };
    if step.body.is_some() && !step.headers.contains_key("content-type") {
        request = request.header(
            "content-type",
            if method == "PATCH" { "application/merge-patch+json" } else { "application/json" },
        );
    }
    for (name, value) in &step.headers {
        request = request.header(name, fill(value, kept));
    }
    let response = sandbox.service().call(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
}

fn fill(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

/// Where `found` does not hold what is wanted.
fn differences(wanted: &Json, found: &Json, at: &str, kept: &BTreeMap<String, String>, out: &mut Vec<String>) {
    match (wanted, found) {
        (Json::Object(wanted), Json::Object(found)) => {
            for (key, value) in wanted {
                differences(value, found.get(key).unwrap_or(&Json::Null), &format!("{at}/{key}"), kept, out);
            }
        }
        (Json::Array(wanted), Json::Array(found)) if wanted.len() == found.len() => {
            for (i, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                differences(wanted, found, &format!("{at}/{i}"), kept, out);
            }
        }
        (Json::String(wanted), found) if matches(&fill(wanted, kept), found) => {}
        (wanted, found) if wanted == found => {}
        _ => out.push(format!("{at}: wanted {wanted}, found {found}")),
    }
}

fn matches(wanted: &str, found: &Json) -> bool {
    if let Some(pattern) = wanted.strip_prefix('~') {
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        return regex::Regex::new(pattern).unwrap().is_match(&text);
    }
    (wanted == "*" && !found.is_null()) || found == wanted
}

fn check(step: &Step, answer: &Answer, kept: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    if step.status.is_some_and(|s| s != answer.status) {
        wrong.push(format!("status {} instead of {}", answer.status, step.status.unwrap_or_default()));
    }
    if let Some(wanted) = &step.has {
        differences(wanted, &answer.json, "", kept, &mut wrong);
    }
    if let Some(message) = &step.message {
        let found = answer.json["message"].as_str().unwrap_or_default();
        if !matches(&fill(message, kept), &answer.json["message"]) {
            wrong.push(format!("message: {found}\n    wanted: {message}"));
        }
    }
    wrong.extend(step.lacks.iter().filter(|p| answer.json.pointer(p).is_some()).map(|p| format!("{p} is there")));
    if step.text.as_ref().is_some_and(|t| !answer.text.contains(&fill(t, kept))) {
        wrong.push("the text is missing".into());
    }
    for (name, wanted) in &step.reply_headers {
        let found = answer.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !matches(&fill(wanted, kept), &found.into()) {
            wrong.push(format!("header {name}: {found}"));
        }
    }
    check_lists(step, answer, &mut wrong);
    if !wrong.is_empty() {
        wrong.push(format!("answer: {}", answer.text.chars().take(1500).collect::<String>()));
    }
    wrong
}

fn check_lists(step: &Step, answer: &Answer, wrong: &mut Vec<String>) {
    let mut same = |what: &str, wanted: &Option<Vec<String>>, found: Vec<String>| {
        if wanted.as_ref().is_some_and(|w| *w != found) {
            wrong.push(format!("{what}: {found:?}"));
        }
    };
    let warnings = answer.headers.get_all("warning").iter().filter_map(|w| w.to_str().ok());
    let unquote =
        |w: &str| w.strip_prefix("299 - \"").and_then(|w| w.strip_suffix('"')).unwrap_or(w).replace("\\\"", "\"");
    same("warnings", &step.warnings, warnings.map(unquote).collect());
    let events = answer.text.lines().filter_map(|l| serde_json::from_str::<Json>(l).ok());
    let event = |e: Json| format!("{} {}", text(&e["type"]), text(&e["object"]["metadata"]["name"]));
    same("events", &step.events, events.map(event).map(|e| e.trim().to_owned()).collect());
    let items = answer.json["items"].as_array().into_iter().flatten();
    same("names", &step.names, items.map(|i| text(&i["metadata"]["name"]).to_owned()).collect());
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// Every story begins with the kind that behaviour was recorded with.
async fn define(sandbox: &Sandbox) {
    let request = http::Request::post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        .header("content-type", "application/yaml")
        .body(Body::from(include_str!("foo.yaml")))
        .unwrap();
    let response = sandbox.service().call(request).await.unwrap();
    assert_eq!(response.status(), 201);
}

async fn story(name: &str, steps: Vec<Step>) -> Vec<String> {
    let sandbox = Sandbox::start(Options { pod_ready_after: Duration::ZERO, ..Options::default() });
    let (mut kept, mut failures) = (BTreeMap::new(), Vec::new());
    define(&sandbox).await;
    for step in steps {
        let answer = ask(&sandbox, &step, &kept).await;
        let wrong = check(&step, &answer, &kept);
        if !wrong.is_empty() {
            failures.push(format!(
                "{name} item {}: {} ({})\n    {}",
                step.item,
                step.does,
                step.ask,
                wrong.join("\n    ")
            ));
        }
        for (key, pointer) in &step.keep {
            let value = answer.json.pointer(pointer).cloned().unwrap_or_default();
            kept.insert(key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    failures
}

#[tokio::test]
async fn answers_as_a_real_server_does() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/items");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let only = std::env::var("STORY").ok();
    let (mut stories, mut count, mut items) = (Vec::new(), 0, std::collections::BTreeSet::new());
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|o| *o != name) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let steps: Vec<Step> = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        count += steps.len();
        items.extend(steps.iter().map(|s| s.item));
        stories.push(async move { story(&name, steps).await });
    }
    let failures = futures::future::join_all(stories).await.concat();
    println!("{count} steps, {} rules", items.len());
    assert!(failures.is_empty(), "{} of {count} steps differ:\n{}", failures.len(), failures.join("\n"));
}
