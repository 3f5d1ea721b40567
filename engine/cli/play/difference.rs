//! `--diff`: what a task changed, line by line.
use super::dump;
use rolewright_template::Value;
use similar::TextDiff;

/// Lines of context, as Ansible shows them.
const CONTEXT: usize = 3;

/// The text for one difference or a list of them; nothing where nothing differs.
pub(super) fn text(diff: &Value) -> String {
    let all = diff.items().unwrap_or_else(|| vec![diff.clone()]);
    all.iter().map(one).collect()
}

fn one(diff: &Value) -> String {
    let mut text = String::new();
    for (key, what) in [("dst", "destination"), ("src", "source")] {
        if diff.get(&format!("{key}_binary")).is_some_and(|value| value.is_truthy()) {
            text.push_str(&format!("diff skipped: {what} file appears to be binary\n"));
        }
        if let Some(limit) = diff.get(&format!("{key}_larger")) {
            text.push_str(&format!("diff skipped: {what} file size is greater than {limit}\n"));
        }
    }
    if let (Some(before), Some(after)) = (diff.get("before"), diff.get("after")) {
        text.push_str(&unified(diff, &lines(&before), &lines(&after)));
    }
    if let Some(prepared) = diff.get("prepared") {
        text.push_str(&prepared.to_string());
    }
    text
}

fn unified(diff: &Value, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let header = |side: &str| match diff.get(&format!("{side}_header")).filter(|value| value.is_truthy()) {
        Some(header) => format!("{side}: {header}"),
        None => side.to_owned(),
    };
    let compared = TextDiff::from_lines(before, after);
    let mut unified = compared.unified_diff();
    unified.context_radius(CONTEXT).missing_newline_hint(true).header(&header("before"), &header("after"));
    format!("{unified}\n")
}

/// Structures are compared as JSON.
fn lines(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_none() => String::new(),
        None => format!("{}\n", dump::indented(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Recorded from ansible-playbook --diff.
    #[test]
    fn differences() {
        let rows = [
            (
                json!({"before": "", "after": "a\nb\n", "after_header": "/tmp/out.txt"}),
                "--- before\n+++ after: /tmp/out.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n\n",
            ),
            (
                json!({"before": "a\n", "after": "a"}),
                "--- before\n+++ after\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n\n",
            ),
            (json!([{"prepared": "x\n"}, {"before": "a", "after": "a"}]), "x\n"),
            (json!({"dst_binary": 1}), "diff skipped: destination file appears to be binary\n"),
            (
                json!({"before": {"mode": "1"}, "after": {"mode": "2"}}),
                "--- before\n+++ after\n@@ -1,3 +1,3 @@\n {\n-    \"mode\": \"1\"\n+    \"mode\": \"2\"\n }\n\n",
            ),
        ];
        for (diff, expected) in rows {
            assert_eq!(text(&Value::from_json(&diff)), expected, "{diff}");
        }
    }
}
