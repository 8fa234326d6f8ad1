//! Reads a configuration file, within limits.
//!
//! A configuration decides which libraries run and where files are stored, and is held to the same ownership rules as a
//! library: only root, the effective user and trusted users may have permission to write it.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::problem::Problem;
use crate::library::{RefusedError, Trust, open_trusted};

/// No real configuration is that large. The limit catches a wrong path to a large file.
const LIMIT: u64 = 1024 * 1024;

/// Returns the file's text without a byte order mark; `None` if the file does not exist. `label` names the file in
/// problems.
pub(super) fn read(path: &Path, label: &Path, trust: &Trust) -> Result<Option<String>, Problem> {
    let failed = |error: &std::io::Error| Problem::in_file(label, format!("failed to read the file: {error}"));
    // Check the kind before opening: opening a pipe would wait for its writer.
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
    let file = open_trusted(path, trust).map_err(|error| match error {
        RefusedError::Io { source, .. } => failed(&source),
        refused => refusal(label, &refused),
    })?;
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

/// Converts the refusal into a problem.
fn refusal(label: &Path, refused: &RefusedError) -> Problem {
    let problem = Problem::in_file(label, refused.to_string());
    match refused.hint() {
        Some(hint) => problem.with_hint(hint),
        None => problem,
    }
}
