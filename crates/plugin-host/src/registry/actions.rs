//! `actionOptions`: the configured options for each call, prepared once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::config::{Node, action_options};

/// The calls that carry options.
const CALLS: [&str; 6] = ["upload", "delete", "open", "head", "health", "getSignedUrl"];

/// The options of each call.
pub(super) struct Actions {
    configured: Map<String, Value>,
    calls: BTreeMap<&'static str, Map<String, Value>>,
}

impl Actions {
    pub(super) fn new(options: &Node) -> Self {
        let calls = CALLS.into_iter().map(|call| (call, object(action_options(options, call))));
        Self { configured: object(options.to_json()), calls: calls.collect() }
    }

    /// No configured options.
    pub(super) fn none() -> Self {
        Self { configured: Map::new(), calls: BTreeMap::new() }
    }

    /// The configured tables by method name.
    pub(super) fn configured(&self) -> &Map<String, Value> {
        &self.configured
    }

    /// The options of one call.
    pub(super) fn of(&self, call: &str) -> Map<String, Value> {
        self.calls.get(call).cloned().unwrap_or_default()
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
