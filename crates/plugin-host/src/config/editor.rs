//! The JSON Schema that editors read for both files of a project: its keys, their values and their meaning.
//!
//! The schema of the host's own keys is generated from the parser's description of them. The schema of a provider's
//! options comes from its library. Every value may also be a text that contains a variable, or a table `{ "$env" =
//! "NAME" }`.
//!
//! The schema uses draft 7, which all TOML editors support. One document describes both files, because editors load a
//! file's whole schema from one address. A file with the table `upload` is `plugins.toml`, any other is
//! `longshore.toml`.

mod dialect;
mod host;
mod options;
mod value;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::name::ProviderName;
use super::{longshore, upload};

/// The name of the file that `longshore config schema --write` writes beside `plugins.toml`.
pub const FILE: &str = "longshore.schema.json";

/// The first line of a file that is checked against the schema. taplo and editors that use it read this line.
pub const POINTER: &str = "#:schema ./longshore.schema.json";

/// The schema of `config/plugins.toml` and `config/longshore.toml`.
///
/// `providers` contains each known provider with the schema of its options. The schema `true` allows any options.
pub fn schema(providers: &BTreeMap<ProviderName, Json>) -> Json {
    let mut definitions = value::Definitions::default();
    let options = options::all(providers, &mut definitions);
    let mut properties = Map::new();
    properties.insert("upload".to_owned(), host::upload(&upload::UPLOAD, &options, &mut definitions));
    for key in &longshore::KEYS {
        properties.insert(key.name.to_owned(), host::key(key, key.name, &options, &mut definitions));
    }
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Longshore",
        "description": "A project of Longshore: config/plugins.toml and config/longshore.toml. Made by `longshore \
                        config schema`.",
        "type": "object",
        "properties": properties,
        // Other tables in the plugins file belong to plugins of another host. The server's file has no `upload`.
        "additionalProperties": { "type": ["boolean", "object"] },
        "if": { "required": ["upload"] },
        "else": { "propertyNames": { "enum": longshore::TABLES } },
        "definitions": definitions.into_map(),
    });
    dialect::open_dangling(&mut schema);
    schema
}
