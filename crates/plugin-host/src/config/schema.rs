//! Checking a provider's options against the JSON Schema that its library exports.

mod coerce;
mod facets;
mod violation;

use jsonschema::{Draft, Validator};

use super::node::Node;
use super::problem::Problem;
pub(super) use facets::Facets;

/// The options as JSON, as the provider receives them; or everything that its schema does not allow, each with file,
/// line and key.
///
/// The schema is of draft 2020-12, as schemars writes it. Before it is applied, text is read as the number or boolean
/// that the schema wants in its place, and an empty text for an optional one is left out: so `${NAME}` fits anywhere.
///
/// An object's schema may name former keys in `x-renamed` (`{"useSSL": "endpoint"}`); an error about one names the new key.
///
/// ```
/// # use longshore_plugin_host::config::{Node, Value, Origin, schema};
/// # use serde_json::json;
/// let schema = json!({"properties": {"retries": {"type": "integer"}}, "additionalProperties": false});
/// let mut options = Node::empty("upload.config.providerOptions");
/// let Value::Table(table) = &mut options.value else { unreachable!() };
/// let retries = Origin::built_in("upload.config.providerOptions.retries");
/// table.insert("retries".to_owned(), Node::new(Value::String("3".to_owned()), retries));
/// assert_eq!(schema::validate(&options, &schema), Ok(json!({"retries": 3})));
/// ```
pub fn validate(options: &Node, schema: &serde_json::Value) -> Result<serde_json::Value, Vec<Problem>> {
    let validator = validator(schema).map_err(|problem| vec![problem])?;
    let facets = Facets::of(schema);
    let json = coerce::coerce(options, &facets);
    let mut problems = Vec::new();
    for error in validator.iter_errors(&json) {
        violation::report(&error, options, &facets, &mut problems);
    }
    if problems.is_empty() { Ok(json) } else { Err(problems) }
}

fn validator(schema: &serde_json::Value) -> Result<Validator, Problem> {
    // Offline: a provider must not make the host fetch what its schema refers to.
    jsonschema::options().with_draft(Draft::Draft202012).offline().build(schema).map_err(|error| {
        Problem::new(format!("the provider's schema of its options cannot be used: {}", error.masked()))
            .with_hint("this is a fault of the provider's library, not of the configuration")
    })
}
