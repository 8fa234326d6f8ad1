//! Formats values in error messages like yup, Strapi's schema library.

use serde_json::Value;

use crate::query::echo;

/// JSON with an indentation of two spaces. Every nested value is a string with its formatted value.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(&within(value)).expect("a value of JSON can be written as JSON")
        }
        value => written(value),
    };
    echo(&text).to_owned()
}

fn within(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(within).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), within(value))).collect(),
        value => Value::String(written(value)),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        value => value.to_string(),
    }
}
