//! Reading a configuration file, within limits.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::problem::Problem;

/// No configuration comes near it; a mistaken path to a large file does.
const LIMIT: u64 = 1024 * 1024;

/// The file's text without a byte order mark; `None` when there is no such file. `label` names it in problems.
pub(super) fn read(path: &Path, label: &Path) -> Result<Option<String>, Problem> {
    let failed = |error: &std::io::Error| Problem::in_file(label, format!("failed to read the file: {error}"));
    // Checked before it is opened: opening a pipe would wait for its writer.
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match fs::symlink_metadata(path) {
                Ok(_) => Err(Problem::in_file(label, "a symbolic link to a file that does not exist")),
                Err(_) => Ok(None),
            };
        }
        Err(error) => return Err(failed(&error)),
        Ok(metadata) if metadata.is_dir() => return Err(Problem::in_file(label, "a folder where a file is expected")),
        Ok(metadata) if !metadata.is_file() => return Err(Problem::in_file(label, "not a regular file")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Problem::in_file(label, "larger than 1 MiB, the limit for a configuration file"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let lines = before.split(|byte| *byte == b'\n').count();
        Problem::in_file(label, "not UTF-8 text").on_line(u32::try_from(lines).unwrap_or(u32::MAX), None)
    })?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
