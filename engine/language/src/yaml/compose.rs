//! Events to nodes.
use super::{Kind, Node, Parsed, construct, hint, mapping};
use crate::Diagnostic;
use granit_parser::{Event, Parser, ScanError, Span, StrInput, Tag};
use rolewright_template::Origin;
use std::collections::HashMap;
use std::sync::Arc;

/// Nodes that aliases may add to a text, all together: no file of plays comes near, a billion laughs goes beyond.
const ALIASED_NODES: usize = 100_000;
/// How deep nodes may be nested, aliases included: walks of the tree recurse.
const DEPTH: usize = 300;

/// A node, the number of nodes in it and the depth of its deepest one.
struct Composed {
    node: Node,
    size: usize,
    height: usize,
}

pub(super) struct Composer<'a> {
    text: &'a Arc<str>,
    file: &'a Arc<str>,
    /// Plain scalars are JSON's, not YAML's.
    json: bool,
    parser: Parser<'a, StrInput<'a>>,
    /// `None` while the anchored node is not complete.
    anchors: HashMap<usize, Option<Composed>>,
    aliased: usize,
    warnings: Vec<Diagnostic>,
}

type Result<T> = std::result::Result<T, Diagnostic>;

impl<'a> Composer<'a> {
    pub(super) fn new(text: &'a Arc<str>, file: &'a Arc<str>, json: bool) -> Self {
        let mut options = granit_parser::options! { block_scalar_eof_without_line_feed: true };
        options.set_emit_comments(false);
        let parser = Parser::new_from_str_with_options(text, options);
        Self { text, file, json, parser, anchors: HashMap::new(), aliased: 0, warnings: Vec::new() }
    }

    pub(super) fn documents(mut self) -> Result<Parsed> {
        let mut documents = Vec::new();
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(..) => self.anchors.clear(),
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                event => documents.push(self.node(event, span, 0)?.node),
            }
        }
        Ok(Parsed { documents, warnings: self.warnings })
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => Err(self.syntax(&error)),
        }
    }

    /// The next event inside a collection, where the stream cannot end.
    fn inside(&mut self) -> Result<(Event<'a>, Span)> {
        match self.next()? {
            Some(event) => Ok(event),
            None => Err(self.error("found unexpected end of stream", &self.start())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Composed> {
        let origin = self.origin(&span);
        if depth > DEPTH {
            return Err(self.error(format!("nested more than {DEPTH} levels deep"), &origin));
        }
        match event {
            Event::Alias(id) => self.alias(id, &origin, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, granit_parser::ScalarStyle::Plain);
                let node = self.scalar(&text, plain, tag.as_deref(), origin)?;
                self.keep(anchor, Composed { node, size: 1, height: 0 })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor);
                let composed = self.sequence(tag.as_deref(), origin, depth)?;
                self.keep(anchor, composed)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(anchor);
                let composed = self.mapping(tag.as_deref(), origin, depth)?;
                self.keep(anchor, composed)
            }
            _ => Err(self.error("found an unexpected event", &origin)),
        }
    }

    fn open(&mut self, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn keep(&mut self, anchor: usize, composed: Composed) -> Result<Composed> {
        if anchor > 0 {
            let copy = Composed { node: composed.node.clone(), ..composed };
            self.anchors.insert(anchor, Some(copy));
        }
        Ok(composed)
    }

    fn alias(&mut self, id: usize, origin: &Origin, depth: usize) -> Result<Composed> {
        let Some(Some(found)) = self.anchors.get(&id) else {
            return Err(self.error("found an alias to the node that it is part of", origin));
        };
        self.aliased += found.size;
        if self.aliased > ALIASED_NODES {
            return Err(self.error(format!("the aliases expand to more than {ALIASED_NODES} nodes"), origin));
        }
        if depth + found.height > DEPTH {
            return Err(self.error(format!("the aliases nest more than {DEPTH} levels deep"), origin));
        }
        Ok(Composed { node: found.node.clone(), ..*found })
    }

    fn scalar(&self, text: &str, plain: bool, tag: Option<&Tag>, origin: Origin) -> Result<Node> {
        let made = match tag {
            None if !plain => Ok((None, Kind::Str(text.to_owned()))),
            None if self.json => Ok((None, super::json::plain(text))),
            None => construct::plain(text).map(|kind| (None, kind)),
            Some(tag) => construct::tagged(&tag_name(tag), text),
        };
        match made {
            Ok((tag, kind)) => Ok(Node { origin, tag, kind }),
            Err(message) => Err(self.error(message, &origin)),
        }
    }

    fn sequence(&mut self, tag: Option<&Tag>, origin: Origin, depth: usize) -> Result<Composed> {
        let (mut items, mut size, mut height) = (Vec::new(), 1, 0);
        loop {
            match self.inside()? {
                (Event::SequenceEnd, _) => break,
                (event, span) => {
                    let item = self.node(event, span, depth + 1)?;
                    size += item.size;
                    height = height.max(item.height + 1);
                    items.push(item.node);
                }
            }
        }
        let (tag, kind) = match tag.map(tag_name).as_deref() {
            None | Some("!" | "tag:yaml.org,2002:seq") => (None, Kind::Seq(items)),
            Some("!unsafe") => (Some("!unsafe".to_owned()), Kind::Seq(items)),
            Some("tag:yaml.org,2002:omap" | "tag:yaml.org,2002:pairs") => (None, self.pairs(items)?),
            Some(other) => return Err(self.unknown_tag(other, &origin)),
        };
        Ok(Composed { node: Node { origin, tag, kind }, size, height })
    }

    fn pairs(&self, items: Vec<Node>) -> Result<Kind> {
        let mut pairs = Vec::new();
        for item in items {
            match item.kind {
                Kind::Map(mut entries) if entries.len() == 1 => pairs.append(&mut entries),
                _ => return Err(self.error("expected a mapping of one entry in an ordered map", &item.origin)),
            }
        }
        Ok(Kind::Pairs(pairs))
    }

    fn mapping(&mut self, tag: Option<&Tag>, origin: Origin, depth: usize) -> Result<Composed> {
        let (mut entries, mut size, mut height) = (Vec::new(), 1, 0);
        loop {
            match self.inside()? {
                (Event::MappingEnd, _) => break,
                (event, span) => {
                    let merge = mapping::is_merge(&event);
                    let key = if merge || mapping::is_default(&event) {
                        self.verbatim(event, &span)
                    } else {
                        self.node(event, span, depth + 1)?
                    };
                    let (event, span) = self.inside()?;
                    let value = self.node(event, span, depth + 1)?;
                    size += key.size + value.size;
                    height = height.max(key.height.max(value.height) + 1);
                    entries.push(mapping::Entry { merge, key: key.node, value: value.node });
                }
            }
        }
        let map = self.unique(entries, &origin)?;
        let (tag, kind) = match tag.map(tag_name).as_deref() {
            None | Some("!" | "tag:yaml.org,2002:map") => (None, Kind::Map(map)),
            Some("!unsafe") => (Some("!unsafe".to_owned()), Kind::Map(map)),
            Some("tag:yaml.org,2002:set") => (None, Kind::Set(map.into_iter().map(|(key, _)| key).collect())),
            Some(other) => return Err(self.unknown_tag(other, &origin)),
        };
        Ok(Composed { node: Node { origin, tag, kind }, size, height })
    }

    /// A key that is `<<` or `=`, as text.
    fn verbatim(&self, event: Event<'a>, span: &Span) -> Composed {
        let text = event.scalar().map(|(text, _)| text.to_owned()).unwrap_or_default();
        let node = Node { origin: self.origin(span), tag: None, kind: Kind::Str(text) };
        Composed { node, size: 1, height: 0 }
    }

    fn unique(&mut self, entries: Vec<mapping::Entry>, origin: &Origin) -> Result<Vec<(Node, Node)>> {
        match mapping::unique(entries, origin) {
            Ok((map, doubles)) => {
                let text = self.text;
                self.warnings.extend(doubles.into_iter().map(|warning| warning.with_source(text)));
                Ok(map)
            }
            Err(error) => Err(error.with_source(self.text)),
        }
    }

    fn origin(&self, span: &Span) -> Origin {
        self.position(span.start.line(), span.start.col() + 1)
    }

    fn position(&self, line: usize, column: usize) -> Origin {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Origin { file: Arc::clone(self.file), line: small(line), column: small(column) }
    }

    fn start(&self) -> Origin {
        self.position(1, 1)
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let marker = error.marker();
        let origin = self.position(marker.line(), marker.col() + 1);
        self.error(error.info(), &origin)
    }

    fn error(&self, problem: impl std::fmt::Display, origin: &Origin) -> Diagnostic {
        Diagnostic::error("yaml-syntax", format!("Syntax Error while loading YAML. {problem}"))
            .at(origin)
            .with_source(self.text)
            .with_help_if(hint::of(self.text, origin))
    }

    fn unknown_tag(&self, tag: &str, origin: &Origin) -> Diagnostic {
        self.error(construct::unknown_tag(tag), origin)
    }
}

/// The tag as PyYAML spells it: `!unsafe`, `tag:yaml.org,2002:int`.
fn tag_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}
