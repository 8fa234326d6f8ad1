//! `actionOptions`: what goes with each call of a provider.

use super::merge::merge;
use super::nearest;
use super::node::{Node, Value};
use super::problem::Problem;

/// The calls that options can go with.
const CALLS: [&str; 9] =
    ["checkFileSize", "delete", "getSignedUrl", "head", "health", "isPrivate", "open", "upload", "uploadStream"];

/// The part of `actionOptions` that goes with a call, as JSON; an empty object when there is none.
///
/// There is one way to upload, so for `upload`, `uploadStream` and `replace` it is what `uploadStream` says, laid over
/// what `upload` says.
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

/// What an action's options may be is the provider's to say; that they are a table of a known call's is ours.
pub(super) fn check(options: &Node, problems: &mut Vec<Problem>) {
    for (name, node) in options.as_table().into_iter().flatten() {
        if !CALLS.contains(&name.as_str()) {
            problems.push(Problem::at(&node.origin, "unknown key").with_hint(nearest::hint(name, CALLS)));
        } else if !matches!(node.value, Value::Table(_) | Value::Unresolved) {
            let message = format!("expected a table, found {}", node.kind());
            problems.push(Problem::of_value(&node.origin, message));
        }
    }
}
