//! JSON and optional text. On the wire, empty text stands for a missing value.

use longshore_provider_abi::RString;
use serde_json::{Map, Value};

pub(super) fn some(text: RString) -> Option<String> {
    (!text.is_empty()).then(|| text.into_string())
}

pub(super) fn text(text: Option<&str>) -> RString {
    text.map(RString::from).unwrap_or_default()
}

/// A JSON object as text. An object without members is empty text.
pub(crate) fn object_to(object: &Map<String, Value>) -> RString {
    if object.is_empty() { RString::new() } else { RString::from(Value::Object(object.clone()).to_string()) }
}

/// The object in `text`. Any other text is read as an empty object, because unknown shapes are ignored.
pub(crate) fn object_from(text: &str) -> Map<String, Value> {
    if text.is_empty() { Map::new() } else { serde_json::from_str(text).unwrap_or_default() }
}

/// The value in `text`. `None` for empty text, and for text that is no JSON.
pub(crate) fn value_from(text: &str) -> Option<Value> {
    if text.is_empty() { None } else { serde_json::from_str(text).ok() }
}
