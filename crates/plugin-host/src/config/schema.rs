//! Checks a provider's options against the JSON Schema that its library exports.

mod coerce;
mod facets;
mod violation;

use jsonschema::{Draft, Validator};

use super::node::Node;
use super::problem::Problem;
pub(super) use facets::Facets;

/// Returns the options as JSON, in the form that the provider receives; or all violations of its schema, each with
/// file, line and key.
///
/// The schema uses draft 2020-12, as schemars does. Before validation, text is converted to the number or boolean that
/// the schema requires, and an empty text for an optional number or boolean is left out. `${NAME}` therefore works for
/// every value.
///
/// An object's schema may list former keys in `x-renamed` (`{"useSSL": "endpoint"}`). An error about a former key names
/// the new one.
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
    // Offline, because a provider must not make the host download the targets of its schema's references.
    jsonschema::options().with_draft(Draft::Draft202012).offline().build(schema).map_err(|error| {
        Problem::new(format!("the provider's schema of its options cannot be used: {}", error.masked()))
            .with_hint("this is a fault of the provider's library, not of the configuration")
    })
}
