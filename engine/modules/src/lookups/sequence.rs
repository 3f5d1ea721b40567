//! `sequence`: numbers, as text.
use super::{Named, option, split_term};
use rolewright_template::{Context, Error, Result, Value};

/// More than this is a mistake, and would take the memory of the operator.
const MOST: i64 = 1_000_000;

#[derive(Default)]
struct Sequence {
    start: Option<i64>,
    end: Option<i64>,
    count: Option<i64>,
    stride: Option<i64>,
    format: Option<String>,
}

pub(super) fn sequence(_: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    if terms.is_empty() {
        out.extend(with_options(Sequence::default(), options)?.numbers()?);
    }
    for term in terms {
        let sequence = read(&term.to_string())?;
        out.extend(with_options(sequence, options)?.numbers()?);
    }
    Ok(out)
}

fn with_options(mut sequence: Sequence, options: &[Named]) -> Result<Sequence> {
    for name in ["start", "end", "count", "stride", "format"] {
        if let Some(value) = option(options, name) {
            set(&mut sequence, name, &value.to_string())?;
        }
    }
    Ok(sequence)
}

fn set(sequence: &mut Sequence, name: &str, text: &str) -> Result<()> {
    if name == "format" {
        sequence.format = Some(text.to_owned());
        return Ok(());
    }
    let number = integer(text).ok_or_else(|| Error::failed(format!("can't parse {name}={text} as integer")))?;
    match name {
        "start" => sequence.start = Some(number),
        "end" => sequence.end = Some(number),
        "count" => sequence.count = Some(number),
        "stride" => sequence.stride = Some(number),
        _ => return Err(Error::failed(format!("unrecognized arguments to with_sequence: {name}"))),
    }
    Ok(())
}

/// Decimal, or with a prefix of Python (`0x`, `0o`, `0b`, or a leading zero for octal).
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let lower = digits.to_ascii_lowercase();
    let parsed = if let Some(hex) = lower.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        i64::from_str_radix(octal, 8)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        i64::from_str_radix(binary, 2)
    } else {
        lower.parse()
    };
    parsed.ok().map(|number| sign * number)
}

fn read(term: &str) -> Result<Sequence> {
    if let Some(sequence) = short(term) {
        return Ok(sequence);
    }
    let (plain, pairs) = split_term(term)?;
    if let Some(word) = plain.first() {
        return Err(Error::failed(format!("unknown error parsing with_sequence arguments: '{word}'")));
    }
    let mut sequence = Sequence::default();
    for (name, value) in &pairs {
        set(&mut sequence, name, value)?;
    }
    Ok(sequence)
}

/// `[start-]end[/stride][:format]`
fn short(term: &str) -> Option<Sequence> {
    let (numbers, format) = match term.split_once(':') {
        Some((numbers, format)) => (numbers, Some(format.to_owned())),
        None => (term, None),
    };
    let (range, stride) = match numbers.split_once('/') {
        Some((range, stride)) => (range, Some(integer(stride)?)),
        None => (numbers, None),
    };
    let (start, end) = match range.split_once('-') {
        Some((start, end)) if !start.is_empty() => (Some(integer(start)?), integer(end)?),
        _ => (None, integer(range)?),
    };
    Some(Sequence { start, end: Some(end), stride, format, count: None })
}

impl Sequence {
    fn numbers(self) -> Result<Vec<Value>> {
        let start = self.start.unwrap_or(1);
        let mut stride = self.stride.unwrap_or(1);
        let end = match (self.count, self.end) {
            (Some(_), Some(_)) => return Err(Error::failed("can't specify both count and end in with_sequence")),
            (None, None) => return Err(Error::failed("must specify count or end in with_sequence")),
            (Some(0), None) => return Ok(Vec::new()),
            (Some(count), None) => start.saturating_add(count.saturating_mul(stride)).saturating_sub(1),
            (None, Some(end)) => end,
        };
        if self.stride.is_none() && end < start {
            stride = -1;
        }
        if stride > 0 && end < start {
            return Err(Error::failed("to count backwards make stride negative"));
        }
        if stride < 0 && end > start {
            return Err(Error::failed("to count forward don't make stride negative"));
        }
        if stride == 0 {
            return Ok(Vec::new());
        }
        if (end.saturating_sub(start) / stride) >= MOST {
            return Err(Error::failed(format!("with_sequence of more than {MOST} numbers")));
        }
        let mut out = Vec::new();
        let mut number = start;
        while if stride > 0 { number <= end } else { number >= end } {
            out.push(Value::from(formatted(self.format.as_deref().unwrap_or("%d"), number)?));
            number = number.saturating_add(stride);
        }
        Ok(out)
    }
}

/// One `%` conversion of a whole number (`%d`, `%02x`, `%5o`, …) inside text.
fn formatted(format: &str, number: i64) -> Result<String> {
    let bad = || Error::failed(format!("problem formatting {number} with '{format}'"));
    let at = format.find('%').ok_or_else(bad)?;
    let rest = &format[at + 1..];
    let end = rest.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(bad)?;
    let (flags, conversion) = (&rest[..end], &rest[end..=end]);
    let digits = match conversion {
        "d" | "i" | "u" => number.to_string(),
        "x" => format!("{number:x}"),
        "X" => format!("{number:X}"),
        "o" => format!("{number:o}"),
        _ => return Err(bad()),
    };
    let width: usize = flags.trim_start_matches(['0', '-', '+', ' ', '#']).parse().unwrap_or(0);
    if width > 1000 {
        return Err(bad());
    }
    let padded = match (flags.starts_with('-'), flags.starts_with('0')) {
        (true, _) => format!("{digits:<width$}"),
        (_, true) => match digits.strip_prefix('-') {
            Some(digits) => format!("-{digits:0>width$}", width = width.saturating_sub(1)),
            None => format!("{digits:0>width$}"),
        },
        _ => format!("{digits:>width$}"),
    };
    Ok(format!("{}{padded}{}", &format[..at], &rest[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(term: &str) -> String {
        match read(term).and_then(Sequence::numbers) {
            Ok(numbers) => numbers.iter().map(Value::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn forms() {
        for (term, expected) in [
            ("5", "1 2 3 4 5"),
            ("5-8", "5 6 7 8"),
            ("2-10/2", "2 4 6 8 10"),
            ("4:host%02d", "host01 host02 host03 host04"),
            ("start=0x0f00 count=4 format=%04x", "0f00 0f01 0f02 0f03"),
            ("start=0 count=5 stride=2", "0 2 4 6 8"),
            ("start=3 end=1", "3 2 1"),
            ("count=0", ""),
            ("start=1 end=3 stride=-1", "error: to count forward don't make stride negative"),
            ("start=1", "error: must specify count or end in with_sequence"),
            ("start=a end=2", "error: can't parse start=a as integer"),
            ("end=99999999999", "error: with_sequence of more than 1000000 numbers"),
        ] {
            assert_eq!(check(term), expected, "{term}");
        }
    }
}
