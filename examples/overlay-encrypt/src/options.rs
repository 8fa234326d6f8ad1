//! The overlay's own table in `providerOptions`. The rest belongs to its base.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use longshore_provider::{Error, Result, Secret, serde_json::Value};
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::keys::MasterKey;

/// With or without `=` at the end: both are what tools print.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The options: a table of the overlay's own, and beside it those of the base, which checks them itself. So unknown
/// ones are not refused here, as `options!` would have it.
#[derive(Deserialize, JsonSchema)]
pub struct EncryptOptions {
    /// How files are encrypted. Everything beside this table is the base's.
    pub(crate) encryption: Encryption,
}

longshore_provider::options! {
    /// How files are encrypted.
    pub struct Encryption {
        /// The master key: 32 random bytes in base64, such as `openssl rand -base64 32` prints. Whoever loses it loses
        /// the files.
        key: Secret,
        /// Whether files that were stored before, without encryption, are returned. Anybody with write access to
        /// the storage can then replace an encrypted file by a plain one.
        #[serde(default)]
        pub(crate) allow_plaintext: bool,
    }
}

impl Encryption {
    /// The key itself.
    pub(crate) fn master_key(&self) -> Result<MasterKey> {
        let decoded = BASE64.decode(self.key.expose().trim()).ok().map(Zeroizing::new);
        let bytes = decoded.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        bytes.map(|bytes| MasterKey::new(Zeroizing::new(bytes))).ok_or_else(|| {
            Error::invalid_options(
                "providerOptions.encryption.key has to be 32 random bytes in base64; `openssl rand -base64 32` makes them",
            )
        })
    }
}

/// The base's options: everything but the overlay's table.
pub(crate) fn of_base(mut options: Value) -> Value {
    if let Some(table) = options.as_object_mut() {
        table.remove("encryption");
    }
    options
}

#[cfg(test)]
mod tests {
    use longshore_provider::{ErrorKind, serde_json::json};

    use super::*;

    fn with_key(key: &str) -> Result<MasterKey> {
        Encryption { key: Secret::new(key), allow_plaintext: false }.master_key()
    }

    #[test]
    fn a_key_is_32_bytes_in_base64_with_or_without_padding() {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        assert!(with_key(key).is_ok());
        assert!(with_key(&format!("{}\n", key.trim_end_matches('='))).is_ok());
    }

    #[test]
    fn another_key_is_refused_and_never_quoted() {
        for key in ["", "hunter2-hunter2", "AAECAwQFBgcICQoLDA0ODw==", &"A".repeat(64)] {
            let error = with_key(key).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidOptions);
            assert!(error.message().starts_with("providerOptions.encryption.key has to be 32 random bytes"), "{error}");
            assert!(key.is_empty() || !format!("{error:?}").contains(key), "{error:?}");
        }
    }

    #[test]
    fn the_base_gets_everything_else() {
        let options = json!({ "directory": "uploads", "encryption": { "key": "k" } });
        assert_eq!(of_base(options), json!({ "directory": "uploads" }));
    }
}
