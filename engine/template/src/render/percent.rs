//! Python's `text % values`.
use crate::value::{Number, float_repr, truncate};
use crate::{Error, Result, Value};
use num_traits::{Signed, ToPrimitive};

/// One `%` directive.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

const WIDEST: usize = 1 << 20;

/// Formats `text` with a tuple of values, one value, or a dict for `%(name)s`.
pub(crate) fn format(text: &str, values: &Value) -> Result<String> {
    if let Value::Undefined(message) = values {
        return Err(Error::undefined(&**message));
    }
    let mut formatter = Formatter { values, next: 0, used_names: false };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out += &rest[..at];
        rest = formatter.directive(&rest[at + 1..], &mut out)?;
    }
    out += rest;
    formatter.finish()?;
    Ok(out)
}

struct Formatter<'v> {
    values: &'v Value,
    next: usize,
    used_names: bool,
}

impl Formatter<'_> {
    fn value(&mut self) -> Result<Value> {
        let at = self.next;
        self.next += 1;
        let value = match self.values {
            Value::Tuple(items) => items.get(at).cloned(),
            other => Some(other.clone()).filter(|_| at == 0),
        };
        value.ok_or_else(|| Error::wrong_type("not enough arguments for format string"))?.defined()
    }
    fn named(&mut self, name: &str) -> Result<Value> {
        self.used_names = true;
        let Value::Dict(dict) = self.values else {
            return Err(Error::wrong_type("format requires a mapping"));
        };
        dict.get_str(name).ok_or_else(|| Error::failed(Value::from(name).repr()))?.defined()
    }
    fn finish(&self) -> Result<()> {
        let left = match self.values {
            Value::Tuple(items) => self.next < items.len() && !self.used_names,
            Value::Dict(_) | Value::List(_) => false,
            _ => self.next == 0 && !self.used_names,
        };
        if left { Err(Error::wrong_type("not all arguments converted during string formatting")) } else { Ok(()) }
    }
    fn number(&mut self, rest: &mut &str) -> Result<Option<usize>> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            let value = self.value()?;
            let Value::Int(number) = value else { return Err(Error::wrong_type("* wants int")) };
            return Ok(Some(usize::try_from(number).unwrap_or(0)));
        }
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().ok();
        *rest = &rest[length..];
        Ok(number)
    }
    /// One directive after its `%`; the text after it.
    fn directive<'t>(&mut self, text: &'t str, out: &mut String) -> Result<&'t str> {
        let mut rest = text;
        let mut name = None;
        if let Some(after) = rest.strip_prefix('(') {
            let end = closing(after).ok_or_else(|| Error::failed("incomplete format key"))?;
            name = Some(&after[..end]);
            rest = &after[end + 1..];
        }
        let mut spec = Spec::default();
        loop {
            match rest.as_bytes().first() {
                Some(b'-') => spec.left = true,
                Some(b'+') => spec.plus = true,
                Some(b' ') => spec.space = true,
                Some(b'0') => spec.zero = true,
                Some(b'#') => spec.alternate = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        spec.width = self.number(&mut rest)?.unwrap_or(0);
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            spec.precision = Some(self.number(&mut rest)?.unwrap_or(0));
        }
        if spec.width > WIDEST || spec.precision.is_some_and(|precision| precision > WIDEST) {
            return Err(Error::failed("width or precision too big"));
        }
        rest = rest.trim_start_matches(['l', 'h', 'L']);
        let mut chars = rest.chars();
        let Some(conversion) = chars.next() else { return Err(Error::failed("incomplete format")) };
        if conversion == '%' {
            out.push('%');
            return Ok(chars.as_str());
        }
        let value = match name {
            Some(name) => self.named(name)?,
            None => self.value()?,
        };
        let piece = convert(&spec, conversion, &value)
            .ok_or_else(|| {
                let index = text.chars().count() - chars.as_str().chars().count();
                Error::failed(format!(
                    "unsupported format character '{conversion}' (0x{:x}) at index {index}",
                    conversion as u32
                ))
            })
            .and_then(|piece| piece)?;
        *out += &piece;
        Ok(chars.as_str())
    }
}

/// The end of a key, which may hold parentheses in pairs.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `None` for an unknown conversion.
fn convert(spec: &Spec, conversion: char, value: &Value) -> Option<Result<String>> {
    Some(match conversion {
        's' => Ok(text(spec, value.to_string())),
        'r' => Ok(text(spec, value.repr())),
        'a' => Ok(text(spec, value.repr().chars().flat_map(ascii).collect())),
        'c' => character(spec, value),
        'd' | 'i' | 'u' => integer(spec, value, 'd'),
        'x' | 'X' | 'o' => integer(spec, value, conversion),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => float(spec, value, conversion),
        _ => return None,
    })
}

fn ascii(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c];
    }
    let code = c as u32;
    let text = match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    text.chars().collect()
}

fn text(spec: &Spec, text: String) -> String {
    let text = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    };
    pad(spec, "", text, false)
}

fn pad(spec: &Spec, sign: &str, body: String, zero: bool) -> String {
    let missing = spec.width.saturating_sub(sign.chars().count() + body.chars().count());
    if spec.left {
        format!("{sign}{body}{}", " ".repeat(missing))
    } else if zero {
        format!("{sign}{}{body}", "0".repeat(missing))
    } else {
        format!("{}{sign}{body}", " ".repeat(missing))
    }
}

fn character(spec: &Spec, value: &Value) -> Result<String> {
    let c = match value {
        Value::Int(code) => u32::try_from(*code).ok().and_then(char::from_u32),
        Value::Str(text) if text.chars().count() == 1 => text.chars().next(),
        _ => return Err(Error::wrong_type("%c requires int or char")),
    };
    let c = c.ok_or_else(|| Error::failed("%c arg not in range(0x110000)"))?;
    Ok(pad(spec, "", c.to_string(), false))
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn integer(spec: &Spec, value: &Value, conversion: char) -> Result<String> {
    let number = match Number::of(value) {
        Some(Number::Float(number)) if conversion == 'd' => {
            let cut = truncate(number).ok_or_else(|| {
                Error::failed(if number.is_nan() {
                    "cannot convert float NaN to integer"
                } else {
                    "cannot convert float infinity to integer"
                })
            })?;
            Number::of(&cut).and_then(|number| number.to_big())
        }
        Some(number) => number.to_big(),
        None => None,
    };
    let number = number.ok_or_else(|| {
        let kind = if conversion == 'd' { "a real number" } else { "an integer" };
        Error::wrong_type(format!("%{conversion} format: {kind} is required, not {}", value.type_name()))
    })?;
    let abs = number.abs();
    let (digits, prefix) = match conversion {
        'x' => (abs.to_str_radix(16), "0x"),
        'X' => (abs.to_str_radix(16).to_uppercase(), "0X"),
        'o' => (abs.to_str_radix(8), "0o"),
        _ => (abs.to_string(), ""),
    };
    let digits = match spec.precision {
        Some(precision) => format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len()))),
        None => digits,
    };
    let sign = format!("{}{}", sign(spec, number.is_negative()), if spec.alternate { prefix } else { "" });
    Ok(pad(spec, &sign, digits, spec.zero))
}

fn float(spec: &Spec, value: &Value, conversion: char) -> Result<String> {
    let Some(number) = Number::of(value) else {
        return Err(Error::wrong_type(format!("must be real number, not {}", value.type_name())));
    };
    let number = number.to_f64();
    let body = if number.is_finite() {
        digits(number.abs(), conversion.to_ascii_lowercase(), spec.precision.unwrap_or(6), spec.alternate)
    } else {
        float_repr(number.abs())
    };
    let body = if conversion.is_ascii_uppercase() { body.to_uppercase() } else { body };
    let negative = number.is_sign_negative() && !number.is_nan();
    Ok(pad(spec, sign(spec, negative), body, spec.zero && number.is_finite()))
}

/// The digits of a float that is not negative, as C's `printf` writes them.
pub(crate) fn digits(number: f64, conversion: char, precision: usize, alternate: bool) -> String {
    match conversion {
        'f' => format!("{number:.precision$}"),
        'e' => scientific(number, precision),
        _ => {
            let precision = precision.max(1);
            let exponent = scientific(number, precision - 1);
            let exponent: i32 = exponent.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            let fixed = exponent >= -4 && i64::from(exponent) < precision as i64;
            let text = if fixed {
                let decimals = (precision as i64 - 1 - i64::from(exponent)).to_usize().unwrap_or(0);
                format!("{number:.decimals$}")
            } else {
                scientific(number, precision - 1)
            };
            if alternate { text } else { without_zeros(&text) }
        }
    }
}

fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn without_zeros(text: &str) -> String {
    let (mantissa, exponent) = text.find('e').map_or((text, ""), |at| text.split_at(at));
    if !mantissa.contains('.') {
        return text.to_owned();
    }
    format!("{}{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
}
