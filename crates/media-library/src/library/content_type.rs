//! The content type of a stored object, by its key.

use super::Context;
use crate::{MediaFile, Result};

/// How many underscores the name of a format may contain.
const MOST_UNDERSCORES: usize = 8;

impl Context {
    /// The content type of the file whose main object or format has `key`.
    pub(super) async fn content_type(&self, provider: &str, key: &str) -> Result<Option<String>> {
        let files = self.store.with_keys(&main_keys(key)).await?;
        Ok(files.iter().filter(|file| is_stored_by(file, provider)).find_map(|file| type_of(file, key)))
    }
}

fn is_stored_by(file: &MediaFile, provider: &str) -> bool {
    file.provider == provider || file.provider_chain.iter().any(|base| base == provider)
}

fn type_of(file: &MediaFile, key: &str) -> Option<String> {
    if file.key.as_deref() == Some(key) {
        return Some(file.mime.clone());
    }
    let format = file.formats.iter().flatten().find(|format| format.key.as_deref() == Some(key));
    format.map(|format| format.mime.clone())
}

/// The keys that the main object may have: `key` itself, or `key` without the name of a format at the start of its last
/// segment. Only the main key is indexed.
pub(super) fn main_keys(key: &str) -> Vec<String> {
    let (folder, name) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
    let stems = name.match_indices('_').take(MOST_UNDERSCORES).map(|(at, _)| &name[at + 1..]);
    std::iter::once(name).chain(stems).map(|name| format!("{folder}{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_key_is_the_key_without_the_name_of_the_format() {
        assert_eq!(main_keys("a.png"), ["a.png"]);
        assert_eq!(main_keys("x_y/thumbnail_a_1.png"), ["x_y/thumbnail_a_1.png", "x_y/a_1.png", "x_y/1.png"]);
        assert_eq!(main_keys(&"_".repeat(1000)).len(), 1 + MOST_UNDERSCORES);
    }
}
