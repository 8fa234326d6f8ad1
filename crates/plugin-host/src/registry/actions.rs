//! `actionOptions`: what the configuration adds to each call.

use serde_json::{Map, Value};

/// The options of each method, as calls carry them.
#[derive(Clone, Debug, Default)]
pub(super) struct Actions {
    all: Map<String, Value>,
    upload: Map<String, Value>,
}

impl Actions {
    /// There is one way to upload: `uploadStream` applies, with `upload` merged under it.
    pub(super) fn new(options: Value) -> Self {
        let Value::Object(all) = options else { return Self::default() };
        let mut upload = table(&all, "upload");
        upload.extend(table(&all, "uploadStream"));
        Self { all, upload }
    }

    /// As configured: method name to table.
    pub(super) fn all(&self) -> &Map<String, Value> {
        &self.all
    }

    /// For uploads and replacements.
    pub(super) fn upload(&self) -> Map<String, Value> {
        self.upload.clone()
    }

    /// For any other method.
    pub(super) fn of(&self, method: &str) -> Map<String, Value> {
        table(&self.all, method)
    }
}

fn table(all: &Map<String, Value>, method: &str) -> Map<String, Value> {
    match all.get(method) {
        Some(Value::Object(table)) => table.clone(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn upload_is_merged_under_upload_stream() {
        let actions = Actions::new(json!({
            "upload": { "CacheControl": "no-cache", "ACL": "private" },
            "uploadStream": { "ACL": "public-read" },
            "delete": {},
        }));
        assert_eq!(Value::Object(actions.upload()), json!({ "CacheControl": "no-cache", "ACL": "public-read" }));
        assert!(actions.of("delete").is_empty() && actions.of("head").is_empty());
    }
}
