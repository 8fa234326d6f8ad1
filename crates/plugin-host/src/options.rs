//! Checks a provider's options against the schema of each layer, before any layer is initialised.

use serde_json::Value as Json;

use crate::{
    config::{Node, Problem, Value, schema::validate},
    load::{Loaded, schema_says_something},
};

/// The options for each layer of a provider, the outermost first: JSON that the layer's schema accepts.
pub(crate) type LayerOptions = Vec<Json>;

/// Checks `options` against the schema of each layer that has one. An overlay receives the options first, and returns
/// the options for its base. A problem keeps its position in the file as long as the value keeps its key.
///
/// # Errors
///
/// All problems of the first layer that rejects the options.
pub(crate) fn check(loaded: &Loaded, options: &Node) -> Result<LayerOptions, Vec<Problem>> {
    let mut checked = Vec::new();
    let mut current = options.clone();
    let layers = loaded.layers();
    for (index, layer) in layers.iter().enumerate() {
        let about = |error: &dyn std::error::Error| {
            vec![Problem::at(&options.origin, format!("the provider `{}` {error}", layer.metadata.manifest.name))]
        };
        let schema = layer.module.schema().map_err(|error| about(&error))?;
        let json = if schema_says_something(&schema) { validate(&current, &schema)? } else { current.to_json() };
        if index + 1 < layers.len() {
            let before = current.to_json();
            let after = layer.module.base_options(&before).map_err(|error| refused(&current, &error))?;
            if after != before {
                current = graft(after, &current);
            }
        }
        checked.push(json);
    }
    Ok(checked)
}

/// An overlay's error about the options. It refers to the whole table, because only the overlay knows the key.
fn refused(options: &Node, error: &longshore_provider::Error) -> Vec<Problem> {
    vec![Problem::at(&options.origin, error.message())]
}

/// Converts `json`, with the origins of `old` for the same keys. A new value gets the origin of its parent.
pub(crate) fn graft(json: Json, old: &Node) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Integer(value),
            None => Value::Float(number.as_f64().unwrap_or(f64::MAX)),
        },
        Json::String(text) => Value::String(text),
        Json::Array(elements) => {
            let grafted = elements.into_iter().enumerate().map(|(index, element)| match &old.value {
                Value::Array(nodes) if index < nodes.len() => graft(element, &nodes[index]),
                _ => graft(element, &Node::new(Value::Null, old.origin.element(index))),
            });
            Value::Array(grafted.collect())
        }
        Json::Object(entries) => {
            let grafted = entries.into_iter().map(|(name, entry)| {
                let node = match old.get(&name) {
                    Some(node) => graft(entry, node),
                    None => graft(entry, &Node::new(Value::Null, old.origin.entry(&name))),
                };
                (name, node)
            });
            Value::Table(grafted.collect())
        }
    };
    Node::new(value, old.origin.clone())
}
