//! Reads a provider's options from a separate file.

use std::path::Path;

use super::environment::ProcessEnvironment;
use super::expand::expand;
use super::node::Node;
use super::parse::parse_file;
use super::problem::{Problem, Problems};
use super::read::read;
use super::trusted::trusted_users;
use crate::library::Trust;

/// Reads the content of `providerOptions` from a separate file, with variables from the environment.
///
/// # Errors
///
/// The file does not exist, or has the returned problems.
pub fn read_options(path: &Path) -> Result<Node, Problems> {
    let trust = Trust { users: trusted_users(&ProcessEnvironment, &mut Vec::new()) };
    let Some(text) = read(path, path, &trust)? else {
        return Err(Problem::in_file(path, "there is no such file").into());
    };
    let mut problems = Vec::new();
    let node = parse_file(&text, path, &mut problems);
    let node = node.map(|mut node| {
        expand(&mut node, &ProcessEnvironment, &mut problems);
        node
    });
    match (node, Problems::from_list(problems)) {
        (_, Some(problems)) => Err(problems),
        (Some(node), None) => Ok(node),
        (None, None) => Err(Problem::in_file(path, "not valid TOML").into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_of_options_is_the_table_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("options.toml");
        std::fs::write(&path, "directory = \"files\"\n[s3Options]\nport = 7\n").unwrap();
        assert_eq!(read_options(&path).unwrap().to_json(), json!({ "directory": "files", "s3Options": { "port": 7 } }));
        std::fs::write(&path, "directory = \"${LONGSHORE_NOT_SET_ANYWHERE}\"\n").unwrap();
        assert!(read_options(&path).unwrap_err().to_string().contains("LONGSHORE_NOT_SET_ANYWHERE"));
        assert!(read_options(&folder.path().join("none.toml")).is_err());
    }
}
