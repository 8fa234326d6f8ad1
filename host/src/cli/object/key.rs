//! Keys of the command line, checked before anything is loaded.

use longshore_provider::key::check;

use crate::failure::Failure;

/// Refuses keys that could not be stored and read back as they stand.
pub(super) fn check_all<'a>(keys: impl IntoIterator<Item = &'a String>) -> Result<(), Failure> {
    let refused: Vec<String> =
        keys.into_iter().filter_map(|key| check(key).err()).map(|error| error.message().to_owned()).collect();
    if refused.is_empty() { Ok(()) } else { Err(Failure::Usage(refused.join("\n"))) }
}
