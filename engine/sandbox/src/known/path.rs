//! The JSONPath dialect of printer columns: `.a.b`, `.a['b\.c']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`.
use serde_json::Value as Json;

/// A compiled path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    All,
    /// Elements whose value at a path compares to a literal; without one, those that have it.
    Where(Path, Option<(Compare, Json)>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim().trim_start_matches('{').trim_end_matches('}');
        while !rest.is_empty() {
            let (step, tail) = step(rest)?;
            steps.extend(step);
            rest = tail;
        }
        Ok(Self(steps))
    }

    /// The first value the path leads to.
    pub(crate) fn first<'a>(&self, value: &'a Json) -> Option<&'a Json> {
        self.all(value).into_iter().next()
    }

    fn all<'a>(&self, value: &'a Json) -> Vec<&'a Json> {
        self.0.iter().fold(vec![value], |found, step| found.into_iter().flat_map(|v| step.walk(v)).collect())
    }
}

impl Step {
    fn walk<'a>(&self, value: &'a Json) -> Vec<&'a Json> {
        match self {
            Step::Field(name) => value.get(name).filter(|v| !v.is_null()).into_iter().collect(),
            Step::Index(at) => value.as_array().and_then(|list| element(list, *at)).into_iter().collect(),
            Step::All => match value {
                Json::Array(items) => items.iter().collect(),
                Json::Object(map) => map.values().collect(),
                _ => Vec::new(),
            },
            Step::Where(path, test) => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let holds = |item: &&Json| match (path.first(item), test) {
                    (Some(found), Some((compare, literal))) => compare.holds(found, literal),
                    (found, None) => found.is_some(),
                    (None, Some(_)) => false,
                };
                items.iter().filter(holds).collect()
            }
        }
    }
}

impl Compare {
    fn holds(self, left: &Json, right: &Json) -> bool {
        use std::cmp::Ordering;
        let order = match (left, right) {
            (Json::String(a), Json::String(b)) => a.cmp(b),
            (a, b) => match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => return (a == b) == (self == Compare::Equal),
            },
        };
        match self {
            Compare::Equal => order == Ordering::Equal,
            Compare::NotEqual => order != Ordering::Equal,
            Compare::Less => order == Ordering::Less,
            Compare::LessOrEqual => order != Ordering::Greater,
            Compare::Greater => order == Ordering::Greater,
            Compare::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

fn element(list: &[Json], at: i64) -> Option<&Json> {
    let at = if at < 0 { at + i64::try_from(list.len()).ok()? } else { at };
    list.get(usize::try_from(at).ok()?)
}

/// One step and what follows it.
fn step(text: &str) -> Result<(Option<Step>, &str), String> {
    if let Some(rest) = text.strip_prefix('[') {
        return bracket(rest);
    }
    let rest = text.strip_prefix('.').unwrap_or(text);
    if rest.starts_with('[') {
        return Ok((None, rest));
    }
    let (name, tail) = field(rest);
    match name.as_str() {
        "" if tail.is_empty() => Ok((None, tail)),
        "" => Err(format!("unexpected {tail:?}")),
        "*" => Ok((Some(Step::All), tail)),
        _ => Ok((Some(Step::Field(name)), tail)),
    }
}

/// A name, in which a backslash takes the meaning from a dot.
fn field(text: &str) -> (String, &str) {
    let (mut name, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '.' | '[' if !escaped => return (name, &text[at..]),
            c => {
                name.push(c);
                escaped = false;
            }
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Result<(Option<Step>, &str), String> {
    if let Some(rest) = text.strip_prefix("?(") {
        let end = rest.find(")]").ok_or("unterminated filter")?;
        return Ok((Some(filter(&rest[..end])?), &rest[end + 2..]));
    }
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let inner = &text[1..];
        let end = inner.find(&format!("{quote}]")).ok_or("unterminated name")?;
        let name = inner[..end].replace("\\.", ".");
        return Ok((Some(Step::Field(name)), &inner[end + 2..]));
    }
    let end = text.find(']').ok_or("unterminated array")?;
    let (inside, tail) = (text[..end].trim(), &text[end + 1..]);
    match inside {
        "*" | ":" | "" => Ok((Some(Step::All), tail)),
        number => {
            let at = number.parse().map_err(|_| format!("invalid array index {number}"))?;
            Ok((Some(Step::Index(at)), tail))
        }
    }
}

fn filter(text: &str) -> Result<Step, String> {
    let operators = [
        ("==", Compare::Equal),
        ("!=", Compare::NotEqual),
        ("<=", Compare::LessOrEqual),
        (">=", Compare::GreaterOrEqual),
        ("<", Compare::Less),
        (">", Compare::Greater),
    ];
    let path = |side: &str| Path::parse(side.trim().trim_start_matches('@'));
    for (sign, compare) in operators {
        if let Some((left, right)) = text.split_once(sign) {
            return Ok(Step::Where(path(left)?, Some((compare, literal(right.trim())?))));
        }
    }
    Ok(Step::Where(path(text)?, None))
}

fn literal(text: &str) -> Result<Json, String> {
    let quoted = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
    if let Some(inner) = quoted {
        return Ok(inner.into());
    }
    serde_json::from_str(text).map_err(|_| format!("cannot read {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn finds_what_columns_ask_for() {
        let value = json!({"a": {"b": [1, 2], "c.d/e": "x"}, "l": [{"t": "A", "n": 1}, {"t": "B", "n": 2}]});
        for (path, wanted) in [
            (".a.b", Some(json!([1, 2]))),
            (".a.b[1]", Some(json!(2))),
            (".a.b[-1]", Some(json!(2))),
            (".a.b[9]", None),
            (".a['c\\.d/e']", Some(json!("x"))),
            (".a.c\\.d/e", Some(json!("x"))),
            (".l[*].t", Some(json!("A"))),
            (".l[?(@.t == \"B\")].n", Some(json!(2))),
            (".l[?(@.n>1)].t", Some(json!("B"))),
            (".l[?(@.x)].t", None),
            (".nope", None),
        ] {
            assert_eq!(Path::parse(path).unwrap().first(&value), wanted.as_ref(), "{path}");
        }
        assert!(Path::parse(".a[?(@.b").is_err() && Path::parse(".a[x]").is_err());
    }

    proptest! {
        #[test]
        fn never_fails_badly(text in "[a.\\[\\]?@()='\\\\*0é-]{0,20}") {
            if let Ok(path) = Path::parse(&text) {
                path.first(&json!({"a": [1]}));
            }
        }
    }
}
