//! The rules for the fields of a plugin manifest. Later code relies on them.

use std::collections::BTreeSet;

use super::{ManifestError, PluginManifest, is_name};

/// Checks each field. The error is a reason for the user.
pub(super) fn fields(manifest: &PluginManifest) -> Result<(), String> {
    let named = |field: &str, value: &str, fits: bool| {
        if fits { Ok(()) } else { Err(format!("its `{field}` is {}", quoted(value))) }
    };
    named("name", &manifest.name, is_name(&manifest.name))?;
    named("version", &manifest.version, is_text(&manifest.version, 64))?;
    named("package", &manifest.package, is_package(&manifest.package))?;
    if let Some(base) = &manifest.extends {
        named("extends", base, is_name(base))?;
    }
    named("interface", &manifest.interface, is_version(&manifest.interface))?;
    named("target", &manifest.target, is_text(&manifest.target, 64))?;
    named("rustc", &manifest.rustc, manifest.rustc.is_empty() || is_text(&manifest.rustc, 128))?;
    if manifest.extensions.len() > 256 {
        return Err("it names more than 256 extensions".into());
    }
    for extension in &manifest.extensions {
        named("extensions", extension, is_text(extension, 128))?;
    }
    generations(manifest)
}

/// Checks the operating system and its C library. The ELF header already determines the machine.
pub(super) fn target(manifest: &PluginManifest) -> Result<(), ManifestError> {
    let parts: Vec<&str> = manifest.target.split('-').collect();
    let os = std::env::consts::OS;
    let env = match () {
        () if cfg!(target_env = "gnu") => "gnu",
        () if cfg!(target_env = "musl") => "musl",
        () => "",
    };
    let fits = parts.contains(&os) && parts.last().is_some_and(|last| last.starts_with(env));
    if fits {
        return Ok(());
    }
    Err(ManifestError::Foreign {
        found: manifest.target.clone(),
        host: format!("{}-{os}-{env}", std::env::consts::ARCH),
    })
}

fn generations(manifest: &PluginManifest) -> Result<(), String> {
    if manifest.generations.is_empty() {
        return Err("it offers no generation of the interface".into());
    }
    let mut seen = BTreeSet::new();
    for generation in &manifest.generations {
        if generation.generation == 0 || !seen.insert(generation.generation) {
            return Err(format!("it offers the generation {} twice, or it is 0", generation.generation));
        }
        if !is_symbol(&generation.symbol) {
            return Err(format!("its `symbol` is {}", quoted(&generation.symbol)));
        }
    }
    Ok(())
}

/// An untrusted value, escaped for a terminal and shortened.
fn quoted(value: &str) -> String {
    let short: String = value.chars().take(64).collect();
    format!("{short:?}")
}

fn is_text(value: &str, longest: usize) -> bool {
    (1..=longest).contains(&value.len()) && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn is_package(value: &str) -> bool {
    is_text(value, 64) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_symbol(value: &str) -> bool {
    is_text(value, 256)
        && !value.starts_with(|first: char| first.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the text is a version: three numbers with an optional semver suffix.
fn is_version(value: &str) -> bool {
    let core = value.split(['-', '+']).next().unwrap_or_default();
    is_text(value, 64) && core.split('.').count() == 3 && core.split('.').all(|number| number.parse::<u32>().is_ok())
}
