//! How hosts are written: `name`, `name:port`, `web[01:20:2].example.com`.

/// A pattern's hosts and the port it gives them.
pub(super) fn expand(pattern: &str) -> Result<(Vec<String>, Option<i64>), String> {
    let (name, port) = with_port(pattern);
    Ok((ranges(name)?, port))
}

/// `name:port` and `[name]:port`; other colons belong to IPv6 addresses and ranges.
pub(super) fn with_port(pattern: &str) -> (&str, Option<i64>) {
    let Some((name, port)) = pattern.rsplit_once(':') else { return (pattern, None) };
    let Some(port) = port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit())) else {
        return (pattern, None);
    };
    if let Some(inner) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'))
        && !inner.contains(['[', ']'])
    {
        return (inner, Some(port));
    }
    let mut depth = 0_i32;
    let outside = name.chars().any(|letter| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        letter == ':' && depth == 0
    });
    if outside || depth != 0 { (pattern, None) } else { (name, Some(port)) }
}

/// Every name that the ranges of a name stand for.
fn ranges(name: &str) -> Result<Vec<String>, String> {
    let Some((head, rest)) = name.split_once('[') else { return Ok(vec![name.to_owned()]) };
    let Some((range, tail)) = rest.split_once(']') else {
        return Err(format!("not enough values to unpack (expected 3, got 2): the range of {name:?} is not closed"));
    };
    let mut names = Vec::new();
    for part in sequence(range)? {
        names.extend(ranges(&format!("{head}{part}{tail}"))?);
    }
    Ok(names)
}

fn sequence(range: &str) -> Result<Vec<String>, String> {
    let bounds: Vec<&str> = range.split(':').collect();
    let (begin, end, step) = match bounds[..] {
        [begin, end] => (begin, end, "1"),
        [begin, end, step] => (begin, end, step),
        _ => return Err("host range must be begin:end or begin:end:step".into()),
    };
    if end.is_empty() {
        return Err("host range must specify end value".into());
    }
    let begin = if begin.is_empty() { "0" } else { begin };
    let step: usize = step.parse().ok().filter(|step| *step > 0).ok_or("the step of a host range is a number")?;
    if let (Some(first), Some(last)) = (letter(begin), letter(end)) {
        if first > last {
            return Err("host range must have begin <= end".into());
        }
        return Ok((first..=last)
            .step_by(step)
            .filter_map(|index| LETTERS.get(index..=index))
            .map(Into::into)
            .collect());
    }
    let width = if begin.starts_with('0') && begin.len() > 1 { begin.len() } else { 0 };
    if width > 0 && width != end.len() {
        return Err("host range must specify equal-length begin and end formats".into());
    }
    let number =
        |text: &str| text.parse::<i64>().map_err(|_| format!("invalid literal for int() with base 10: '{text}'"));
    let (first, last) = (number(begin)?, number(end)?);
    if last.saturating_sub(first) >= MOST {
        return Err(format!("host range {range} has more than {MOST} hosts"));
    }
    Ok((first..=last).step_by(step).map(|index| format!("{index:0width$}")).collect())
}

/// More hosts in one range are a typing error.
const MOST: i64 = 1_000_000;
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn letter(text: &str) -> Option<usize> {
    let mut letters = text.chars();
    let first = letters.next()?;
    letters.next().is_none().then(|| LETTERS.find(first))?
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected = Result<(&'static [&'static str], Option<i64>), &'static str>;

    #[test]
    fn patterns_are_hosts_and_ports() {
        let rows: &[(&str, Expected)] = &[
            ("a", Ok((&["a"], None))),
            ("a:22", Ok((&["a"], Some(22)))),
            ("a.b-c:22", Ok((&["a.b-c"], Some(22)))),
            ("[::1]:22", Ok((&["::1"], Some(22)))),
            ("w[1:3]", Ok((&["w1", "w2", "w3"], None))),
            ("w[01:03]:80", Ok((&["w01", "w02", "w03"], Some(80)))),
            ("w[1:9:4]-x", Ok((&["w1-x", "w5-x", "w9-x"], None))),
            ("w[:2]", Ok((&["w0", "w1", "w2"], None))),
            ("[a:c]", Ok((&["a", "b", "c"], None))),
            ("[a:b][1:2]", Ok((&["a1", "a2", "b1", "b2"], None))),
            ("[b:a]", Err("host range must have begin <= end")),
            ("[1:]", Err("host range must specify end value")),
            ("[1]", Err("host range must be begin:end or begin:end:step")),
            ("[01:3]", Err("host range must specify equal-length begin and end formats")),
            ("[1:x]", Err("invalid literal for int() with base 10: 'x'")),
            ("[0:99999999]", Err("host range 0:99999999 has more than 1000000 hosts")),
        ];
        for (pattern, expected) in rows {
            let found = expand(pattern);
            let found = found.as_ref().map(|(names, port)| (names.iter().map(String::as_str).collect(), *port));
            let expected = expected.map(|(names, port)| (names.to_vec(), port)).map_err(str::to_owned);
            assert_eq!(found.map_err(Clone::clone), expected, "{pattern}");
        }
        assert_eq!(with_port("2001:db8::1"), ("2001:db8::1", None));
    }
}
