//! `from_yaml`: parser events to values.
use crate::value::Dict;
use crate::yaml11::{self, Kind};
use crate::{Error, Result, Value};
use base64::Engine;
use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Nesting that a reader may still be asked to follow.
const DEEPEST: usize = 500;
/// Nodes that aliases may stand for in one text: far above real use, far below what would hurt.
const ALIASED: usize = 1_000_000;

/// The one document of a text; null for an empty one.
pub(crate) fn yaml(text: &str) -> Result<Value> {
    let mut documents = documents(text)?;
    match documents.len() {
        0 => Ok(Value::None),
        1 => Ok(documents.remove(0)),
        _ => Err(Error::failed("expected a single document in the stream but found another document")),
    }
}

/// All documents of a text.
pub(crate) fn yaml_all(text: &str) -> Result<Vec<Value>> {
    documents(text)
}

fn documents(text: &str) -> Result<Vec<Value>> {
    if let Some(at) = text.find(|c: char| !is_readable(c)) {
        let c = text[at..].chars().next().unwrap_or_default();
        return Err(Error::failed(format!(
            "unacceptable character #x{:04x}: special characters are not allowed\n  in \"<unicode string>\", \
             position {}",
            c as u32,
            text[..at].chars().count()
        )));
    }
    let mut text = Cow::Borrowed(text);
    // PyYAML lets lines of a quoted text stand left of their parent; the parser does not. Blanks there are folded
    // away, so such a line is padded and the text read again.
    for _ in 0..1000 {
        match compose(&text) {
            Err(Failure::LeftOfParent(line)) => match pad(&text, line) {
                Some(padded) => text = Cow::Owned(padded),
                None => break,
            },
            Err(Failure::Error(error)) => return Err(error),
            Ok(documents) => return Ok(documents),
        }
    }
    Err(Error::failed("invalid indentation in a quoted text"))
}

fn is_readable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn pad(text: &str, line: usize) -> Option<String> {
    let mut lines: Vec<Cow<'_, str>> = text.split('\n').map(Cow::Borrowed).collect();
    let wanted = lines.get_mut(line.checked_sub(1)?)?;
    *wanted = Cow::Owned(format!("{}{wanted}", " ".repeat(64)));
    Some(lines.join("\n"))
}

enum Failure {
    Error(Error),
    /// A quoted text goes on at this line, too far left.
    LeftOfParent(usize),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

type Step<T> = std::result::Result<T, Failure>;

fn compose(text: &str) -> Step<Vec<Value>> {
    let mut composer = Composer { parser: Parser::new_from_str(text), anchors: HashMap::new(), aliased: 0 };
    let mut documents = Vec::new();
    while let Some((event, span)) = composer.next()? {
        match event {
            Event::StreamStart | Event::DocumentEnd | Event::StreamEnd => {}
            Event::DocumentStart(..) => composer.anchors.clear(),
            event => documents.push(composer.node(event, &span, 0)?.0),
        }
    }
    Ok(documents)
}

struct Composer<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Values by anchor with the number of nodes in them; nothing while they are being read.
    anchors: HashMap<usize, Option<(Value, usize)>>,
    aliased: usize,
}

impl<'a> Composer<'a> {
    fn next(&mut self) -> Step<Option<(Event<'a>, Span)>> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let (line, column) = (error.marker().line(), error.marker().col());
                let message = error.info();
                if message.contains("invalid indentation in") && message.contains("quoted scalar") {
                    return Err(Failure::LeftOfParent(line));
                }
                let place = format!("in \"<unicode string>\", line {line}, column {}", column + 1);
                Err(Failure::Error(Error::failed(format!("{message}\n  {place}"))))
            }
        }
    }
    fn inside(&mut self) -> Step<(Event<'a>, Span)> {
        self.next()?.ok_or_else(|| Failure::Error(Error::failed("found unexpected end of stream")))
    }
    fn error(message: impl std::fmt::Display, span: &Span) -> Failure {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        Failure::Error(Error::failed(format!("{message}\n  in \"<unicode string>\", line {line}, column {column}")))
    }
    /// A value and the number of nodes it is made of.
    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Step<(Value, usize)> {
        if depth > DEEPEST {
            return Err(Self::error(format!("nested more than {DEEPEST} levels deep"), span));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref()).map_err(|error| Self::error(error, span))?;
                Ok(self.keep(anchor, value, 1))
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.anchors.insert(anchor, None);
                let (value, size) = self.sequence(tag.as_deref(), span, depth)?;
                Ok(self.keep(anchor, value, size))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.anchors.insert(anchor, None);
                let (value, size) = self.mapping(tag.as_deref(), span, depth)?;
                Ok(self.keep(anchor, value, size))
            }
            Event::Alias(id) => {
                let Some(Some((value, size))) = self.anchors.get(&id).cloned() else {
                    return Err(Self::error("found an alias to the node that it is part of", span));
                };
                self.aliased += size;
                if self.aliased > ALIASED {
                    return Err(Self::error(format!("the aliases expand to more than {ALIASED} nodes"), span));
                }
                Ok((value, size))
            }
            _ => Err(Self::error("found an unexpected event", span)),
        }
    }
    fn keep(&mut self, anchor: usize, value: Value, size: usize) -> (Value, usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Some((value.clone(), size)));
        }
        (value, size)
    }
    fn sequence(&mut self, tag: Option<&Tag>, span: &Span, depth: usize) -> Step<(Value, usize)> {
        let (mut items, mut size) = (Vec::new(), 1);
        loop {
            match self.inside()? {
                (Event::SequenceEnd, _) => break,
                (event, span) => {
                    let (value, nodes) = self.node(event, &span, depth + 1)?;
                    items.push(value);
                    size += nodes;
                }
            }
        }
        let value = match short_tag(tag).as_deref() {
            None | Some("seq") => Value::list(items),
            Some("omap" | "pairs") => Value::list(items.iter().flat_map(pairs)),
            Some(other) => return Err(Self::error(unknown_tag(other), span)),
        };
        Ok((value, size))
    }
    fn mapping(&mut self, tag: Option<&Tag>, span: &Span, depth: usize) -> Step<(Value, usize)> {
        let (mut own, mut merged, mut size) = (Vec::new(), Vec::new(), 1);
        loop {
            let (event, key_span) = match self.inside()? {
                (Event::MappingEnd, _) => break,
                other => other,
            };
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let (key, key_size) = if is_merge { (Value::None, 1) } else { self.node(event, &key_span, depth + 1)? };
            let (event, value_span) = self.inside()?;
            let (value, value_size) = self.node(event, &value_span, depth + 1)?;
            size += key_size + value_size;
            if is_merge {
                merged.extend(merge(&value).map_err(|error| Self::error(error, &value_span))?);
            } else if hashable(&key) {
                own.push((key, value));
            } else {
                return Err(Self::error("while constructing a mapping: found unhashable key", &key_span));
            }
        }
        let value = match short_tag(tag).as_deref() {
            None | Some("map") => Value::dict(merged.into_iter().chain(own)),
            Some("set") => {
                Value::Set(own.into_iter().map(|(key, _)| key).collect::<indexmap::IndexSet<_>>().into_iter().collect())
            }
            Some(other) => return Err(Self::error(unknown_tag(other), span)),
        };
        Ok((value, size))
    }
}

fn hashable(key: &Value) -> bool {
    key.is_hashable()
}

fn pairs(item: &Value) -> Option<Value> {
    let (key, value) = item.entries()?.into_iter().next()?;
    Some(Value::tuple([key, value]))
}

/// What `<<` brings in: a dict, or several of which the first has the last word.
fn merge(value: &Value) -> Result<Vec<(Value, Value)>> {
    let from = |dict: &Dict| dict.entries();
    match value {
        Value::Dict(dict) => Ok(from(dict)),
        Value::List(list) => list.to_vec().iter().rev().try_fold(Vec::new(), |mut all, item| match item {
            Value::Dict(dict) => {
                all.extend(from(dict));
                Ok(all)
            }
            _ => Err(Error::failed("while constructing a mapping: expected a mapping for merging")),
        }),
        _ => Err(Error::failed("while constructing a mapping: expected a mapping or list of mappings for merging")),
    }
}

/// `!!int` is `int`; a tag of the text's own keeps its mark.
fn short_tag(tag: Option<&Tag>) -> Option<String> {
    let tag = tag?;
    let (handle, suffix) = tag.parts();
    let whole = format!("{handle}{suffix}");
    let short = whole.strip_prefix("tag:yaml.org,2002:").map_or_else(|| whole.clone(), str::to_owned);
    (short != "!").then_some(short)
}

fn unknown_tag(tag: &str) -> Error {
    let whole = if tag.starts_with('!') { tag.to_owned() } else { format!("tag:yaml.org,2002:{tag}") };
    Error::failed(format!("could not determine a constructor for the tag '{whole}'"))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value> {
    let plain = style == ScalarStyle::Plain;
    let kind = match short_tag(tag).as_deref() {
        // With a lone `!`, quoted text is resolved as if it were bare.
        None if plain || tag.is_some() => yaml11::kind(text),
        None | Some("str") => Kind::Str,
        Some("null") => Kind::Null,
        Some("bool") => Kind::Bool,
        Some("int") => Kind::Int,
        Some("float") => Kind::Float,
        Some("timestamp") => Kind::Timestamp,
        Some("binary") => return binary(text),
        Some(other) => return Err(unknown_tag(other)),
    };
    match kind {
        Kind::Default => Err(unknown_tag("value")),
        Kind::Merge => Err(unknown_tag("merge")),
        kind => yaml11::construct(kind, text),
    }
}

fn binary(text: &str) -> Result<Value> {
    let clean: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(clean);
    bytes
        .map(|bytes| Value::Bytes(bytes.into()))
        .map_err(|error| Error::failed(format!("failed to decode base64 data: {error}")))
}
