//! Shows a merged and expanded configuration to the user, with masked secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Config;
use super::longshore;
use super::mask::{self, MASK};
use super::name::ProviderName;
use super::node::{Node, Value};
use super::origin::{Origin, Source};

/// One value of a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownValue {
    /// The dotted key of the value.
    pub key: String,
    /// The value; [`MASK`] for a secret that is not empty.
    pub value: serde_json::Value,
    /// Whether the value is a secret or contains one.
    pub masked: bool,
    /// The origin of the value. `Display` prints `config/plugins.toml:12:1, CDN_URL`.
    pub origin: Origin,
}

/// Lists every value of the configuration by key. `schemas` contains the options' schema of each provider that has one,
/// which determines the secrets in the options. Without a schema, the names of the keys determine them.
pub fn show(config: &Config, schemas: &BTreeMap<ProviderName, serde_json::Value>) -> Vec<ShownValue> {
    let mut secrets = mask::secrets(&config.upload_node, None);
    secrets.extend(mask::secrets(&config.longshore_node, None));
    secrets.extend(longshore::secrets(&config.longshore_node));
    let upload = &config.upload;
    let further = upload.providers.iter().map(|(name, provider)| (name, &provider.provider_options));
    for (name, options) in std::iter::once((&upload.provider, &upload.provider_options)).chain(further) {
        if let Some(schema) = schemas.get(name) {
            for key in mask::secrets(options, None) {
                secrets.remove(&key);
            }
            secrets.extend(mask::secrets(options, Some(schema)));
        }
    }
    let mut shown = Vec::new();
    if upload.provider_origin.source == Source::BuiltIn {
        let node = Node::new(Value::String(upload.provider.to_string()), upload.provider_origin.clone());
        push(&node, &secrets, &mut shown);
    }
    push(&config.upload_node, &secrets, &mut shown);
    push(&config.longshore_node, &secrets, &mut shown);
    shown.sort_by(|a, b| a.key.cmp(&b.key));
    shown
}

fn push(node: &Node, secrets: &BTreeSet<String>, shown: &mut Vec<ShownValue>) {
    match &node.value {
        Value::Table(table) if !table.is_empty() => return table.values().for_each(|node| push(node, secrets, shown)),
        Value::Array(elements) if !elements.is_empty() => {
            return elements.iter().for_each(|node| push(node, secrets, shown));
        }
        // The root of a file that does not exist.
        Value::Table(_) if node.origin.source == Source::BuiltIn => return,
        _ => {}
    }
    let value = node.to_json();
    let masked = match value.as_str() {
        Some("") => None,
        _ if secrets.contains(&node.origin.key) => Some(MASK.to_owned()),
        text => text.and_then(mask::mask_url),
    };
    shown.push(ShownValue {
        key: node.origin.key.clone(),
        masked: masked.is_some(),
        value: masked.map_or(value, serde_json::Value::String),
        origin: node.origin.clone(),
    });
}
