//! Converts values to the types that a schema requires.

use serde_json::{Map, Number, Value as Json};

use super::facets::{Facets, Types};
use crate::config::node::{Node, Value};

/// Converts the value to JSON. Text becomes a number or boolean if the schema requires one and does not accept text.
/// Other text stays unchanged, and the schema rejects it.
pub(super) fn coerce(node: &Node, facets: &Facets<'_>) -> Json {
    match &node.value {
        Value::Table(table) => {
            let mut object = Map::new();
            for (name, entry) in table {
                let inner = facets.entry(name);
                let absent = is_empty_text(entry) && inner.types().want_other_than_text() && !facets.requires(name);
                if !absent && entry.value != Value::Unresolved {
                    object.insert(name.clone(), coerce(entry, &inner));
                }
            }
            Json::Object(object)
        }
        Value::Array(elements) => {
            let elements = elements.iter().enumerate();
            elements.map(|(index, element)| coerce(element, &facets.element(index))).collect()
        }
        _ => scalar(node, facets.types()),
    }
}

fn scalar(node: &Node, types: Types) -> Json {
    let other = types.integer || types.number || types.boolean;
    match (&node.value, node.as_text()) {
        (Value::String(text), _) if types.want_other_than_text() => read(text, types).unwrap_or_else(|| node.to_json()),
        // A float such as `3.0` is an integer for the schema, and is none for Rust.
        (Value::Float(value), _) if types.integer && !types.number => {
            whole(*value).map_or_else(|| node.to_json(), Json::from)
        }
        // An override is parsed as TOML. If the schema requires text, `--set …=0123` means the text.
        (Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::Datetime(_), Some(text))
            if types.string && !other =>
        {
            text.into()
        }
        _ => node.to_json(),
    }
}

fn read(text: &str, types: Types) -> Option<Json> {
    let text = text.trim();
    let integer = || text.parse::<i64>().map(Json::from).or_else(|_| text.parse::<u64>().map(Json::from)).ok();
    let number = || text.parse::<f64>().ok().and_then(Number::from_f64).map(Json::Number);
    let boolean = || text.parse::<bool>().map(Json::from).ok();
    None.or_else(|| (types.integer || types.number).then(integer).flatten())
        .or_else(|| types.number.then(number).flatten())
        .or_else(|| types.boolean.then(boolean).flatten())
}

/// The integer that equals the float. Limited to the range in which a float represents every integer exactly.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "within the range where each integer is a float")]
    let integer = (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64);
    integer
}

fn is_empty_text(node: &Node) -> bool {
    matches!(&node.value, Value::String(text) if text.trim().is_empty())
}
