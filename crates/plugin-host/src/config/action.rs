//! `actionOptions`: the configured options for each call of a provider.

use super::key::{Key, Kind, names};
use super::merge::merge;
use super::nearest;
use super::node::{Node, Value};
use super::problem::Problem;

/// The calls that accept options.
pub(super) const CALLS: [Key; 9] = [
    call("checkFileSize", "Action options for the check of a file's size."),
    call("delete", "Action options for deletions."),
    call("getSignedUrl", "Action options for signed URLs."),
    call("head", "Action options for reading metadata."),
    call("health", "Action options for the check of the provider's health."),
    call("isPrivate", "Action options for `is_private`."),
    call("open", "Action options for reading files."),
    call("upload", "Action options for uploads and replacements. `uploadStream` overrides them."),
    call("uploadStream", "Action options for uploads and replacements."),
];

const fn call(name: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Anything, about)
}

/// The part of `actionOptions` for a call, as JSON; an empty object if there is none.
///
/// The host has only one way to upload. For `upload`, `uploadStream` and `replace` the result is the table
/// `uploadStream`, merged over the table `upload`.
pub fn action_options(options: &Node, call: &str) -> serde_json::Value {
    let part = match call {
        "upload" | "uploadStream" | "replace" => match (options.get("upload"), options.get("uploadStream")) {
            (Some(below), Some(above)) => {
                let mut merged = below.clone();
                merge(&mut merged, above.clone());
                Some(merged)
            }
            (one, other) => one.or(other).cloned(),
        },
        _ => options.get(call).cloned(),
    };
    part.map_or_else(|| serde_json::Value::Object(serde_json::Map::new()), |part| part.to_json())
}

/// Checks that the options are tables of known calls. The provider checks the contents of the tables.
pub(super) fn check(options: &Node, problems: &mut Vec<Problem>) {
    for (name, node) in options.as_table().into_iter().flatten() {
        if !names(&CALLS).any(|known| known == name) {
            problems.push(Problem::at(&node.origin, "unknown key").with_hint(nearest::hint(name, names(&CALLS))));
        } else if !matches!(node.value, Value::Table(_) | Value::Unresolved) {
            let message = format!("expected a table, found {}", node.kind());
            problems.push(Problem::of_value(&node.origin, message));
        }
    }
}
