//! Scalars: which style, and how each is written and folded.
use super::analyze::{analyze, is_break, is_printable};
use super::emitter::{Emitter, Place};
use super::represent::Scalar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

pub(super) fn choose_style(scalar: &Scalar, emitter: &Emitter, place: Place) -> Style {
    let analysis = analyze(&scalar.text, emitter.unicode);
    let mut style = scalar.style;
    let flow = emitter.flow_level > 0;
    if place.simple_key && analysis.multiline {
        style = Style::Double;
    }
    if style == Style::Plain {
        let allowed = if flow { analysis.flow_plain } else { analysis.block_plain };
        let empty = scalar.text.is_empty() && (flow || place.simple_key);
        if !allowed || empty || !scalar.plain {
            style = Style::Single;
        }
    }
    if style == Style::Single && !analysis.single_quoted {
        style = Style::Double;
    }
    if matches!(style, Style::Literal | Style::Folded) && (!analysis.block || flow || place.simple_key) {
        style = Style::Double;
    }
    style
}

impl Emitter {
    pub(super) fn plain(&mut self, chars: &[char], allow_breaks: bool) {
        if !self.whitespace && (!chars.is_empty() || self.flow_level > 0) {
            self.put(' ');
        }
        let (mut spaces, mut breaks) = (false, false);
        for (i, &c) in chars.iter().enumerate() {
            if c == ' ' {
                if allow_breaks && !spaces && self.column > self.width && chars.get(i + 1) != Some(&' ') {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                self.scalar_break(c, breaks);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.whitespace = false;
        self.indention = false;
    }
    /// A line break inside of a scalar. The first of several is written twice, since folding takes one away.
    fn scalar_break(&mut self, c: char, follows_another: bool) {
        if !follows_another && c == '\n' {
            self.put_break();
        }
        self.write_break(c);
        self.indention = true;
    }

    pub(super) fn single_quoted(&mut self, chars: &[char], allow_breaks: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut breaks) = (false, false);
        for (i, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let inside = i > 0 && i + 1 < chars.len();
                let next_is_space = chars.get(i + 1) == Some(&' ');
                if allow_breaks && !spaces && inside && self.column > self.width && !next_is_space {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                self.scalar_break(c, breaks);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        if breaks {
            self.write_indent();
        }
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }
    pub(super) fn double_quoted(&mut self, chars: &[char], allow_breaks: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        for (i, &c) in chars.iter().enumerate() {
            let escaped =
                !is_printable(c) || (!self.unicode && !c.is_ascii()) || is_break(c) || matches!(c, '"' | '\\');
            if escaped {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                let inside = i > 0 && i + 1 < chars.len();
                if allow_breaks && !spaces && inside && self.column > self.width {
                    self.write_indent();
                    if chars.get(i + 1) == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }
    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => ' ',
        };
        let text = match c as u32 {
            _ if short != ' ' => format!("\\{short}"),
            code @ 0..=0xff => format!("\\x{code:02X}"),
            code @ 0x100..=0xffff => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        };
        for c in text.chars() {
            self.put(c);
        }
    }
    /// Indentation and end of a block, where a reader could not tell them.
    fn block_hints(&mut self, chars: &[char]) {
        if chars.first().is_some_and(|c| *c == ' ' || is_break(*c)) {
            let step = self.step().to_string();
            self.indicator(&step, false, false, false);
        }
        self.open_ended = false;
        match chars {
            [] => self.indicator("-", false, false, false),
            [.., last] if !is_break(*last) => self.indicator("-", false, false, false),
            [_] => {
                self.indicator("+", false, false, false);
                self.open_ended = true;
            }
            [.., before, _] if is_break(*before) => {
                self.indicator("+", false, false, false);
                self.open_ended = true;
            }
            _ => {}
        }
    }
    pub(super) fn literal(&mut self, chars: &[char]) {
        self.indicator("|", true, false, false);
        self.block_hints(chars);
        let open_ended = self.open_ended;
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for &c in chars {
            if is_break(c) {
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
        self.open_ended = open_ended;
    }
    pub(super) fn folded(&mut self, chars: &[char]) {
        self.indicator(">", true, false, false);
        self.block_hints(chars);
        let open_ended = self.open_ended;
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let (mut breaks, mut leading_spaces) = (true, true);
        for (i, &c) in chars.iter().enumerate() {
            if is_break(c) {
                if !breaks && !leading_spaces && c == '\n' {
                    let next = chars[i..].iter().find(|c| !is_break(**c));
                    if next.is_some_and(|c| !matches!(c, ' ' | '\t')) {
                        self.put_break();
                    }
                }
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                    leading_spaces = matches!(c, ' ' | '\t');
                }
                let next_is_space = chars.get(i + 1) == Some(&' ');
                if !breaks && c == ' ' && !next_is_space && self.column > self.width {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                self.indention = false;
                breaks = false;
            }
        }
        self.open_ended = open_ended;
    }
}
