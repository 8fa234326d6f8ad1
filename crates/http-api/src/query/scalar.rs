//! Parses values to compare with, according to the type of the attribute.

use longshore_media_library::{Attribute, Kind, Scalar};

use super::{
    invalid::{Invalid, echo},
    number, time,
};

/// Parses `text` as a value of `attribute`.
pub(super) fn of_attribute(attribute: Attribute, text: &str) -> Result<Scalar, Invalid> {
    match attribute.kind() {
        Kind::Text | Kind::Json => Ok(Scalar::Text(text.to_owned())),
        Kind::Integer => number_of(attribute, text).map(whole_if_it_is),
        Kind::Number => number_of(attribute, text).map(Scalar::Number),
        Kind::Time => time::parse(text)
            .map(Scalar::Integer)
            .ok_or_else(|| Invalid::value(attribute.name(), "Invalid format, expected a timestamp or an ISO date")),
    }
}

fn number_of(attribute: Attribute, text: &str) -> Result<f64, Invalid> {
    let number = number::parse(text);
    if number.is_finite() && !text.trim().is_empty() {
        return Ok(number);
    }
    Err(Invalid::value(attribute.name(), format!("Expected a valid Number, got {}", echo(text))))
}

fn whole_if_it_is(number: f64) -> Scalar {
    /// 2^53. Floats represent all integers below it exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and smaller than 2^53")]
        return Scalar::Integer(number as i64);
    }
    Scalar::Number(number)
}
