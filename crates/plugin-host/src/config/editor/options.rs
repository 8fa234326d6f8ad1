//! The providers' own options, depending on the chosen provider.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::dialect;
use super::value::{Definitions, annotations, or_variable};
use crate::config::name::{ALIASES, ProviderName};

/// The options of each known provider.
pub(super) struct Options(BTreeMap<ProviderName, OptionsSchema>);

/// The options of one provider.
pub(super) struct OptionsSchema {
    /// A reference to the schema.
    reference: Json,
    /// Whether the provider has a required option, which makes the table required too.
    pub(super) required: bool,
}

/// Stores the schema of every provider's options.
pub(super) fn all(providers: &BTreeMap<ProviderName, Json>, definitions: &mut Definitions) -> Options {
    let one = |(name, schema): (&ProviderName, &Json)| {
        let required = schema.get("required").and_then(Json::as_array).is_some_and(|names| !names.is_empty());
        let reference = dialect::keep(name.as_str(), schema, definitions);
        (name.clone(), OptionsSchema { reference, required })
    };
    Options(providers.iter().map(one).collect())
}

impl Options {
    /// Every provider, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ProviderName, &OptionsSchema)> {
        self.0.iter()
    }

    /// `providerOptions` for an undetermined provider: a table for which an editor suggests all known options.
    pub(super) fn hint(&self, annotations: Map<String, Json>) -> Map<String, Json> {
        let mut schema = annotations;
        let known = self.0.values().map(|one| one.reference.clone());
        let any = std::iter::once(json!({ "type": "object" })).chain(known);
        schema.insert("type".to_owned(), "object".into());
        schema.insert("anyOf".to_owned(), any.collect());
        schema
    }
}

impl OptionsSchema {
    /// The options, or a variable in their place.
    pub(super) fn or_variable(&self) -> Json {
        or_variable(annotations("The provider's own options.", None), &self.reference, &self.reference)
    }
}

/// All names of a provider.
pub(super) fn known_as(name: &ProviderName) -> impl Iterator<Item = &str> {
    let other = ALIASES.into_iter().filter(move |(_, of)| *of == name.as_str()).map(|(alias, _)| alias);
    std::iter::once(name.as_str()).chain(other)
}
