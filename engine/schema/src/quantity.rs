//! Quantities (`500m`, `1Gi`, `1e3`): parsing, comparing, the canonical form an API server answers with.
use std::cmp::Ordering;

/// The text of the API server's complaint about a malformed quantity.
pub const MALFORMED: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const NANO: i128 = 1_000_000_000;

/// How a quantity was written, which decides how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// A quantity, exact to the billionth as Kubernetes keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Quantity {
    /// Reads a quantity; Err is the API server's text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        parse(text).ok_or(MALFORMED)
    }

    /// The value rounded up to a whole number.
    pub fn ceil(&self) -> i128 {
        self.nanos.div_euclid(NANO) + i128::from(self.nanos.rem_euclid(NANO) != 0)
    }

    /// In thousandths, rounded up.
    pub fn millis(&self) -> i128 {
        self.nanos.div_euclid(1_000_000) + i128::from(self.nanos.rem_euclid(1_000_000) != 0)
    }

    /// The canonical text: no fraction, the largest suffix that loses nothing.
    pub fn canonical(&self) -> String {
        if self.nanos == 0 {
            return "0".to_owned();
        }
        if self.format == Format::Binary && self.nanos % NANO == 0 && (self.nanos / NANO).abs() >= 1024 {
            return binary(self.nanos / NANO);
        }
        decimal(self.nanos, self.format == Format::Exponent)
    }
}

fn parse(text: &str) -> Option<Quantity> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (base, power, format) = parse_suffix(suffix)?;
    let nanos = scale(mantissa, fraction.len(), base, power)?;
    Some(Quantity { nanos: if text.starts_with('-') { -nanos } else { nanos }, format })
}

/// `mantissa / 10^places * base^power` in billionths, rounded up.
fn scale(mantissa: i128, places: usize, base: i128, power: i32) -> Option<i128> {
    let factor = base.checked_pow(power.unsigned_abs())?;
    let divisor = 10i128.checked_pow(u32::try_from(places).ok()?)?;
    let divisor = if power < 0 { divisor.checked_mul(factor)? } else { divisor };
    let value = mantissa.checked_mul(NANO)?;
    let value = if power >= 0 { value.checked_mul(factor)? } else { value };
    Some(value.div_euclid(divisor) + i128::from(value.rem_euclid(divisor) != 0))
}

fn parse_suffix(suffix: &str) -> Option<(i128, i32, Format)> {
    if let Some(exponent) = suffix.strip_prefix(['e', 'E'])
        && let Ok(power) = exponent.parse::<i32>()
    {
        return (power.abs() <= 27).then_some((10, power, Format::Exponent));
    }
    if let Some(prefix) = suffix.strip_suffix('i') {
        let power = ["K", "M", "G", "T", "P", "E"].iter().position(|p| *p == prefix)?;
        return Some((1024, i32::try_from(power).ok()? + 1, Format::Binary));
    }
    let power = match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => return None,
    };
    Some((10, power, Format::Decimal))
}

fn binary(mut value: i128) -> String {
    let mut suffix = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
        if value % 1024 != 0 {
            break;
        }
        value /= 1024;
        suffix = next;
    }
    format!("{value}{suffix}")
}

fn decimal(mut value: i128, exponent: bool) -> String {
    let mut power = -9;
    while value % 1000 == 0 && power < 18 {
        value /= 1000;
        power += 3;
    }
    match (exponent, power) {
        (_, 0) => value.to_string(),
        (true, _) => format!("{value}e{power}"),
        (false, _) => {
            let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
            format!("{value}{}", suffix[usize::try_from(power / 3 + 3).unwrap_or(3)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (text, wanted) in [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1Gi", "1Gi"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("100Ki", "100Ki"),
            ("1000Ki", "1000Ki"),
            ("512", "512"),
            ("0.5Ki", "512"),
            ("1024", "1024"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("1E", "1E"),
            ("12e6", "12e6"),
            ("-250m", "-250m"),
            ("0", "0"),
            ("0Gi", "0"),
            ("0.0001n", "1n"),
            ("100000000", "100M"),
            (".5", "500m"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().canonical(), wanted, "{text}");
        }
    }

    #[test]
    fn compares_by_value() {
        let q = |t| Quantity::parse(t).unwrap();
        assert_eq!(q("1"), q("1000m"));
        assert_eq!(q("1Ki"), q("1024"));
        assert!(q("1G") < q("1Gi"));
        assert_eq!(q("1500m").ceil(), 2);
        assert_eq!(q("0.5").millis(), 500);
    }

    #[test]
    fn malformed_is_an_error() {
        for text in ["", "abc", "1x", "1.2.3", "1 Gi", "Gi", "1KI", "-", "1e"] {
            assert_eq!(Quantity::parse(text), Err(MALFORMED), "{text}");
        }
    }
}
