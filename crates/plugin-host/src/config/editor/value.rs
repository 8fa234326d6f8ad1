//! A value, or a variable in its place.

use serde_json::{Map, Value as Json, json};

use crate::config::expand::{EMPTY_IS_UNSET, TYPES};
use crate::config::merge::ENV_KEY;

/// The schemas below `#/definitions/`.
pub(super) struct Definitions(Map<String, Json>);

impl Default for Definitions {
    fn default() -> Self {
        let named = json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" });
        let mut entries = Map::new();
        entries.insert(ENV_KEY.to_owned(), with(named, "description", "The variable's name."));
        entries.insert(
            "type".to_owned(),
            with(json!({ "enum": TYPES, "default": "string" }), "description", "What its text is read as."),
        );
        entries.insert("default".to_owned(), json!({ "description": "The value when it is not set." }));
        let about = "Whether the default also replaces an empty value.";
        entries.insert(EMPTY_IS_UNSET.to_owned(), json!({ "type": "boolean", "default": false, "description": about }));
        let Json::Object(definitions) = json!({
            "is-variable": {
                "anyOf": [
                    { "type": "string", "pattern": "\\$\\{" },
                    { "type": "object", "required": [ENV_KEY] },
                ],
            },
            "variable": {
                "description": "An environment variable in place of a value.",
                "type": ["string", "object"],
                "properties": entries,
                "additionalProperties": false,
            },
        }) else {
            unreachable!("it is written as an object")
        };
        Self(definitions)
    }
}

impl Definitions {
    /// Stores a schema under a name and returns a reference to it.
    pub(super) fn keep(&mut self, name: &str, schema: Json) -> Json {
        // The name is part of a JSON pointer in a URL.
        let mut name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
        while self.0.get(&name).is_some_and(|known| *known != schema) {
            name.push('_');
        }
        let reference = json!({ "$ref": format!("#/definitions/{name}") });
        self.0.insert(name, schema);
        reference
    }

    pub(super) fn into_map(self) -> Map<String, Json> {
        self.0
    }
}

/// A schema that allows the values of `schema`, or a variable. `hint` is the schema for an editor's suggestions.
///
/// Editors look for completions below `anyOf`, and not below `else`. The hint is therefore part of an `anyOf`, next to
/// a schema that accepts everything, and only `else` rejects values. Errors of `else` describe the problem with the
/// value, unlike errors of `anyOf`.
pub(super) fn or_variable(annotations: Map<String, Json>, schema: &Json, hint: &Json) -> Json {
    let mut out = annotations;
    out.insert("if".to_owned(), json!({ "$ref": "#/definitions/is-variable" }));
    out.insert("then".to_owned(), json!({ "$ref": "#/definitions/variable" }));
    out.insert("else".to_owned(), schema.clone());
    out.insert("anyOf".to_owned(), json!([{}, hint]));
    Json::Object(out)
}

/// A number's schema that also accepts the number as text, as the parser does. Limits apply only to numbers.
pub(super) fn number_or_text(mut number: Map<String, Json>, kind: &str) -> Map<String, Json> {
    let text = if kind == "integer" { r"^\s*([+-]?[0-9]+)?\s*$" } else { r"^\s*([+-]?[0-9.]+([eE][+-]?[0-9]+)?)?\s*$" };
    number.insert("type".to_owned(), json!([kind, "string"]));
    number.insert("pattern".to_owned(), text.into());
    number
}

/// `true` or `false`, also as text.
pub(super) fn boolean_or_text() -> Json {
    json!({ "enum": [true, false, "true", "false", ""] })
}

/// The keywords that an editor shows beside the type of a value.
pub(super) fn annotations(about: &str, default: Option<&str>) -> Map<String, Json> {
    let mut annotations = Map::new();
    annotations.insert("description".to_owned(), about.into());
    if let Some(default) = default {
        let default = serde_json::from_str(default).expect("a default is written as JSON");
        annotations.insert("default".to_owned(), default);
    }
    annotations
}

/// The schema with an additional keyword.
pub(super) fn with(mut schema: Json, keyword: &str, value: impl Into<Json>) -> Json {
    if let Json::Object(keywords) = &mut schema {
        keywords.insert(keyword.to_owned(), value.into());
    }
    schema
}
