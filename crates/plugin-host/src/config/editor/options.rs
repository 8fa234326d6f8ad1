//! The providers' own options, by the provider that is chosen.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::dialect;
use super::host;
use super::value::{Definitions, or_variable};
use crate::config::key::Key;
use crate::config::name::{ALIASES, ProviderName};

/// The options of each provider that is known.
pub(super) struct Options(BTreeMap<ProviderName, One>);

struct One {
    /// A reference to the schema.
    reference: Json,
    /// Whether some option must be there, so that the table must too.
    required: bool,
}

/// Keeps the schema of every provider's options.
pub(super) fn all(providers: &BTreeMap<ProviderName, Json>, definitions: &mut Definitions) -> Options {
    let one = |(name, schema): (&ProviderName, &Json)| {
        let required = schema.get("required").and_then(Json::as_array).is_some_and(|names| !names.is_empty());
        let reference = dialect::keep(name.as_str(), schema, definitions);
        (name.clone(), One { reference, required })
    };
    Options(providers.iter().map(one).collect())
}

impl Options {
    /// `providerOptions` where it is not said yet whose they are: a table, in which an editor offers all that is known.
    pub(super) fn hint(&self, annotations: Map<String, Json>) -> Map<String, Json> {
        let mut schema = annotations;
        let known = self.0.values().map(|one| one.reference.clone());
        let any = std::iter::once(json!({ "type": "object" })).chain(known);
        schema.insert("type".to_owned(), "object".into());
        schema.insert("anyOf".to_owned(), any.collect());
        schema
    }

    /// Adds to the table `upload.config` that the options are those of its provider.
    pub(super) fn choose(&self, config: &mut Map<String, Json>) {
        let names: Vec<_> = self.0.keys().map(ProviderName::as_str).collect();
        if let Some(provider) = config.get_mut("properties").and_then(|properties| properties.get_mut("provider")) {
            provider["anyOf"] = json!([{}, { "enum": names }]);
        }
        if let Some(Json::Object(properties)) = config.get_mut("properties") {
            let about = "Ignored: it configures an image library that is not used here.";
            properties.insert("sharp".to_owned(), json!({ "description": about, "deprecated": true }));
        }
        let branch = |(name, one): (&ProviderName, &One)| {
            let mut condition = json!({ "properties": { "provider": { "enum": known_as(name).collect::<Vec<_>>() } } });
            // Who names none has the built-in one.
            if *name != ProviderName::local() {
                condition["required"] = json!(["provider"]);
            }
            let mut then = json!({ "properties": { "providerOptions": one.or_variable() } });
            if one.required {
                then["required"] = json!(["providerOptions"]);
            }
            json!({ "if": condition, "then": then })
        };
        let branches: Vec<_> = self.0.iter().map(branch).collect();
        if !branches.is_empty() {
            config.insert("allOf".to_owned(), branches.into());
        }
    }

    /// A table of providers, each under its name with options of its own.
    pub(super) fn each_provider(
        &self,
        about: &str,
        keys: &'static [Key],
        path: &str,
        definitions: &mut Definitions,
    ) -> Json {
        let other = host::closed(keys, path, self, definitions);
        let other = definitions.keep(path, Json::Object(other));
        let mut properties = Map::new();
        for (name, one) in &self.0 {
            let mut table = host::closed(keys, path, self, definitions);
            if let Some(Json::Object(entries)) = table.get_mut("properties") {
                entries.insert("providerOptions".to_owned(), one.or_variable());
            }
            if one.required {
                table.insert("required".to_owned(), json!(["providerOptions"]));
            }
            let table = definitions.keep(&format!("{path}.{name}"), Json::Object(table));
            let table = or_variable(host::annotations(about, None), &table, &table);
            properties.extend(known_as(name).map(|name| (name.to_owned(), table.clone())));
        }
        json!({ "type": "object", "properties": properties, "additionalProperties": or_variable(Map::new(), &other, &other) })
    }
}

impl One {
    fn or_variable(&self) -> Json {
        or_variable(host::annotations("The provider's own options.", None), &self.reference, &self.reference)
    }
}

/// All names of a provider.
fn known_as(name: &ProviderName) -> impl Iterator<Item = &str> {
    let other = ALIASES.into_iter().filter(move |(_, of)| *of == name.as_str()).map(|(alias, _)| alias);
    std::iter::once(name.as_str()).chain(other)
}
