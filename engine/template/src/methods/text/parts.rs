//! Finding, splitting and translating text.
use super::window;
use crate::python::{bind, index, is_space, only, opt_index, str_arg, text};
use crate::render::Args;
use crate::{Error, Result, Value};

/// The position of a part, in characters.
pub(super) fn find(method: &str, body: &str, args: &Args, last: bool) -> Result<Option<usize>> {
    let [wanted, start, stop] = bind(method, args, ["sub", "start", "end"])?;
    let wanted = str_arg(only(method, "sub", wanted)?)?;
    let Some((from, part)) = window(body, opt_index(start)?, opt_index(stop)?) else { return Ok(None) };
    let at = if last { part.rfind(wanted) } else { part.find(wanted) };
    Ok(at.map(|at| from + part[..at].chars().count()))
}

struct Split {
    separator: Option<String>,
    /// No bound when it is missing.
    most: Option<usize>,
}

fn arguments(method: &str, args: &Args) -> Result<Split> {
    let [separator, most] = bind(method, args, ["sep", "maxsplit"])?;
    let separator = match separator {
        None | Some(Value::None) => None,
        Some(Value::Str(text)) if text.is_empty() => return Err(Error::failed("empty separator")),
        Some(Value::Str(text)) => Some(text.to_string()),
        Some(Value::Undefined(message)) => return Err(Error::undefined(&**message)),
        Some(other) => {
            return Err(Error::wrong_type(format!("must be str or None, not {}", other.type_name())));
        }
    };
    let most = opt_index(most)?.filter(|most| *most >= 0).and_then(|most| usize::try_from(most).ok());
    Ok(Split { separator, most })
}

/// `str.split`.
pub(crate) fn split(body: &str, args: &Args) -> Result<Value> {
    let Split { separator, most } = arguments("split", args)?;
    let most = most.unwrap_or(usize::MAX - 1);
    if let Some(separator) = separator {
        return Ok(body.splitn(most + 1, separator.as_str()).map(Value::from).collect());
    }
    let mut parts = Vec::new();
    let mut rest = body.trim_start_matches(is_space);
    while !rest.is_empty() {
        let end = if parts.len() < most { rest.find(is_space).unwrap_or(rest.len()) } else { rest.len() };
        parts.push(Value::from(&rest[..end]));
        rest = rest[end..].trim_start_matches(is_space);
    }
    Ok(Value::list(parts))
}

/// `str.rsplit`.
pub(super) fn rsplit(body: &str, args: &Args) -> Result<Value> {
    let Split { separator, most } = arguments("rsplit", args)?;
    let most = most.unwrap_or(usize::MAX - 1);
    let mut parts: Vec<Value> = match separator {
        Some(separator) => body.rsplitn(most + 1, separator.as_str()).map(Value::from).collect(),
        None => {
            let mut parts = Vec::new();
            let mut rest = body.trim_end_matches(is_space);
            while !rest.is_empty() {
                let blank = rest.char_indices().rev().find(|(_, c)| is_space(*c));
                let start = if parts.len() < most { blank.map_or(0, |(at, c)| at + c.len_utf8()) } else { 0 };
                parts.push(Value::from(&rest[start..]));
                rest = rest[..start].trim_end_matches(is_space);
            }
            parts
        }
    };
    parts.reverse();
    Ok(Value::list(parts))
}

pub(super) fn partition(method: &str, body: &str, args: &Args, last: bool) -> Result<Value> {
    let [separator] = bind(method, args, ["sep"])?;
    let separator = str_arg(only(method, "sep", separator)?)?;
    if separator.is_empty() {
        return Err(Error::failed("empty separator"));
    }
    let split = if last { body.rsplit_once(separator) } else { body.split_once(separator) };
    let parts = match split {
        Some((head, tail)) => [head, separator, tail],
        None if last => ["", "", body],
        None => [body, "", ""],
    };
    Ok(Value::tuple(parts.map(Value::from)))
}

pub(super) fn is_title(body: &str) -> bool {
    let (mut any, mut inside) = (false, false);
    for c in body.chars() {
        if c.is_uppercase() {
            if inside {
                return false;
            }
            (any, inside) = (true, true);
        } else if c.is_lowercase() {
            if !inside {
                return false;
            }
            any = true;
        } else {
            inside = false;
        }
    }
    any
}

/// `str.translate`: a dict from code points to code points, texts or None.
pub(super) fn translate(body: &str, args: &Args) -> Result<Value> {
    let [table] = bind("translate", args, ["table"])?;
    let Value::Dict(table) = only("translate", "table", table)? else {
        return Err(Error::wrong_type("the table of translate() must be a dict"));
    };
    let mut out = String::with_capacity(body.len());
    for c in body.chars() {
        match table.get(&Value::Int(i64::from(u32::from(c)))) {
            None => out.push(c),
            Some(Value::None) => {}
            Some(Value::Str(text)) => out.push_str(&text),
            Some(code) => {
                let code = u32::try_from(index(&code)?).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| Error::failed("character mapping must be in range(0x110000)"))?);
            }
        }
    }
    Ok(out.into())
}

/// `str.maketrans`.
pub(super) fn make_table(args: &Args) -> Result<Value> {
    let code = |c: char| Value::Int(i64::from(u32::from(c)));
    if let [Value::Dict(dict)] = args.positional.as_slice() {
        let entries = dict.entries().into_iter().map(|(key, value)| match key.as_str() {
            Some(text) => match text.chars().next() {
                Some(c) if text.chars().count() == 1 => Ok((code(c), value)),
                _ => Err(Error::failed("string keys in translate table must be of length 1")),
            },
            None => Ok((key, value)),
        });
        return Ok(Value::dict(entries.collect::<Result<Vec<_>>>()?));
    }
    let [from, to, gone] = bind("maketrans", args, ["x", "y", "z"])?;
    let (from, to) = (text(only("maketrans", "x", from)?)?, text(only("maketrans", "y", to)?)?);
    if from.chars().count() != to.chars().count() {
        return Err(Error::failed("the first two maketrans arguments must have equal length"));
    }
    let gone = gone.map_or(Ok(String::new()), text)?;
    let pairs = from.chars().map(code).zip(to.chars().map(code));
    Ok(Value::dict(pairs.chain(gone.chars().map(|c| (code(c), Value::None)))))
}

/// Decimal digits of any script (category Nd).
pub(super) fn is_decimal(c: char) -> bool {
    c.is_ascii_digit()
        || c.is_numeric()
            && !is_other_digit(c)
            && matches!(c as u32,
                0x660..=0x669 | 0x6f0..=0x6f9 | 0x7c0..=0x7c9 | 0x966..=0x96f | 0x9e6..=0x9ef | 0xa66..=0xa6f
                | 0xae6..=0xaef | 0xb66..=0xb6f | 0xbe6..=0xbef | 0xc66..=0xc6f | 0xce6..=0xcef | 0xd66..=0xd6f
                | 0xe50..=0xe59 | 0xed0..=0xed9 | 0xf20..=0xf29 | 0x1040..=0x1049 | 0x17e0..=0x17e9
                | 0x1810..=0x1819 | 0xff10..=0xff19 | 0x1d7ce..=0x1d7ff)
}

/// Superscripts, subscripts and circled digits: digits, but not decimal.
pub(super) fn is_other_digit(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '\u{2070}' | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}')
}
