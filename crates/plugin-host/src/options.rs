//! A provider's options, checked by what each layer of it exports, before anything is initialised.

use serde_json::Value as Json;

use crate::{
    config::{Node, Problem, Value, schema::validate},
    load::{Loaded, schema_says_something},
};

/// The options for each layer of a provider, the outermost first: JSON that its schema accepts.
pub(crate) type LayerOptions = Vec<Json>;

/// Checks `options` against the schema of each layer that has one. An overlay sees them first, and says what its
/// base gets; problems keep the place in the file where a value still has the key that it was written under.
///
/// # Errors
///
/// Everything that is wrong for the first layer that objects.
pub(crate) fn check(loaded: &Loaded, options: &Node) -> Result<LayerOptions, Vec<Problem>> {
    let mut checked = Vec::new();
    let mut current = options.clone();
    let layers = loaded.layers();
    for (index, layer) in layers.iter().enumerate() {
        let about = |error: &dyn std::error::Error| {
            vec![Problem::at(&options.origin, format!("the provider `{}` {error}", layer.facts.note.name))]
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

/// What an overlay says against the options: about the table as a whole, since only it knows more.
fn refused(options: &Node, error: &longshore_provider::Error) -> Vec<Problem> {
    vec![Problem::at(&options.origin, error.message())]
}

/// `json` with the origins of `old` where the same keys stand; a new value has the origin of what it stands in.
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
