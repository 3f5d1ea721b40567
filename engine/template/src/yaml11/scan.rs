//! PyYAML's implicit resolvers, as hand-written matchers: they run for every plain scalar.

/// A cursor over bytes with the few moves that the patterns need.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn eat(&mut self, set: &[u8]) -> bool {
        match self.0.split_first() {
            Some((byte, rest)) if set.contains(byte) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }
    fn run(&mut self, accept: impl Fn(u8) -> bool) -> usize {
        let n = self.0.iter().take_while(|b| accept(**b)).count();
        self.0 = &self.0[n..];
        n
    }
    fn digits(&mut self) -> usize {
        self.run(|b| b.is_ascii_digit())
    }
    /// Between `min` and `max` digits.
    fn count(&mut self, min: usize, max: usize) -> bool {
        let n = self.0.iter().take(max).take_while(|b| b.is_ascii_digit()).count();
        self.0 = &self.0[n..];
        n >= min
    }
    fn end(&self) -> bool {
        self.0.is_empty()
    }
}

fn digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// `(:[0-5]?[0-9])+`
fn sexagesimal(scan: &mut Scan<'_>) -> bool {
    let mut any = false;
    while scan.eat(b":") {
        let two = matches!(scan.0, [b'0'..=b'5', b'0'..=b'9', ..]);
        if !(two && scan.count(2, 2) || scan.count(1, 1)) {
            return false;
        }
        any = true;
    }
    any
}

pub(super) fn is_int(text: &str) -> bool {
    let mut scan = Scan(text.as_bytes());
    _ = scan.eat(b"-+");
    match scan.0 {
        [b'0'] => true,
        [b'0', b'b', rest @ ..] => !rest.is_empty() && rest.iter().all(|b| matches!(b, b'0' | b'1' | b'_')),
        [b'0', b'x', rest @ ..] => !rest.is_empty() && rest.iter().all(|b| b.is_ascii_hexdigit() || *b == b'_'),
        [b'0', rest @ ..] => rest.iter().all(|b| matches!(b, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', ..] => {
            scan.run(digit_or_underscore);
            scan.end() || (sexagesimal(&mut scan) && scan.end())
        }
        _ => false,
    }
}

/// `[eE][-+][0-9]+`, or nothing, and then the end.
fn exponent_and_end(scan: &mut Scan<'_>) -> bool {
    scan.end() || (scan.eat(b"eE") && scan.eat(b"-+") && scan.digits() > 0 && scan.end())
}

pub(super) fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let mut scan = Scan(text.as_bytes());
    let signed = scan.eat(b"-+");
    if matches!(scan.0, b".inf" | b".Inf" | b".INF") {
        return true;
    }
    if scan.eat(b".") {
        // No sign before a bare fraction: `-.5` is text.
        return !signed && scan.count(1, 1) && {
            scan.run(digit_or_underscore);
            exponent_and_end(&mut scan)
        };
    }
    if !scan.count(1, 1) {
        return false;
    }
    scan.run(digit_or_underscore);
    if scan.eat(b".") {
        scan.run(digit_or_underscore);
        return exponent_and_end(&mut scan);
    }
    sexagesimal(&mut scan) && scan.eat(b".") && {
        scan.run(digit_or_underscore);
        scan.end()
    }
}

pub(super) fn is_timestamp(text: &str) -> bool {
    is_date(text) || is_stamp(text)
}

fn is_date(text: &str) -> bool {
    let mut scan = Scan(text.as_bytes());
    scan.count(4, 4) && scan.eat(b"-") && scan.count(2, 2) && scan.eat(b"-") && scan.count(2, 2) && scan.end()
}

fn is_stamp(text: &str) -> bool {
    let mut scan = Scan(text.as_bytes());
    let date = scan.count(4, 4) && scan.eat(b"-") && scan.count(1, 2) && scan.eat(b"-") && scan.count(1, 2);
    if !(date && (scan.eat(b"Tt") || scan.run(|b| b == b' ' || b == b'\t') > 0)) {
        return false;
    }
    let clock = scan.count(1, 2) && scan.eat(b":") && scan.count(2, 2) && scan.eat(b":") && scan.count(2, 2);
    if !clock {
        return false;
    }
    if scan.eat(b".") {
        scan.digits();
    }
    if scan.end() {
        return true;
    }
    scan.run(|b| b == b' ' || b == b'\t');
    if scan.eat(b"Z") {
        return scan.end();
    }
    scan.eat(b"-+") && scan.count(1, 2) && (scan.end() || (scan.eat(b":") && scan.count(2, 2) && scan.end()))
}
