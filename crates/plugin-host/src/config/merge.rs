//! Merges one configuration over another.

use super::node::{Node, Value};

/// The key that makes a table name an environment variable instead of holding entries.
pub(super) const ENV_KEY: &str = "$env";

/// Merges `over` over `base`: tables by key. Every other value is replaced as a whole, including arrays.
pub(super) fn merge(base: &mut Node, over: Node) {
    // A table that names a variable is a single value, and merging it key by key would mix two values.
    let whole = names_variable(base) || names_variable(&over);
    match (&mut base.value, over.value) {
        (Value::Table(below), Value::Table(above)) if !whole => {
            for (name, node) in above {
                match below.get_mut(&name) {
                    Some(existing) => merge(existing, node),
                    None => {
                        below.insert(name, node);
                    }
                }
            }
        }
        (_, value) => *base = Node::new(value, over.origin),
    }
}

/// Whether the value is a table with the key `$env`.
pub(super) fn names_variable(node: &Node) -> bool {
    node.get(ENV_KEY).is_some()
}
