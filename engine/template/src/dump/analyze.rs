//! What a text allows: plain, quoted or block style. The rules are libyaml's, which PyYAML's fast dumper uses.

/// The styles that can carry a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) flow_plain: bool,
    pub(super) block_plain: bool,
    pub(super) single_quoted: bool,
    pub(super) block: bool,
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that need no escape. libyaml leaves out everything beyond the basic plane.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Indicators found in a text.
#[derive(Default)]
struct Marks {
    block: bool,
    flow: bool,
    breaks: bool,
    special: bool,
}

/// Blanks and line ends at the ends of a text, and next to each other.
#[derive(Default)]
struct Blanks {
    leading: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
}

pub(super) fn analyze(text: &str, unicode: bool) -> Analysis {
    if text.is_empty() {
        return Analysis { block_plain: true, single_quoted: true, ..Analysis::default() };
    }
    let chars: Vec<char> = text.chars().collect();
    let marks = marks(&chars, unicode);
    let blanks = blanks(&chars);
    let mut out =
        Analysis { multiline: marks.breaks, flow_plain: true, block_plain: true, single_quoted: true, block: true };
    let edges = blanks.leading || blanks.trailing_space || blanks.trailing_break;
    let plain = !(edges || blanks.break_space || blanks.space_break || marks.special || marks.breaks);
    out.flow_plain = plain && !marks.flow;
    out.block_plain = plain && !marks.block;
    out.single_quoted = !(blanks.break_space || blanks.space_break || marks.special);
    out.block = !(blanks.trailing_space || blanks.space_break || marks.special);
    out
}

fn marks(chars: &[char], unicode: bool) -> Marks {
    let mut marks = Marks::default();
    let blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(*c));
    if chars.starts_with(&['-', '-', '-']) || chars.starts_with(&['.', '.', '.']) {
        (marks.block, marks.flow) = (true, true);
    }
    for (i, &c) in chars.iter().enumerate() {
        let followed = blank(chars.get(i + 1));
        let preceded = i == 0 || blank(chars.get(i - 1));
        let (flow, block) = match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                if i == 0 =>
            {
                (true, true)
            }
            '?' if i == 0 => (true, followed),
            '-' if i == 0 && followed => (true, true),
            ',' | '?' | '[' | ']' | '{' | '}' => (true, false),
            ':' => (true, followed),
            '#' if preceded => (true, true),
            _ => (false, false),
        };
        marks.flow |= flow;
        marks.block |= block;
        marks.special |= !is_printable(c) && !is_break(c) || (!c.is_ascii() && !unicode) || c == '\r' || c == '\u{85}';
        marks.breaks |= is_break(c);
    }
    marks
}

fn blanks(chars: &[char]) -> Blanks {
    let mut blanks = Blanks::default();
    let last = chars.len() - 1;
    let (mut space, mut line) = (false, false);
    for (i, &c) in chars.iter().enumerate() {
        if c == ' ' {
            blanks.leading |= i == 0;
            blanks.trailing_space |= i == last;
            blanks.break_space |= line;
            (space, line) = (true, false);
        } else if is_break(c) {
            blanks.leading |= i == 0;
            blanks.trailing_break |= i == last;
            blanks.space_break |= space;
            (space, line) = (false, true);
        } else {
            (space, line) = (false, false);
        }
    }
    blanks
}
