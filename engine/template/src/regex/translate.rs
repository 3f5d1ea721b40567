//! From Python's pattern language to that of `fancy-regex`.
use super::Flags;
use super::class::{class, escape, push_member, shorthand};
use crate::{Error, Result};

/// What `(?…)` can switch.
#[derive(Clone, Copy, Debug, Default)]
struct Mode {
    ignore_case: bool,
    multiline: bool,
    dot_all: bool,
    verbose: bool,
    ascii: bool,
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    out: String,
    mode: Mode,
    /// Modes outside of the open groups.
    open: Vec<Mode>,
    /// Whether a quantifier may follow.
    repeatable: bool,
    /// Whether the last thing was a quantifier.
    repeated: bool,
}

/// The translated pattern, its flags included.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<String> {
    let mode = Mode { ignore_case: flags.ignore_case, multiline: flags.multiline, ..Mode::default() };
    let mut translator = Translator {
        chars: pattern.chars().collect(),
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        mode,
        open: Vec::new(),
        repeatable: false,
        repeated: false,
    };
    translator.global_flags()?;
    let mode = translator.mode;
    translator.run()?;
    let letters: String = [(mode.ignore_case, 'i'), (mode.dot_all, 's')]
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, letter)| *letter)
        .collect();
    Ok(if letters.is_empty() { translator.out } else { format!("(?{letters}){}", translator.out) })
}

impl Translator {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }
    fn error(&self, message: &str, at: usize) -> Error {
        Error::failed(format!("{message} at position {at}"))
    }
    /// `(?ims)` at the very start.
    fn global_flags(&mut self) -> Result<()> {
        while self.peek(0) == Some('(') && self.peek(1) == Some('?') {
            let letters: Vec<char> =
                self.chars[self.at + 2..].iter().copied().take_while(|c| "aiLmsux".contains(*c)).collect();
            if letters.is_empty() || self.peek(2 + letters.len()) != Some(')') {
                break;
            }
            for letter in &letters {
                self.switch(*letter, true)?;
            }
            self.at += letters.len() + 3;
        }
        Ok(())
    }
    fn switch(&mut self, letter: char, on: bool) -> Result<()> {
        match letter {
            'i' => self.mode.ignore_case = on,
            'm' => self.mode.multiline = on,
            's' => self.mode.dot_all = on,
            'x' => self.mode.verbose = on,
            'a' => self.mode.ascii = on,
            'u' => self.mode.ascii = false,
            'L' => {
                let message = "bad inline flags: cannot use 'L' flag with a str pattern";
                return Err(self.error(message, self.at + 3));
            }
            _ => return Err(self.error("unknown flag", self.at)),
        }
        Ok(())
    }
    fn run(&mut self) -> Result<()> {
        while let Some(c) = self.peek(0) {
            let start = self.at;
            self.at += 1;
            match c {
                '\\' => self.escaped(start)?,
                '[' => {
                    let class = class(&self.chars, &mut self.at, self.mode.ascii)?;
                    self.item(&class);
                }
                '(' => self.group(start)?,
                ')' => self.close(start)?,
                '*' | '+' | '?' => self.quantifier(start, &c.to_string())?,
                '{' => self.braces(start)?,
                '$' => self.anchor(if self.mode.multiline { "(?m:$)" } else { r"(?=\n?\z)" }),
                '^' => self.anchor(if self.mode.multiline { "(?m:^)" } else { r"\A" }),
                '|' => self.anchor("|"),
                '.' => self.item("."),
                '#' if self.mode.verbose => self.skip_line(),
                c if self.mode.verbose && c.is_whitespace() => {}
                c => self.literal(c),
            }
        }
        match self.open.is_empty() {
            true => Ok(()),
            false => Err(self.error("missing ), unterminated subpattern", self.unclosed())),
        }
    }
    fn unclosed(&self) -> usize {
        self.chars.iter().position(|c| *c == '(').unwrap_or(0)
    }
    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }
    /// Something that may be repeated.
    fn item(&mut self, text: &str) {
        self.out.push_str(text);
        (self.repeatable, self.repeated) = (true, false);
    }
    /// Something that may not.
    fn anchor(&mut self, text: &str) {
        self.out.push_str(text);
        // Python lets `$` and `^` be repeated; nobody does, and the engine's view of it would differ.
        (self.repeatable, self.repeated) = (text != "|", false);
    }
    fn literal(&mut self, c: char) {
        push_member(&mut self.out, c);
        (self.repeatable, self.repeated) = (true, false);
    }
    fn quantifier(&mut self, start: usize, text: &str) -> Result<()> {
        if !self.repeatable {
            return Err(self.error(if self.repeated { "multiple repeat" } else { "nothing to repeat" }, start));
        }
        self.out.push_str(text);
        // Lazy and possessive marks belong to the quantifier.
        if let Some(mark @ ('?' | '+')) = self.peek(0) {
            self.at += 1;
            self.out.push(mark);
        }
        (self.repeatable, self.repeated) = (false, true);
        Ok(())
    }
    /// `{2,3}` is a quantifier; any other brace is itself.
    fn braces(&mut self, start: usize) -> Result<()> {
        let digits = |from: usize| self.chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
        let low = digits(self.at);
        let mut end = self.at + low;
        let mut high = 0;
        let comma = self.chars.get(end) == Some(&',');
        if comma {
            high = digits(end + 1);
            end += 1 + high;
        }
        if self.chars.get(end) != Some(&'}') || low + high == 0 && !comma {
            self.literal('{');
            return Ok(());
        }
        let body: String = self.chars[self.at..end].iter().collect();
        self.at = end + 1;
        let body = if low == 0 { format!("0{body}") } else { body };
        self.quantifier(start, &format!("{{{body}}}"))
    }
    fn escaped(&mut self, start: usize) -> Result<()> {
        let Some(c) = self.peek(0) else {
            return Err(self.error("bad escape (end of pattern)", start));
        };
        self.at += 1;
        match c {
            'A' => self.anchor(r"\A"),
            'Z' => self.anchor(r"\z"),
            'b' | 'B' if self.mode.ascii => self.anchor(if c == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" }),
            'b' => self.anchor(r"\b"),
            'B' => self.anchor(r"\B"),
            'w' | 'd' | 's' => self.item(&format!("[{}]", shorthand(c, self.mode.ascii))),
            'W' | 'D' | 'S' => self.item(&format!("[^{}]", shorthand(c, self.mode.ascii))),
            '0' => {
                self.at -= 1;
                self.octal(3)?;
            }
            '1'..='9' => self.reference(start)?,
            c => {
                let c = escape(&self.chars, &mut self.at, c)?;
                self.literal(c);
            }
        }
        Ok(())
    }
    fn octal(&mut self, max: usize) -> Result<()> {
        let digits: Vec<u32> = self.chars[self.at..].iter().take(max).map_while(|c| c.to_digit(8)).collect();
        self.at += digits.len();
        let code = digits.iter().fold(0, |sum, digit| sum * 8 + digit);
        match char::from_u32(code).filter(|_| code <= 0o377) {
            Some(c) => self.literal(c),
            None => return Err(self.error("octal escape value outside of range 0-0o377", self.at - digits.len() - 1)),
        }
        Ok(())
    }
    /// `\1` to `\99`; three octal digits are a character.
    fn reference(&mut self, start: usize) -> Result<()> {
        self.at -= 1;
        let run: String = self.chars[self.at..].iter().take(3).take_while(|c| c.is_ascii_digit()).collect();
        if run.len() == 3 && run.bytes().all(|b| b < b'8') && run.as_bytes()[0] < b'4' {
            return self.octal(3);
        }
        let taken = run.len().min(2);
        self.at += taken;
        let number = &run[..taken];
        let groups = self.chars.iter().filter(|c| **c == '(').count();
        if number.parse::<usize>().is_ok_and(|n| n > groups) {
            return Err(self.error(&format!("invalid group reference {number}"), start + 1));
        }
        self.item(&format!("(?:\\{number})"));
        Ok(())
    }
    fn group(&mut self, start: usize) -> Result<()> {
        (self.repeatable, self.repeated) = (false, false);
        if self.peek(0) != Some('?') {
            self.open.push(self.mode);
            self.out.push('(');
            return Ok(());
        }
        self.at += 1;
        let rest: String = self.chars[self.at..].iter().take(2).collect();
        let fixed = ["<=", "<!", ":", "=", "!", ">"].into_iter().find(|mark| rest.starts_with(mark));
        if let Some(mark) = fixed {
            self.at += mark.len();
            self.open.push(self.mode);
            self.out.push_str("(?");
            self.out.push_str(mark);
            return Ok(());
        }
        match self.peek(0) {
            Some('P') => self.named(start),
            Some('#') => self.comment(start),
            Some('(') => self.conditional(start),
            Some(_) => self.scoped_flags(start),
            None => Err(self.error("unexpected end of pattern", self.at)),
        }
    }
    fn until(&mut self, end: char, message: &str) -> Result<String> {
        let from = self.at;
        let len = self.chars[from..].iter().position(|c| *c == end);
        let len = len.ok_or_else(|| self.error(message, from))?;
        self.at += len + 1;
        Ok(self.chars[from..from + len].iter().collect())
    }
    fn named(&mut self, start: usize) -> Result<()> {
        self.at += 1;
        match self.peek(0) {
            Some('<') => {
                self.at += 1;
                let name = self.until('>', "missing >, unterminated name")?;
                self.open.push(self.mode);
                self.out.push_str(&format!("(?P<{name}>"));
            }
            Some('=') => {
                self.at += 1;
                let name = self.until(')', "missing ), unterminated name")?;
                self.item(&format!("(?P={name})"));
            }
            other => {
                let shown = other.map(String::from).unwrap_or_default();
                return Err(self.error(&format!("unknown extension ?P{shown}"), start + 1));
            }
        }
        Ok(())
    }
    fn comment(&mut self, start: usize) -> Result<()> {
        if !self.chars[self.at..].contains(&')') {
            return Err(self.error("missing ), unterminated comment", start));
        }
        self.until(')', "missing ), unterminated comment").map(drop)
    }
    fn conditional(&mut self, _start: usize) -> Result<()> {
        self.at += 1;
        let name = self.until(')', "missing ), unterminated name")?;
        self.open.push(self.mode);
        let reference = if name.bytes().all(|b| b.is_ascii_digit()) { name } else { format!("<{name}>") };
        self.out.push_str(&format!("(?({reference})"));
        Ok(())
    }
    /// `(?i:…)`, `(?s-m:…)`.
    fn scoped_flags(&mut self, start: usize) -> Result<()> {
        let outer = self.mode;
        let mut on = true;
        let mut any = false;
        loop {
            let c = self.peek(0).ok_or_else(|| self.error("missing -, : or )", self.at))?;
            match c {
                ':' => break,
                ')' if any => return Err(self.error("global flags not at the start of the expression", start)),
                '-' if on => on = false,
                c if "aiLmsux".contains(c) => self.switch(c, on)?,
                _ => {
                    let end = (self.at + usize::from(c == '<')).min(self.chars.len() - 1);
                    let shown: String = self.chars[start + 1..=end].iter().collect();
                    return Err(self.error(&format!("unknown extension {shown}"), start + 1));
                }
            }
            any = true;
            self.at += 1;
        }
        self.at += 1;
        self.open.push(outer);
        self.out.push_str("(?");
        let letter = |on: bool, letter: &'static str| if on { letter } else { "" };
        self.out.push_str(letter(self.mode.ignore_case, "i"));
        self.out.push_str(letter(self.mode.dot_all, "s"));
        if !self.mode.ignore_case || !self.mode.dot_all {
            self.out.push('-');
            self.out.push_str(letter(!self.mode.ignore_case, "i"));
            self.out.push_str(letter(!self.mode.dot_all, "s"));
        }
        self.out.push(':');
        Ok(())
    }
    fn close(&mut self, start: usize) -> Result<()> {
        self.mode = self.open.pop().ok_or_else(|| self.error("unbalanced parenthesis", start))?;
        self.item(")");
        Ok(())
    }
}
