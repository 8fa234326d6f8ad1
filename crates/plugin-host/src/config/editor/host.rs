//! The schema of the host's own keys.

use serde_json::{Map, Value as Json, json};

use super::options::Options;
use super::value::{Definitions, boolean_or_text, number_or_text, or_variable};
use crate::config::key::{Form, Key, Kind};
use crate::config::longshore::WEBHOOK_REQUIRES;

/// The table `upload`, for which a plugin's switch may stand.
pub(super) fn upload(keys: &'static [Key], options: &Options, definitions: &mut Definitions) -> Json {
    let mut schema = closed(keys, "upload", options, definitions);
    schema.insert("type".to_owned(), json!(["object", "boolean"]));
    let table = definitions.keep("upload", Json::Object(schema));
    or_variable(annotations("The media library and its providers.", None), &table, &table)
}

/// A key with its value. `path` is where it stands.
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
            same(options.each_provider(about, keys, path, definitions))
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

/// A table of which only `keys` are known.
pub(super) fn closed(
    keys: &'static [Key],
    path: &str,
    options: &Options,
    definitions: &mut Definitions,
) -> Map<String, Json> {
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
        options.choose(&mut schema);
    }
    definitions.keep(path, Json::Object(schema))
}

pub(super) fn annotations(about: &str, default: Option<&str>) -> Map<String, Json> {
    let mut annotations = Map::new();
    annotations.insert("description".to_owned(), about.into());
    if let Some(default) = default {
        let default = serde_json::from_str(default).expect("a default is written as JSON");
        annotations.insert("default".to_owned(), default);
    }
    annotations
}

fn text(form: &Form) -> Json {
    match form {
        Form::Any => json!({ "type": "string" }),
        Form::Secret => json!({ "type": "string", "writeOnly": true }),
        Form::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        Form::OneOf(texts) => json!({ "enum": texts }),
    }
}

fn same(schema: Json) -> (Json, Json) {
    (schema.clone(), schema)
}
