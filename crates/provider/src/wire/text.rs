//! JSON and optional text. On the wire, empty text stands for what is not there.

use longshore_provider_abi::RString;
use serde_json::{Map, Value};

pub(super) fn some(text: RString) -> Option<String> {
    (!text.is_empty()).then(|| text.into_string())
}

pub(super) fn text(text: Option<&str>) -> RString {
    text.map(RString::from).unwrap_or_default()
}

/// A JSON object, empty text if it has no members.
pub(crate) fn object_to(object: &Map<String, Value>) -> RString {
    if object.is_empty() { RString::new() } else { RString::from(Value::Object(object.clone()).to_string()) }
}

/// The object that came; anything else is read as an empty one, since unknown shapes are ignored.
pub(crate) fn object_from(text: &str) -> Map<String, Value> {
    if text.is_empty() { Map::new() } else { serde_json::from_str(text).unwrap_or_default() }
}

/// The value that came; empty text is null.
pub(crate) fn value_from(text: &str) -> Option<Value> {
    if text.is_empty() { None } else { serde_json::from_str(text).ok() }
}
