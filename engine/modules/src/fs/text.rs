//! Content of files as results and diffs show it.
use rolewright_template::Value;

/// Larger files are not shown in diffs.
const LIMIT: usize = 104_448;

/// Bytes as text that stays text; what is no UTF-8 is shown by its replacement character.
pub(crate) fn from_bytes(bytes: &[u8]) -> Value {
    Value::verbatim(String::from_utf8_lossy(bytes).into_owned())
}

/// The content of a file before (`None`: there was none) and after, under headers.
pub(crate) fn content_diff(before: Option<&[u8]>, after: &[u8], headers: (&str, &str)) -> Value {
    let mut entries: Vec<(&'static str, Value)> = Vec::new();
    match before {
        None => entries.push(("before", Value::from(""))),
        Some(bytes) if bytes.contains(&0) => entries.push(("dst_binary", Value::from(1))),
        Some(bytes) if bytes.len() > LIMIT => entries.push(("dst_larger", Value::from(LIMIT as i64))),
        Some(bytes) => {
            entries.push(("before_header", Value::from(headers.0)));
            entries.push(("before", from_bytes(bytes)));
        }
    }
    if after.len() > LIMIT {
        entries.push(("src_larger", Value::from(LIMIT as i64)));
    } else if after.contains(&0) {
        entries.push(("src_binary", Value::from(1)));
    } else {
        entries.push(("after_header", Value::from(headers.1)));
        entries.push(("after", from_bytes(after)));
    }
    Value::dict(entries)
}
