//! The JSON Schema that editors read for both files of a project: its keys, their values and their meaning.
//!
//! The host's own keys come from the description that the parser reads by; a provider's options come from the schema
//! that its library exports. A value may always be a text that names a variable, or a table `{ "$env" = "NAME" }`.
//!
//! It is of draft 7, which all editors of TOML know. One document serves both files, because editors take a file's
//! whole schema from one address. A file with the table `upload` is `plugins.toml`, any other is `longshore.toml`.

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

/// The first line of a file that is checked against the schema, as taplo and the editors that use it read it.
pub const POINTER: &str = "#:schema ./longshore.schema.json";

/// The schema of `config/plugins.toml` and `config/longshore.toml`.
///
/// `providers` has each provider that is known with the schema of its options; `true` leaves them open.
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
        // What else is in the plugins' file belongs to plugins of another host. The server's file has no `upload`.
        "additionalProperties": { "type": ["boolean", "object"] },
        "if": { "required": ["upload"] },
        "else": { "propertyNames": { "enum": longshore::TABLES } },
        "definitions": definitions.into_map(),
    });
    dialect::open_dangling(&mut schema);
    schema
}
