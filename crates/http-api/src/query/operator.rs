//! The operators of `filters`.

use longshore_media_library::{Attribute, Comparison, Scalar};

/// Creates a comparison of an attribute with a text.
type OfText = fn(String) -> Comparison;

/// Creates a comparison of an attribute with a value of the attribute's type.
type OfValue = fn(Scalar) -> Comparison;

/// The meaning of a key that starts with a dollar sign.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    /// `$and`.
    And,
    /// `$or`.
    Or,
    /// `$not`.
    Not,
    /// `$in`, and `$notIn`.
    In { not: bool },
    /// `$null`, and `$notNull`.
    Null { not: bool },
    /// `$between`.
    Between,
    /// Compares with a value of the attribute's type.
    Value(OfValue),
    /// Compares the attribute as text.
    Text(OfText),
}

impl Operator {
    /// The operator with this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "$and" => Self::And,
            "$or" => Self::Or,
            "$not" => Self::Not,
            "$in" => Self::In { not: false },
            "$notIn" => Self::In { not: true },
            "$null" => Self::Null { not: false },
            "$notNull" => Self::Null { not: true },
            "$between" => Self::Between,
            "$eq" => Self::Value(Comparison::Eq),
            "$ne" => Self::Value(Comparison::Ne),
            "$lt" => Self::Value(Comparison::Lt),
            "$lte" => Self::Value(Comparison::Lte),
            "$gt" => Self::Value(Comparison::Gt),
            "$gte" => Self::Value(Comparison::Gte),
            "$eqi" => Self::Text(Comparison::Eqi),
            "$nei" => Self::Text(Comparison::Nei),
            "$contains" => Self::Text(Comparison::Contains),
            "$notContains" => Self::Text(Comparison::NotContains),
            "$containsi" => Self::Text(Comparison::Containsi),
            "$notContainsi" => Self::Text(Comparison::NotContainsi),
            "$startsWith" => Self::Text(Comparison::StartsWith),
            "$startsWithi" => Self::Text(Comparison::StartsWithi),
            "$endsWith" => Self::Text(Comparison::EndsWith),
            "$endsWithi" => Self::Text(Comparison::EndsWithi),
            _ => return None,
        })
    }
}

/// Whether a map below an operator is a condition instead of a value: it contains an operator or an attribute.
pub(super) fn is_condition(entries: &[(String, super::Node)]) -> bool {
    entries.iter().any(|(key, _)| Operator::of(key).is_some() || Attribute::of_name(key).is_some())
}
