//! The schema of the host's own keys.

use serde_json::{Map, Value as Json, json};

use super::options::{Options, OptionsSchema, known_as};
use super::value::{Definitions, annotations, boolean_or_text, number_or_text, or_variable};
use crate::config::key::{Form, Key, Kind};
use crate::config::longshore::WEBHOOK_REQUIRES;
use crate::config::name::ProviderName;

/// The table `upload`, which may also be a plugin's switch (`true` or `false`).
pub(super) fn upload(keys: &'static [Key], options: &Options, definitions: &mut Definitions) -> Json {
    let mut schema = closed(keys, "upload", options, definitions);
    schema.insert("type".to_owned(), json!(["object", "boolean"]));
    let table = definitions.keep("upload", Json::Object(schema));
    or_variable(annotations("The media library and its providers.", None), &table, &table)
}

/// The schema of a key and its value. `path` is the position of the key.
pub(super) fn key(key: &Key, path: &str, options: &Options, definitions: &mut Definitions) -> Json {
    let annotations = annotations(key.about, key.default);
    let (schema, hint) = match &key.kind {
        Kind::Boolean => (boolean_or_text(), json!({ "type": "boolean" })),
        Kind::Integer { least, most } => {
            let mut number = Map::new();
            number.insert("type".to_owned(), "integer".into());
            number.insert("minimum".to_owned(), (*least).into());
            if *most < u64::MAX {
                number.insert("maximum".to_owned(), (*most).into());
            }
            (Json::Object(number_or_text(number.clone(), "integer")), Json::Object(number))
        }
        Kind::Text(form) => {
            let mut schema = text(form);
            let hint = schema.clone();
            if let Some(Json::Array(texts)) = schema.get_mut("enum") {
                texts.push("".into());
            }
            (schema, hint)
        }
        Kind::Texts(form) => {
            let element = or_variable(Map::new(), &text(form), &text(form));
            let list = json!({ "type": "array", "items": element });
            (list.clone(), list)
        }
        Kind::Table(keys) => same(definitions_of(keys, path, options, definitions)),
        Kind::Tables(keys) => {
            let mut element = closed(keys, path, options, definitions);
            element.insert("required".to_owned(), json!(WEBHOOK_REQUIRES));
            let element = definitions.keep(path, Json::Object(element));
            let element = or_variable(Map::new(), &element, &element);
            same(json!({ "type": "array", "items": element }))
        }
        Kind::Each(Key { kind: Kind::Table(keys), about, .. }) => {
            same(each_provider(about, keys, path, options, definitions))
        }
        Kind::Each(each) => {
            let value = self::key(each, path, options, definitions);
            same(json!({ "type": "object", "additionalProperties": value }))
        }
        Kind::Options => return Json::Object(options.hint(annotations)),
        Kind::Anything => same(json!({ "type": "object" })),
    };
    or_variable(annotations, &schema, &hint)
}

/// The schema of a table that allows only `keys`.
fn closed(keys: &'static [Key], path: &str, options: &Options, definitions: &mut Definitions) -> Map<String, Json> {
    let entry =
        |known: &Key| (known.name.to_owned(), key(known, &format!("{path}.{}", known.name), options, definitions));
    let properties: Map<_, _> = keys.iter().map(entry).collect();
    let Json::Object(schema) = json!({ "type": "object", "properties": properties, "additionalProperties": false })
    else {
        unreachable!("it is written as an object")
    };
    schema
}

fn definitions_of(keys: &'static [Key], path: &str, options: &Options, definitions: &mut Definitions) -> Json {
    let mut schema = closed(keys, path, options, definitions);
    if path == "upload.config" {
        choose_options(&mut schema, options);
    }
    definitions.keep(path, Json::Object(schema))
}

/// Makes the table `upload.config` use the options of its provider.
fn choose_options(config: &mut Map<String, Json>, options: &Options) {
    let names: Vec<_> = options.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(provider) = config.get_mut("properties").and_then(|properties| properties.get_mut("provider")) {
        provider["anyOf"] = json!([{}, { "enum": names }]);
    }
    if let Some(Json::Object(properties)) = config.get_mut("properties") {
        let about = "Ignored: it configures an image library that is not used here.";
        properties.insert("sharp".to_owned(), json!({ "description": about, "deprecated": true }));
    }
    let branch = |(name, schema): (&ProviderName, &OptionsSchema)| {
        let mut condition = json!({ "properties": { "provider": { "enum": known_as(name).collect::<Vec<_>>() } } });
        // A configuration without a provider uses the built-in one.
        if *name != ProviderName::local() {
            condition["required"] = json!(["provider"]);
        }
        let mut then = json!({ "properties": { "providerOptions": schema.or_variable() } });
        if schema.required {
            then["required"] = json!(["providerOptions"]);
        }
        json!({ "if": condition, "then": then })
    };
    let branches: Vec<_> = options.iter().map(branch).collect();
    if !branches.is_empty() {
        config.insert("allOf".to_owned(), branches.into());
    }
}

/// The schema of a table of providers, each with its own options under its name.
fn each_provider(
    about: &str,
    keys: &'static [Key],
    path: &str,
    options: &Options,
    definitions: &mut Definitions,
) -> Json {
    let other = closed(keys, path, options, definitions);
    let other = definitions.keep(path, Json::Object(other));
    let mut properties = Map::new();
    for (name, schema) in options.iter() {
        let mut table = closed(keys, path, options, definitions);
        if let Some(Json::Object(entries)) = table.get_mut("properties") {
            entries.insert("providerOptions".to_owned(), schema.or_variable());
        }
        if schema.required {
            table.insert("required".to_owned(), json!(["providerOptions"]));
        }
        let table = definitions.keep(&format!("{path}.{name}"), Json::Object(table));
        let table = or_variable(annotations(about, None), &table, &table);
        properties.extend(known_as(name).map(|name| (name.to_owned(), table.clone())));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": or_variable(Map::new(), &other, &other) })
}

fn text(form: &Form) -> Json {
    match form {
        Form::Any => json!({ "type": "string" }),
        Form::Secret => json!({ "type": "string", "writeOnly": true, "pattern": r"\S" }),
        Form::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        Form::OneOf(texts) => json!({ "enum": texts }),
    }
}

fn same(schema: Json) -> (Json, Json) {
    (schema.clone(), schema)
}
