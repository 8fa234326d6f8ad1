//! The plugin manifest: the description of a provider in its library's ELF section `.longshore`.
//!
//! The section contains one JSON object for each exported provider, each on its own line that ends in `\n`. NUL bytes
//! between lines are padding. A library with no provider or with several is refused. Unknown fields are ignored: later
//! releases can add fields.

mod check;
pub(super) mod elf;
mod error;
mod name;

use std::fs::File;

use object::read::{ReadCache, ReadCacheOps, ReadRef};
use serde::{Deserialize, Deserializer};

use super::reader::Reader;
pub use error::{FORMAT, ManifestError};
pub use name::is_name;

/// The plugin manifest of a provider's library.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PluginManifest {
    /// The provider's name, as the configuration names it: `memory`.
    pub name: String,
    /// The version of the provider: `0.1.0`.
    pub version: String,
    /// The Cargo package that the library was compiled from.
    pub package: String,
    /// The name of the base provider, if this provider is an overlay.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub extends: Option<String>,
    /// The version of the interface crate that the library was compiled with: `1.0.0`.
    pub interface: String,
    /// The generations of the interface that the library offers, one symbol each. Never empty.
    pub generations: Vec<Generation>,
    /// The target triple that the library was compiled for.
    pub target: String,
    /// The compiler's version. It is informative only.
    #[serde(default)]
    pub rustc: String,
    /// The extensions that the provider implements.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// One generation of the interface that a library offers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Generation {
    /// The generation's number, from 1.
    pub generation: u32,
    /// The exported symbol that points to the header of that generation.
    pub symbol: String,
}

/// Reads the manifest of a whole library in memory. Runs none of its code.
pub fn read(bytes: &[u8]) -> Result<PluginManifest, ManifestError> {
    read_from(bytes).map(|(manifest, _)| manifest)
}

/// Reads the manifest of an open file with a few small reads. The position of the descriptor does not change.
pub fn read_open(file: &File) -> Result<PluginManifest, ManifestError> {
    read_file(Reader::new(file)).map(|(manifest, _)| manifest)
}

/// Reads the manifest from a file's headers with a few small reads. Also returns whether the library uses static TLS.
pub(super) fn read_file<R: ReadCacheOps>(file: R) -> Result<(PluginManifest, bool), ManifestError> {
    read_from(&ReadCache::new(file))
}

fn read_from<'data, R: ReadRef<'data>>(data: R) -> Result<(PluginManifest, bool), ManifestError> {
    let headers = elf::read(data)?;
    let lines = lines(headers.manifest.as_deref().unwrap_or_default())?;
    let manifest = match lines.as_slice() {
        [] => return Err(ManifestError::NoManifest),
        [line] => parse(line)?,
        several => {
            let names =
                several.iter().map(|line| parse(line).map_or_else(|_| "?".to_owned(), |manifest| manifest.name));
            return Err(ManifestError::Several { names: names.collect() });
        }
    };
    Ok((manifest, headers.static_tls))
}

/// The lines of the section, without padding.
fn lines(section: &[u8]) -> Result<Vec<&[u8]>, ManifestError> {
    let trim = |line: &'_ [u8]| line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
    let mut lines: Vec<&[u8]> = section.split(|byte| *byte == b'\n').map(|line| &line[trim(line)..]).collect();
    // Only padding can follow the last `\n`.
    match lines.pop() {
        Some([]) | None => {}
        Some(_) => return Err(ManifestError::Malformed { reason: "it does not end in a line feed".into() }),
    }
    lines.retain(|line| !line.is_empty());
    Ok(lines)
}

fn parse(line: &[u8]) -> Result<PluginManifest, ManifestError> {
    /// The format is read first, because it decides the meaning of the other fields.
    #[derive(Deserialize)]
    struct Format {
        longshore: u64,
    }
    let malformed = |error: serde_json::Error| ManifestError::Malformed { reason: error.to_string() };
    let Format { longshore } = serde_json::from_slice(line).map_err(malformed)?;
    if longshore > FORMAT {
        return Err(ManifestError::Future { format: longshore });
    }
    if longshore == 0 {
        return Err(ManifestError::Malformed { reason: "the format `0` was never used".into() });
    }
    let manifest: PluginManifest = serde_json::from_slice(line).map_err(malformed)?;
    check::fields(&manifest).map_err(|reason| ManifestError::Malformed { reason })?;
    check::target(&manifest)?;
    Ok(manifest)
}

fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"longshore":1,"name":"memory","version":"0.1.0","package":"longshore-example-memory","extends":"","interface":"1.0.0","generations":[{"generation":1,"symbol":"longshore_provider_memory"}],"target":"TARGET","rustc":"1.95.0","extensions":["list"],"later":{"x":1}}"#;

    fn good() -> String {
        let env = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
        GOOD.replace("TARGET", &format!("{}-unknown-linux-{env}", std::env::consts::ARCH))
    }

    #[test]
    fn a_note_is_read_and_unknown_fields_are_ignored() {
        let manifest = parse(good().as_bytes()).unwrap();
        assert_eq!((manifest.name.as_str(), manifest.extends), ("memory", None));
        assert_eq!(manifest.generations, [Generation { generation: 1, symbol: "longshore_provider_memory".into() }]);
    }

    #[test]
    fn padding_is_no_note_and_a_missing_line_feed_is_malformed() {
        assert_eq!(lines(b"\0\0{1}\n\0\0{2}\n\0\0").unwrap(), [b"{1}", b"{2}"]);
        assert!(lines(b"").unwrap().is_empty());
        assert!(matches!(lines(b"{1}\n{2}"), Err(ManifestError::Malformed { .. })));
    }

    #[test]
    fn a_later_format_is_told_apart_from_a_malformed_note() {
        let later = r#"{"longshore":2,"name":7}"#;
        assert!(matches!(parse(later.as_bytes()), Err(ManifestError::Future { format: 2 })));
        for malformed in ["", "{", "[]", r#"{"name":"memory"}"#, r#"{"longshore":0}"#, "\u{1b}[2J"] {
            assert!(matches!(parse(malformed.as_bytes()), Err(ManifestError::Malformed { .. })), "{malformed}");
        }
    }

    #[test]
    fn a_field_that_breaks_its_rule_is_malformed() {
        for (from, to) in [
            (r#""name":"memory""#, r#""name":"../memory""#),
            (r#""name":"memory""#, r#""name":"a..b""#),
            (r#""name":"memory""#, r#""name":"Memory""#),
            (r#""name":"memory""#, r#""name":"""#),
            (r#""extends":"""#, r#""extends":"/etc""#),
            (r#""interface":"1.0.0""#, r#""interface":"one""#),
            (r#""version":"0.1.0""#, r#""version":"\u001b[31m""#),
            (r#""generation":1"#, r#""generation":0"#),
            (r#"[{"generation":1,"symbol":"longshore_provider_memory"}]"#, "[]"),
            ("longshore_provider_memory\"", "exit now\""),
            (r#"["list"]"#, r#"["li\nst"]"#),
        ] {
            let text = good().replace(from, to);
            assert_ne!(text, good(), "{from} does not stand in the manifest");
            assert!(matches!(parse(text.as_bytes()), Err(ManifestError::Malformed { .. })), "{to}");
        }
    }

    #[test]
    fn another_operating_system_in_the_target_is_foreign() {
        let text = good().replace("-unknown-linux-", "-unknown-freebsd-");
        let error = parse(text.as_bytes()).unwrap_err();
        assert!(matches!(&error, ManifestError::Foreign { found, .. } if found.contains("freebsd")), "{error}");
    }
}
