//! `format(value, spec)` and `str.format`.
use super::{index, text};
use crate::render::{Args, Render};
use crate::value::{Number, float_repr};
use crate::{Error, Result, Value};

/// A parsed format specification.
#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// Widths beyond this are a mistake or an attack.
const MAX_WIDTH: usize = 1 << 20;

fn parse(spec: &str, value: &Value) -> Result<Spec> {
    let chars: Vec<char> = spec.chars().collect();
    let is_align = |c: Option<&char>| c.is_some_and(|c| matches!(c, '<' | '>' | '=' | '^'));
    let mut out = Spec::default();
    let mut at = 0;
    if is_align(chars.get(1)) {
        (out.fill, out.align, at) = (Some(chars[0]), Some(chars[1]), 2);
    } else if is_align(chars.first()) {
        (out.align, at) = (Some(chars[0]), 1);
    }
    let take = |at: &mut usize, set: &str| {
        let found = chars.get(*at).copied().filter(|c| set.contains(*c));
        *at += usize::from(found.is_some());
        found
    };
    out.sign = take(&mut at, "+- ");
    take(&mut at, "z");
    out.alternate = take(&mut at, "#").is_some();
    out.zero = take(&mut at, "0").is_some();
    out.width = digits(&chars, &mut at)?.unwrap_or(0);
    out.grouping = take(&mut at, ",_");
    if take(&mut at, ".").is_some() {
        out.precision =
            Some(digits(&chars, &mut at)?.ok_or_else(|| Error::failed("Format specifier missing precision"))?);
    }
    out.kind = chars.get(at).copied();
    if chars.len() > at + 1 {
        return Err(Error::failed(format!(
            "Invalid format specifier '{spec}' for object of type '{}'",
            value.type_name()
        )));
    }
    Ok(out)
}

fn digits(chars: &[char], at: &mut usize) -> Result<Option<usize>> {
    let run: String = chars[*at..].iter().take_while(|c| c.is_ascii_digit()).collect();
    *at += run.len();
    if run.is_empty() {
        return Ok(None);
    }
    match run.parse() {
        Ok(n) if n <= MAX_WIDTH => Ok(Some(n)),
        _ => Err(Error::failed("Too many decimal digits in format string")),
    }
}

/// `format(value, spec)`.
fn format_value(value: &Value, spec: &str) -> Result<String> {
    if spec.is_empty() {
        return text(value);
    }
    if let Value::Time(time) = value {
        return crate::filters::dates::format_time(time, spec);
    }
    match value {
        Value::Str(_) => format_text(value, spec),
        Value::Bool(flag) => {
            let parsed = parse(spec, value)?;
            match parsed.kind {
                Some('s') | None if parsed.kind.is_some() => Err(unknown_code('s', value)),
                _ => format_number(&Value::Int(i64::from(*flag)), &parsed),
            }
        }
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
            let parsed = parse(spec, value)?;
            format_number(value, &parsed)
        }
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => {
            Err(Error::wrong_type(format!("unsupported format string passed to {}.__format__", other.type_name())))
        }
    }
}

fn unknown_code(code: char, value: &Value) -> Error {
    Error::failed(format!("Unknown format code '{code}' for object of type '{}'", value.type_name()))
}

fn format_text(value: &Value, spec: &str) -> Result<String> {
    let parsed = parse(spec, value)?;
    match parsed.kind {
        None | Some('s') => {}
        Some(code) => return Err(unknown_code(code, value)),
    }
    if parsed.sign.is_some() {
        return Err(Error::failed("Sign not allowed in string format specifier"));
    }
    if parsed.align == Some('=') {
        return Err(Error::failed("'=' alignment not allowed in string format specifier"));
    }
    let whole = text(value)?;
    let cut: String = whole.chars().take(parsed.precision.unwrap_or(usize::MAX)).collect();
    let fill = parsed.fill.unwrap_or(if parsed.zero { '0' } else { ' ' });
    Ok(pad("", &cut, &parsed, '<', fill))
}

/// Lays out sign and digits in the width.
fn pad(sign: &str, body: &str, spec: &Spec, default_align: char, fill: char) -> String {
    let len = sign.chars().count() + body.chars().count();
    let missing = spec.width.saturating_sub(len);
    let fill = |n: usize| fill.to_string().repeat(n);
    match spec.align.unwrap_or(default_align) {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}

fn format_number(value: &Value, spec: &Spec) -> Result<String> {
    let (negative, body, prefix) = match (value, spec.kind) {
        (Value::Float(f), kind) => float_body(*f, kind, spec, value)?,
        (_, None | Some('d' | 'n')) => int_body(value, 10, spec, "")?,
        (_, Some('b')) => int_body(value, 2, spec, "0b")?,
        (_, Some('o')) => int_body(value, 8, spec, "0o")?,
        (_, Some('x')) => int_body(value, 16, spec, "0x")?,
        (_, Some('X')) => {
            let (negative, body, prefix) = int_body(value, 16, spec, "0X")?;
            (negative, body.to_uppercase(), prefix)
        }
        (_, Some('c')) => {
            let c = u32::try_from(index(value)?).ok().and_then(char::from_u32);
            (false, c.ok_or_else(|| Error::failed("%c arg not in range(0x110000)"))?.to_string(), String::new())
        }
        (_, kind @ Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
            float_body(Number::of(value).map_or(0.0, |n| n.to_f64()), kind, spec, value)?
        }
        (_, Some(code)) => return Err(unknown_code(code, value)),
    };
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let zero_fill = spec.zero && spec.align.is_none();
    let fill = spec.fill.unwrap_or(if zero_fill { '0' } else { ' ' });
    let body = match spec.grouping {
        Some(mark) => {
            let size = if matches!(spec.kind, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 };
            let room = spec.width.saturating_sub(sign.len() + prefix.len());
            group(&body, mark, size, if zero_fill { room } else { 0 })
        }
        None => body,
    };
    let sign = format!("{sign}{prefix}");
    Ok(pad(&sign, &body, spec, if zero_fill { '=' } else { '>' }, fill))
}

fn int_body(value: &Value, radix: u32, spec: &Spec, prefix: &str) -> Result<(bool, String, String)> {
    if spec.precision.is_some() {
        return Err(Error::failed("Precision not allowed in integer format specifier"));
    }
    let big = Number::of(value).and_then(|n| n.to_big()).unwrap_or_default();
    let text = big.to_str_radix(radix);
    let negative = text.starts_with('-');
    let prefix = if spec.alternate { prefix.to_owned() } else { String::new() };
    Ok((negative, text.trim_start_matches('-').to_owned(), prefix))
}

fn float_body(f: f64, kind: Option<char>, spec: &Spec, value: &Value) -> Result<(bool, String, String)> {
    let negative = f.is_sign_negative() && !f.is_nan();
    let abs = f.abs();
    let body = match kind {
        None if spec.precision.is_none() => float_repr(abs),
        None => general(abs, spec.precision.unwrap_or(6), true),
        Some('f' | 'F') => fixed(abs, spec.precision.unwrap_or(6)),
        Some('%') => fixed(abs * 100.0, spec.precision.unwrap_or(6)) + "%",
        Some('e' | 'E') => exponent(abs, spec.precision.unwrap_or(6)),
        Some('g' | 'G' | 'n') => general(abs, spec.precision.unwrap_or(6), false),
        Some(code) => return Err(unknown_code(code, value)),
    };
    let upper = matches!(kind, Some('E' | 'F' | 'G'));
    Ok((negative, if upper { body.to_uppercase() } else { body }, String::new()))
}

fn unusual(f: f64) -> Option<&'static str> {
    if f.is_nan() {
        Some("nan")
    } else if f.is_infinite() {
        Some("inf")
    } else {
        None
    }
}

/// `%.Nf` of a number that is not negative.
fn fixed(f: f64, precision: usize) -> String {
    unusual(f).map_or_else(|| format!("{f:.precision$}"), str::to_owned)
}

/// `%.Ne`: at least two digits of exponent.
fn exponent(f: f64, precision: usize) -> String {
    if let Some(name) = unusual(f) {
        return name.to_owned();
    }
    let text = format!("{f:.precision$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// `%.Ng`; `keep_point` is the form without a type, which always shows a fraction.
fn general(f: f64, precision: usize, keep_point: bool) -> String {
    if let Some(name) = unusual(f) {
        return name.to_owned();
    }
    let precision = precision.max(1);
    let scientific = exponent(f, precision - 1);
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let last = precision as i64 - i64::from(keep_point);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if !(-4..last.max(1)).contains(&power) || (keep_point && power >= last && power != 0) {
        return format!("{}e{}", trim(mantissa), &scientific[scientific.find('e').map_or(0, |at| at + 1)..]);
    }
    let plain = trim(&fixed(f, usize::try_from(precision as i64 - 1 - power).unwrap_or(0)));
    if keep_point && !plain.contains('.') { plain + ".0" } else { plain }
}

/// Thousands separators in the whole part, which is zero-filled to `width` first.
fn group(body: &str, mark: char, size: usize, width: usize) -> String {
    let end = body.find(['.', 'e', '%']).unwrap_or(body.len());
    let (whole, rest) = body.split_at(end);
    let room = width.saturating_sub(rest.len());
    let mut digits: Vec<char> = whole.chars().collect();
    let grouped_len = |n: usize| n + n.saturating_sub(1) / size;
    while grouped_len(digits.len()) < room {
        digits.insert(0, '0');
    }
    let count = digits.len();
    let mut out = String::new();
    for (i, digit) in digits.into_iter().enumerate() {
        if i > 0 && (count - i).is_multiple_of(size) {
            out.push(mark);
        }
        out.push(digit);
    }
    out + rest
}

/// `text.format(*args, **kwargs)`.
pub(crate) fn str_format(render: &Render<'_>, template: &str, args: &Args) -> Result<String> {
    Formatter { render, args, next: Some(0) }.run(template, 2)
}

struct Formatter<'a> {
    render: &'a Render<'a>,
    args: &'a Args,
    /// The next automatic field; `None` once fields were numbered by hand.
    next: Option<usize>,
}

impl Formatter<'_> {
    fn run(&mut self, template: &str, depth: u8) -> Result<String> {
        if depth == 0 {
            return Err(Error::failed("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(doubled) = after.strip_prefix(brace) {
                out.push_str(brace);
                rest = doubled;
                continue;
            }
            if brace == "}" {
                return Err(Error::failed("Single '}' encountered in format string"));
            }
            let end = field_end(after)?;
            out.push_str(&self.field(&after[..end], depth)?);
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
    fn field(&mut self, field: &str, depth: u8) -> Result<String> {
        let (head, spec) = match split_outside_brackets(field, ':') {
            Some(at) => (&field[..at], &field[at + 1..]),
            None => (field, ""),
        };
        let (name, conversion) = match split_outside_brackets(head, '!') {
            Some(at) => (&head[..at], Some(&head[at + 1..])),
            None => (head, None),
        };
        let value = self.lookup(name)?;
        let spec = if spec.contains('{') { self.run(spec, depth - 1)? } else { spec.to_owned() };
        match conversion {
            None => format_value(&value, &spec),
            Some("s") => format_value(&Value::from(text(&value)?), &spec),
            Some("r") => format_value(&Value::from(value.repr()), &spec),
            Some("a") => format_value(&Value::from(ascii(&value.repr())), &spec),
            Some(other) => Err(Error::failed(format!("Unknown conversion specifier '{other}'"))),
        }
    }
    fn lookup(&mut self, name: &str) -> Result<Value> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let mut value = self.first(&name[..end])?;
        let mut rest = &name[end..];
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                value = self.attribute(&value, &after[..end])?;
                rest = &after[end..];
            } else {
                let end = rest.find(']').ok_or_else(|| Error::failed("Missing ']' in format string"))?;
                let key = &rest[1..end];
                let key = key.parse::<i64>().map_or_else(|_| Value::from(key), Value::Int);
                value = self.render.item(&value, &key)?.defined()?;
                rest = &rest[end + 1..];
            }
        }
        Ok(value)
    }
    /// Python's `getattr`: a dict's keys are no attributes.
    fn attribute(&self, value: &Value, name: &str) -> Result<Value> {
        if matches!(value, Value::Dict(_)) && !crate::methods::exists(value, name) {
            return Err(Error::undefined(format!("'dict' object has no attribute '{name}'")));
        }
        self.render.attr(value, name)?.defined()
    }
    fn first(&mut self, name: &str) -> Result<Value> {
        let position = if name.is_empty() {
            let at = self.next.ok_or_else(|| {
                Error::failed("cannot switch from manual field specification to automatic field numbering")
            })?;
            self.next = Some(at + 1);
            at
        } else if let Ok(at) = name.parse::<usize>() {
            if self.next.is_some_and(|next| next > 0) {
                return Err(Error::failed(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.next = None;
            at
        } else {
            let found = self.args.named(name).cloned();
            return found.ok_or_else(|| Error::failed(Value::from(name).repr()));
        };
        self.args.positional.get(position).cloned().ok_or_else(|| {
            Error::failed(format!("Replacement index {position} out of range for positional args tuple"))
        })
    }
}

fn ascii(text: &str) -> String {
    let escape = |c: char| match c as u32 {
        0..=0x7f => c.to_string(),
        code @ 0x80..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    text.chars().map(escape).collect()
}

fn field_end(after: &str) -> Result<usize> {
    let mut depth = 0;
    for (at, c) in after.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Ok(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Err(Error::failed(if after.is_empty() {
        "Single '{' encountered in format string"
    } else {
        "expected '}' before end of string"
    }))
}

fn split_outside_brackets(text: &str, mark: char) -> Option<usize> {
    let mut inside = false;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if c == mark && !inside => return Some(at),
            _ => {}
        }
        None
    })
}
