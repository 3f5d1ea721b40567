//! The emitter: columns, indentation, indicators. A port of libyaml's ways, so that lines break where its lines break.
use super::represent::{Node, YamlStyle};
use super::scalar::{Style, choose_style};

/// Where a node stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) mapping: bool,
    pub(super) simple_key: bool,
}

pub(super) struct Emitter {
    pub(super) out: String,
    pub(super) column: i64,
    /// The last character written was a blank, or the line is empty.
    pub(super) whitespace: bool,
    /// Only indentation (and `-`, `?`) stands on this line so far.
    pub(super) indention: bool,
    pub(super) width: i64,
    pub(super) unicode: bool,
    pub(super) flow_level: usize,
    pub(super) open_ended: bool,
    step: i64,
    indent: i64,
    indents: Vec<i64>,
}

/// A key longer than this gets a `?`.
const LONGEST_SIMPLE_KEY: usize = 128;

impl Emitter {
    pub(super) fn new(style: &YamlStyle) -> Self {
        let step = if (2..=9).contains(&style.indent) { style.indent } else { 2 };
        let width = match style.width {
            width if width < 0 => i64::MAX,
            width if width <= step * 2 => 80,
            width => width,
        };
        Self {
            out: String::new(),
            column: 0,
            whitespace: true,
            indention: true,
            width,
            unicode: style.unicode,
            flow_level: 0,
            open_ended: false,
            step,
            indent: -1,
            indents: Vec::new(),
        }
    }
    /// A whole document.
    pub(super) fn document(&mut self, root: &Node, style: &YamlStyle) {
        if style.explicit_start {
            self.write_indent();
            self.indicator("---", true, false, false);
        }
        self.node(root, Place::default());
        self.write_indent();
        if style.explicit_end || self.open_ended {
            self.indicator("...", true, false, false);
            self.write_indent();
        }
    }
    pub(super) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }
    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }
    pub(super) fn write_break(&mut self, c: char) {
        if c == '\n' {
            self.put_break();
        } else {
            self.out.push(c);
            self.column = 0;
        }
    }
    pub(super) fn indent(&self) -> i64 {
        self.indent.max(0)
    }
    pub(super) fn step(&self) -> i64 {
        self.step
    }
    pub(super) fn write_indent(&mut self) {
        let indent = self.indent();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }
    pub(super) fn indicator(&mut self, text: &str, need_whitespace: bool, is_whitespace: bool, is_indention: bool) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        for c in text.chars() {
            self.put(c);
        }
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
        self.open_ended = false;
    }
    fn increase_indent(&mut self, flow: bool, indentless: bool) {
        self.indents.push(self.indent);
        if self.indent < 0 {
            self.indent = if flow { self.step } else { 0 };
        } else if !indentless {
            self.indent += self.step;
        }
    }
    fn decrease_indent(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }
    fn node(&mut self, node: &Node, place: Place) {
        match node {
            Node::Scalar(scalar) => {
                let style = choose_style(scalar, self, place);
                self.scalar(scalar, style, place);
            }
            Node::Sequence { items, flow } => {
                if self.flow_level > 0 || *flow || items.is_empty() {
                    self.flow_sequence(items);
                } else {
                    self.block_sequence(items, place);
                }
            }
            Node::Mapping { tag, entries, flow } => {
                if let Some(tag) = tag {
                    self.indicator(tag, true, false, false);
                }
                if self.flow_level > 0 || *flow || entries.is_empty() {
                    self.flow_mapping(entries);
                } else {
                    self.block_mapping(entries);
                }
            }
        }
    }
    fn flow_sequence(&mut self, items: &[Node]) {
        self.indicator("[", true, true, false);
        self.increase_indent(true, false);
        self.flow_level += 1;
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.width {
                self.write_indent();
            }
            self.node(item, Place::default());
        }
        self.flow_level -= 1;
        self.decrease_indent();
        self.indicator("]", false, false, false);
    }
    fn flow_mapping(&mut self, entries: &[(Node, Node)]) {
        self.indicator("{", true, true, false);
        self.increase_indent(true, false);
        self.flow_level += 1;
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.width {
                self.write_indent();
            }
            if self.is_simple_key(key) {
                self.node(key, Place { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, false);
                self.node(key, Place { mapping: true, ..Place::default() });
                if self.column > self.width {
                    self.write_indent();
                }
                self.indicator(":", true, false, false);
            }
            self.node(value, Place { mapping: true, ..Place::default() });
        }
        self.flow_level -= 1;
        self.decrease_indent();
        self.indicator("}", false, false, false);
    }
    fn block_sequence(&mut self, items: &[Node], place: Place) {
        self.increase_indent(false, place.mapping && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Place::default());
        }
        self.decrease_indent();
    }
    fn block_mapping(&mut self, entries: &[(Node, Node)]) {
        self.increase_indent(false, false);
        for (key, value) in entries {
            self.write_indent();
            if self.is_simple_key(key) {
                self.node(key, Place { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(key, Place { mapping: true, ..Place::default() });
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Place { mapping: true, ..Place::default() });
        }
        self.decrease_indent();
    }
    fn is_simple_key(&self, key: &Node) -> bool {
        match key {
            Node::Scalar(scalar) => {
                let multiline = scalar.text.contains(super::analyze::is_break);
                !multiline && scalar.text.len() + scalar.tag.map_or(0, str::len) <= LONGEST_SIMPLE_KEY
            }
            Node::Sequence { items, .. } => items.is_empty(),
            Node::Mapping { entries, .. } => entries.is_empty(),
        }
    }
    fn scalar(&mut self, scalar: &super::represent::Scalar, style: Style, place: Place) {
        if let Some(tag) = scalar.tag {
            self.indicator(tag, true, false, false);
        } else if style != Style::Plain && !scalar.is_text {
            self.indicator("!", true, false, false);
        }
        // A scalar in its own right is indented against its parent; in flow, the parent's level counts.
        self.increase_indent(true, false);
        let chars: Vec<char> = scalar.text.chars().collect();
        match style {
            Style::Plain => self.plain(&chars, !place.simple_key),
            Style::Single => self.single_quoted(&chars, !place.simple_key),
            Style::Double => self.double_quoted(&chars, !place.simple_key),
            Style::Literal => self.literal(&chars),
            Style::Folded => self.folded(&chars),
        }
        self.decrease_indent();
    }
}
