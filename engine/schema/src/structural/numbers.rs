//! Limits of numbers.
use serde_json::{Number, Value as Json};

use super::Structural;
use super::validate::Failure;

impl Structural {
    pub(super) fn check_number(&self, number: &Number, path: &str, out: &mut Vec<Failure>) {
        let limits = &self.limits;
        let value = Json::Number(number.clone());
        let mut fail =
            |text: String| out.push(Failure::invalid(path, value.clone(), format!("{path} in body should be {text}")));
        let found = float(number);
        if let Some(factor) = limits.multiple_of.as_ref().and_then(Json::as_number)
            && !is_multiple(number, factor)
        {
            fail(format!("a multiple of {factor}"));
        }
        if let Some(most) = limits.maximum.as_ref().and_then(Json::as_number) {
            if limits.exclusive_maximum && found >= float(most) {
                fail(format!("less than {most}"));
            } else if !limits.exclusive_maximum && found > float(most) {
                fail(format!("less than or equal to {most}"));
            }
        }
        if let Some(least) = limits.minimum.as_ref().and_then(Json::as_number) {
            if limits.exclusive_minimum && found <= float(least) {
                fail(format!("greater than {least}"));
            } else if !limits.exclusive_minimum && found < float(least) {
                fail(format!("greater than or equal to {least}"));
            }
        }
        if let Some((low, high, name)) = self.range()
            && !(low..=high).contains(&found)
        {
            let text = format!("{path} in body must be of type {name}: {:?}", value.to_string());
            out.push(Failure::typed(path, Json::from(value.to_string()), text));
        }
    }

    /// What a format allows.
    fn range(&self) -> Option<(f64, f64, &'static str)> {
        match (self.kind.as_str(), self.limits.format.as_str()) {
            ("integer", "int32") => Some((f64::from(i32::MIN), f64::from(i32::MAX), "int32")),
            ("number", "float") => Some((f64::from(f32::MIN), f64::from(f32::MAX), "float")),
            _ => None,
        }
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

fn is_multiple(number: &Number, factor: &Number) -> bool {
    match (number.as_i64(), factor.as_i64()) {
        (Some(number), Some(factor)) if factor > 0 => number % factor == 0,
        _ => {
            let factor = float(factor);
            if factor <= 0.0 {
                return false;
            }
            let quotient = if factor < 1.0 { 1.0 / factor * float(number) } else { float(number) / factor };
            quotient.fract() == 0.0 || (quotient - quotient.round()).abs() < 1e-9
        }
    }
}
