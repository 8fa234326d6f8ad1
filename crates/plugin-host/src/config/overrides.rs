//! Overrides of the command line: `--set key.path=value`.

use toml::de::{DeTable, DeValue};

use super::node::{Node, Table, Value};
use super::origin::{Origin, join};
use super::parse::parse_override;
use super::problem::Problem;

/// Checks that a text is an override. Command lines call this function before they read any file. The problem does not
/// repeat the text.
pub fn check_override(text: &str) -> Result<(), Problem> {
    split(text).map(drop).ok_or_else(malformed)
}

/// Converts one override into a tree with that value alone, which is merged like a file. The problem does not repeat
/// the text.
pub(super) fn parse(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let Some((path, value)) = split(text) else {
        problems.push(malformed());
        return None;
    };
    let key = path.iter().fold(String::new(), |key, name| join(&key, name));
    let mut node = parse_override(value, &key, problems);
    let origin = Origin { key: String::new(), ..node.origin.clone() };
    for depth in (0..path.len()).rev() {
        let key = path[..depth].iter().fold(String::new(), |key, name| join(&key, name));
        let table = Table::from([(path[depth].clone(), node)]);
        node = Node::new(Value::Table(table), Origin { key, ..origin.clone() });
    }
    Some(node)
}

fn malformed() -> Problem {
    Problem::new("an override is not of the form `key.path=value`")
        .with_hint("such as `upload.config.provider=local`; a key that has other characters is quoted")
}

/// The names in the path, and the text of the value.
fn split(text: &str) -> Option<(Vec<String>, &str)> {
    // The key ends at the first `=` after which the left side is a valid TOML key, because quoted keys may contain `=`.
    text.match_indices('=').find_map(|(at, _)| Some((path(&text[..at])?, &text[at + 1..])))
}

fn path(key: &str) -> Option<Vec<String>> {
    if key.contains('\n') {
        return None;
    }
    let document = format!("{key} = 0");
    let mut table = DeTable::parse(&document).ok()?.into_inner();
    let mut names = Vec::new();
    loop {
        let (name, value) = table.into_iter().next()?;
        names.push(name.into_inner().into_owned());
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => return Some(names),
        }
    }
}
