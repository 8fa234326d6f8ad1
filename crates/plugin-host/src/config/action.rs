//! `actionOptions`: the configured options for each call of a provider.

use super::key::{Key, Kind, names};
use super::merge::merge;
use super::nearest;
use super::node::{Node, Value};
use super::problem::Problem;

/// The calls that accept options.
pub(super) const CALLS: [Key; 9] = [
    call("checkFileSize", "Goes with the check of a file's size."),
    call("delete", "Goes with each deletion."),
    call("getSignedUrl", "Goes with each signed URL."),
    call("head", "Goes with each look at what is known of a file."),
    call("health", "Goes with each check of the provider's health."),
    call("isPrivate", "Goes with the question whether the provider is private."),
    call("open", "Goes with each reading of a file."),
    call("upload", "Goes with each upload and replacement, below `uploadStream`."),
    call("uploadStream", "Goes with each upload and replacement."),
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
