//! Translates a provider's schema (draft 2020-12) for editors: into draft 7, with variables and texts wherever the host
//! accepts them.
//!
//! Constraints that draft 7 cannot express are left out: an editor must not reject a value that the host accepts.

use serde_json::{Map, Value as Json, json};

use super::value::{Definitions, boolean_or_text, number_or_text, or_variable};

/// Keywords that describe a value. They are placed outside of the choice between the value and a variable.
const ANNOTATIONS: [&str; 7] = ["title", "description", "default", "deprecated", "examples", "readOnly", "writeOnly"];

/// Keywords that draft 7 lacks, or that editors do not use.
const LEFT_OUT: [&str; 11] = [
    "$anchor",
    "$comment",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$schema",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "unevaluatedProperties",
    "x-renamed",
];

/// Stores the schema of a provider's options, and returns a reference to it.
pub(super) fn keep(provider: &str, schema: &Json, definitions: &mut Definitions) -> Json {
    let mut schema = schema.clone();
    let named = schema.as_object_mut().and_then(|keywords| keywords.remove("$defs"));
    let mut translation = Translation { provider, definitions };
    for (name, schema) in named.iter().filter_map(Json::as_object).flatten() {
        let name = definition(provider, name);
        let schema = translation.bare(schema, &name);
        translation.definitions.keep(&name, schema);
    }
    // The schema `true` allows any options.
    let mut options = if schema.is_object() { translation.bare(&schema, provider) } else { json!({}) };
    if let Json::Object(keywords) = &mut options
        && !keywords.contains_key("$ref")
    {
        keywords.insert("type".to_owned(), "object".into());
    }
    definitions.keep(&root(provider), options)
}

/// Replaces every dangling reference by an empty schema, because an editor would reject the whole schema for one.
pub(super) fn open_dangling(schema: &mut Json) {
    fn visit(node: &mut Json, names: &[String]) {
        let dangling = node.get("$ref").and_then(Json::as_str).is_some_and(|target| {
            target.strip_prefix("#/definitions/").is_none_or(|name| !names.iter().any(|known| known == name))
        });
        match node {
            _ if dangling => *node = json!({}),
            Json::Object(keywords) => keywords.values_mut().for_each(|value| visit(value, names)),
            Json::Array(elements) => elements.iter_mut().for_each(|value| visit(value, names)),
            _ => {}
        }
    }
    let definitions = schema.get("definitions").and_then(Json::as_object);
    let names: Vec<_> = definitions.into_iter().flat_map(Map::keys).cloned().collect();
    visit(schema, &names);
}

struct Translation<'a> {
    provider: &'a str,
    definitions: &'a mut Definitions,
}

impl Translation<'_> {
    /// The schema of an independent value: an entry or an element.
    fn value(&mut self, schema: &Json, path: &str) -> Json {
        let Json::Object(keywords) = schema else { return schema.clone() };
        let mut annotations = Map::new();
        for name in ANNOTATIONS {
            if let Some(value) = keywords.get(name).filter(|value| !value.is_null()) {
                annotations.insert(name.to_owned(), value.clone());
            }
        }
        let bare = self.bare(schema, path);
        if bare.as_object().is_some_and(Map::is_empty) {
            return Json::Object(annotations);
        }
        if is_small(&bare) {
            return or_variable(annotations, &bare, &as_written(&bare));
        }
        let reference = self.definitions.keep(path, bare);
        or_variable(annotations, &reference, &reference)
    }

    /// The schema without its descriptive keywords, and with variables in its parts.
    fn bare(&mut self, schema: &Json, path: &str) -> Json {
        let Json::Object(keywords) = schema else { return schema.clone() };
        let mut out = Map::new();
        for (name, value) in keywords {
            let skipped = ANNOTATIONS.contains(&name.as_str()) || LEFT_OUT.contains(&name.as_str());
            // A condition stays unchanged. A condition with a reference is left out, because its target would have to
            // be translated.
            let condition = ["if", "not", "propertyNames"].contains(&name.as_str()) && refers(value);
            if skipped || condition {
                continue;
            }
            let (name, value) = self.keyword(name, value, path);
            out.insert(name, value);
        }
        if let Some(reference) = out.remove("$ref") {
            // In draft 7 a reference overrides all keywords next to it.
            if out.is_empty() {
                return json!({ "$ref": reference });
            }
            return json!({ "allOf": [{ "$ref": reference }, out] });
        }
        texts_too(out)
    }

    fn keyword(&mut self, name: &str, value: &Json, path: &str) -> (String, Json) {
        let renamed = match name {
            // Several alternatives may accept the same variable.
            "oneOf" => "anyOf",
            "prefixItems" => "items",
            "items" if value.is_array() => "additionalItems",
            "dependentSchemas" | "dependentRequired" => "dependencies",
            other => other,
        };
        let value = match (name, value) {
            ("properties" | "patternProperties", Json::Object(entries)) => {
                let entry =
                    |(name, schema): (&String, &Json)| (name.clone(), self.value(schema, &format!("{path}.{name}")));
                entries.iter().map(entry).collect()
            }
            ("dependentSchemas", Json::Object(entries)) => {
                let entry =
                    |(name, schema): (&String, &Json)| (name.clone(), self.bare(schema, &format!("{path}.{name}")));
                entries.iter().map(entry).collect()
            }
            ("items" | "additionalProperties" | "contains", Json::Object(_)) => {
                self.value(value, &format!("{path}.each"))
            }
            ("prefixItems", Json::Array(elements)) => {
                let elements = elements.iter().enumerate();
                elements.map(|(index, schema)| self.value(schema, &format!("{path}.{index}"))).collect()
            }
            ("anyOf" | "oneOf" | "allOf", Json::Array(alternatives)) => {
                let taken = alternatives.iter().enumerate().filter(|(_, schema)| !is_null(schema));
                taken.map(|(index, schema)| self.bare(schema, &format!("{path}.{index}"))).collect()
            }
            ("then" | "else", _) => self.bare(value, &format!("{path}.{name}")),
            ("$ref", Json::String(target)) => self.reference(target).into(),
            _ => value.clone(),
        };
        (renamed.to_owned(), value)
    }

    /// The new address of a reference's target. References outside of the document are not followed.
    fn reference(&self, target: &str) -> String {
        let name = match target.strip_prefix("#/$defs/") {
            Some(name) => definition(self.provider, name),
            None if target == "#" => root(self.provider),
            None => String::new(),
        };
        format!("#/definitions/{name}")
    }
}

/// The address of the schema of the provider's options.
fn root(provider: &str) -> String {
    format!("options.{provider}")
}

/// The address of a definition of the provider's schema.
fn definition(provider: &str, name: &str) -> String {
    format!("{provider}.-{name}")
}

/// Makes the schema accept texts for numbers and booleans, as the host does. Removes `null`, which TOML does not have.
fn texts_too(mut schema: Map<String, Json>) -> Json {
    if let Some(Json::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let types: Vec<String> = match schema.get("type") {
        Some(Json::String(name)) => vec![name.clone()],
        Some(Json::Array(names)) => {
            names.iter().filter_map(Json::as_str).filter(|name| *name != "null").map(str::to_owned).collect()
        }
        _ => return Json::Object(schema),
    };
    match types.as_slice() {
        [kind] if kind == "integer" || kind == "number" => {
            schema.remove("format");
            Json::Object(number_or_text(schema, kind))
        }
        [kind] if kind == "boolean" => boolean_or_text(),
        [kind] => {
            schema.insert("type".to_owned(), kind.as_str().into());
            Json::Object(schema)
        }
        _ => {
            let text = types.iter().any(|kind| matches!(kind.as_str(), "integer" | "number" | "boolean"));
            let others = types.iter().map(String::as_str);
            let all: Vec<_> = others.chain(text.then_some("string")).collect();
            schema.insert("type".to_owned(), json!(all));
            Json::Object(schema)
        }
    }
}

/// The schema for an editor's suggestions: the value's own type, without its text form.
fn as_written(bare: &Json) -> Json {
    if *bare == boolean_or_text() {
        return json!({ "type": "boolean" });
    }
    let mut hint = bare.clone();
    if let Json::Object(keywords) = &mut hint {
        if let Some(Json::Array(types)) = keywords.get("type").cloned()
            && let [kind, _] = types.as_slice()
        {
            keywords.insert("type".to_owned(), kind.clone());
            keywords.remove("pattern");
        }
        if let Some(Json::Array(values)) = keywords.get_mut("enum") {
            values.retain(|value| value != "");
        }
    }
    hint
}

/// Whether the schema can be duplicated without making the document much larger.
fn is_small(schema: &Json) -> bool {
    let scalar = |value: &Json| match value {
        Json::Array(elements) => elements.iter().all(|element| !element.is_object()),
        other => !other.is_object(),
    };
    schema.as_object().is_some_and(|keywords| keywords.values().all(scalar))
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null") || schema.get("const").is_some_and(Json::is_null)
}

fn refers(schema: &Json) -> bool {
    match schema {
        Json::Object(keywords) => keywords.contains_key("$ref") || keywords.values().any(refers),
        Json::Array(elements) => elements.iter().any(refers),
        _ => false,
    }
}
