//! Options of a provider: the author's struct, its exported schema, and secrets in it.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Declares option structs and enums, so that they can be read from the configuration and export a schema.
///
/// Field names are in camel case (`partSize` for `part_size`), unknown fields are refused, and doc comments become
/// descriptions in the schema. The attributes of serde and schemars work as usual.
///
/// ```
/// longshore_provider::options! {
///     /// Options of the provider `shelf`.
///     #[derive(Debug)]
///     pub struct ShelfOptions {
///         /// The folder to keep files in.
///         directory: String,
///         /// How long to wait, in seconds.
///         #[serde(default)]
///         timeout: Option<u64>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! options {
    ($($item:item)*) => {$(
        #[derive($crate::__private::serde::Deserialize, $crate::__private::schemars::JsonSchema)]
        #[serde(crate = "longshore_provider::__private::serde", rename_all = "camelCase", deny_unknown_fields)]
        #[schemars(crate = "longshore_provider::__private::schemars")]
        $item
    )*};
}

/// The options of a provider, in `providerOptions`. They can be read from the configuration, and have a schema by which
/// the host checks them. Every type that is declared within [`options!`](crate::options) implements this trait. Do not
/// implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the options of a provider",
    label = "this type cannot be read from the configuration, or has no schema",
    note = "declare it within `longshore_provider::options! {{ … }}`, and the types of its fields too"
)]
pub trait ProviderOptions: Sized + Send + 'static {
    /// The schema by which the host checks the options.
    #[doc(hidden)]
    fn options_schema() -> Value;

    /// Reads the options from JSON. An error names the path and the expected value, never the value that was found.
    #[doc(hidden)]
    fn read_options(json: &str) -> Result<Self>;
}

// If these bounds were supertraits, the compiler's error would name them instead of the advice above.
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> ProviderOptions for T {
    fn options_schema() -> Value {
        schema_of::<T>()
    }

    fn read_options(json: &str) -> Result<T> {
        read(json)
    }
}

/// Text that is never printed. `Debug` and `Display` show dots, the memory is wiped on drop, and the schema marks the
/// text as `writeOnly`, so that the host masks it too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Do not print it, and do not put it into an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

/// The options of an overlay that has none of its own: the configured options, unchanged. Their schema is `true`, which
/// leaves the check to the base's schema.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct BaseOptions(pub Value);

/// Shows only the keys, because any of the values may be a secret.
impl fmt::Debug for BaseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.as_object().map(|options| options.keys().collect::<Vec<_>>());
        f.debug_tuple("BaseOptions").field(&keys.unwrap_or_default()).finish()
    }
}

impl JsonSchema for BaseOptions {
    fn schema_name() -> Cow<'static, str> {
        "BaseOptions".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}

/// The options of a provider that takes none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// The JSON Schema of the option type `O` (draft 2020-12, with subschemas inlined where that is possible).
fn schema_of<O: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<O>().into()
}

/// Reads options from JSON. An error names the path and the expected value, never the value that was found.
fn read<O: DeserializeOwned>(json: &str) -> Result<O> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "providerOptions".to_owned() } else { format!("providerOptions.{path}") };
        Error::invalid_options(format!("{place}: {}", without_value(&error.inner().to_string())))
    })
}

/// serde's message without the quoted value, and without the position in JSON text that the user has never seen.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(head, _)| head);
    let quotes_value = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    if quotes_value.iter().any(|start| message.starts_with(start)) {
        return match message.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => "not a value that is allowed here".to_owned(),
        };
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read through serde")]
    struct Options {
        secret: Secret,
        number: u8,
    }

    #[test]
    fn a_wrong_value_is_named_by_path_and_never_quoted() {
        let error = read::<Options>(r#"{"secret": "s", "number": "hunter2"}"#).unwrap_err();
        assert_eq!(error.message(), "providerOptions.number: expected u8");
        let error = read::<Options>(r#"{"secret": {"a": "hunter2"}, "number": 1}"#).unwrap_err();
        assert_eq!(error.message(), "providerOptions.secret: expected a string");
    }

    #[test]
    fn a_missing_option_is_named() {
        let error = read::<Options>(r#"{"number": 1}"#).unwrap_err();
        assert_eq!(error.message(), "providerOptions: missing field `secret`");
    }

    #[test]
    fn secrets_print_nothing_and_are_write_only() {
        assert_eq!(format!("{0:?} {0}", Secret::new("hunter2")), "•••••• ••••••");
        assert_eq!(schema_of::<Options>()["properties"]["secret"]["writeOnly"], true);
    }
}
