//! Laying one configuration over another.

use super::node::{Node, Value};

/// The key that makes a table name an environment variable instead of holding entries.
pub(super) const ENV_KEY: &str = "$env";

/// Lays `over` over `base`: tables by key, everything else replaced, arrays too.
pub(super) fn merge(base: &mut Node, over: Node) {
    // A table that names a variable is a value: half of one and half of another would be neither.
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

/// Whether it is a table with the key `$env`.
pub(super) fn names_variable(node: &Node) -> bool {
    node.get(ENV_KEY).is_some()
}
