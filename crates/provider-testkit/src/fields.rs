//! The options that a provider's schema describes.

use longshore_provider::serde_json::{Map, Value};

/// One option, at the top or within a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The names of the enclosing tables and of the option itself.
    pub(crate) path: Vec<String>,
    /// The JSON types that the value may have. Empty if the schema allows every type.
    pub(crate) types: Vec<String>,
    /// The value of `writeOnly`, which marks a secret. `None` if the schema does not set it.
    pub(crate) write_only: Option<bool>,
    /// Whether the schema describes the option.
    pub(crate) described: bool,
    /// Whether the option is a table with options of its own.
    pub(crate) table: bool,
    /// Whether the enclosing table requires the option.
    pub(crate) required: bool,
}

impl Field {
    /// Whether the schema marks the value as a secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.write_only == Some(true)
    }

    /// The dotted path.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }

    /// The option's own name, without the enclosing tables.
    pub(crate) fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether the value may be of the JSON type `kind`.
    pub(crate) fn takes(&self, kind: &str) -> bool {
        self.types.is_empty()
            || self.types.iter().any(|known| known == kind || (known == "number" && kind == "integer"))
    }
}

/// Every option in `schema`. Tables come before their options.
pub(crate) fn fields(schema: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    collect(schema, schema, &[], 0, &mut found);
    found
}

/// `options` with `value` at `path`. `None` if an enclosing table is missing.
pub(crate) fn with(options: &Value, path: &[String], value: Value) -> Option<Value> {
    let mut changed = if options.is_object() { options.clone() } else { Value::Object(Map::new()) };
    let (last, tables) = path.split_last()?;
    let mut at = &mut changed;
    for table in tables {
        at = at.as_object_mut()?.get_mut(table)?;
    }
    at.as_object_mut()?.insert(last.clone(), value);
    Some(changed)
}

/// `options` without the value at `path`. `None` if there is no value.
pub(crate) fn without(options: &Value, path: &[String]) -> Option<Value> {
    let mut changed = options.clone();
    let (last, tables) = path.split_last()?;
    let mut at = &mut changed;
    for table in tables {
        at = at.as_object_mut()?.get_mut(table)?;
    }
    at.as_object_mut()?.remove(last)?;
    Some(changed)
}

/// Whether `name` probably names a secret.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ["secret", "password", "passwd", "passphrase", "token", "apikey", "accesskey", "privatekey", "secretkey"]
        .iter()
        .any(|end| plain.ends_with(end))
}

fn collect(root: &Value, schema: &Value, path: &[String], depth: usize, found: &mut Vec<Field>) {
    // Limit the depth, because a schema may refer to itself.
    if depth > 8 {
        return;
    }
    for part in alternatives(root, schema, 0) {
        let required: Vec<&str> = part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let path: Vec<String> = path.iter().chain([name]).cloned().collect();
            if found.iter().any(|known| known.path == path) {
                continue;
            }
            let parts = alternatives(root, property, 0);
            let described = |part: &&Value| part["description"].as_str().is_some_and(|text| !text.trim().is_empty());
            found.push(Field {
                types: types(&parts),
                write_only: secrecy([property].into_iter().chain(parts.iter().copied())),
                described: described(&property) || parts.iter().any(described),
                table: parts.iter().any(|part| part["properties"].is_object()),
                required: required.contains(&name.as_str()),
                path: path.clone(),
            });
            collect(root, property, &path, depth + 1, found);
        }
    }
}

/// Whether any of `parts` marks the value as a secret. `None` if no part sets `writeOnly`.
fn secrecy<'a>(parts: impl Iterator<Item = &'a Value>) -> Option<bool> {
    parts.filter_map(|part| part["writeOnly"].as_bool()).reduce(|one, other| one || other)
}

/// The types of all `parts` together. Empty if one of the parts allows every type.
fn types(parts: &[&Value]) -> Vec<String> {
    let mut types = Vec::new();
    for part in parts {
        match &part["type"] {
            Value::String(one) => types.push(one.clone()),
            Value::Array(several) => types.extend(several.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => match part["const"].as_str().or(part["enum"][0].as_str()) {
                Some(_) => types.push("string".to_owned()),
                None => return Vec::new(),
            },
        }
    }
    types
}

/// The alternatives of a schema: the target of a reference, the members of a combination, or the schema itself.
fn alternatives<'a>(root: &'a Value, schema: &'a Value, depth: usize) -> Vec<&'a Value> {
    if depth > 8 {
        return Vec::new();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map(|target| alternatives(root, target, depth + 1)).unwrap_or_default();
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(parts) = schema[key].as_array() {
            return parts.iter().flat_map(|part| alternatives(root, part, depth + 1)).collect();
        }
    }
    vec![schema]
}

#[cfg(test)]
mod tests {
    use longshore_provider::serde_json::json;

    use super::*;

    #[test]
    fn fields_are_found_behind_references_and_alternatives() {
        let schema = json!({
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": { "type": "integer", "description": "number" },
                "b": { "anyOf": [{ "$ref": "#/$defs/B" }, { "type": "null" }] },
                "c": { "type": ["string", "null"], "writeOnly": true },
                "d": {}
            },
            "$defs": { "B": { "type": "object", "properties": { "x": { "type": "boolean" } } } }
        });
        let fields = fields(&schema);
        let names: Vec<String> = fields.iter().map(Field::name).collect();
        assert_eq!(names, ["a", "b", "b.x", "c", "d"]);
        assert!(fields[0].required && fields[0].described && fields[0].takes("integer") && !fields[0].takes("string"));
        assert!(fields[1].table && fields[1].takes("null") && !fields[1].described);
        assert!(fields[3].is_secret() && fields[4].takes("array"));
    }

    #[test]
    fn values_are_put_in_and_taken_out() {
        let options = json!({ "a": { "b": 1 } });
        let path = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(with(&options, &path(&["a", "c"]), json!(2)), Some(json!({ "a": { "b": 1, "c": 2 } })));
        assert_eq!(with(&options, &path(&["x", "c"]), json!(2)), None);
        assert_eq!(without(&options, &path(&["a", "b"])), Some(json!({ "a": {} })));
        assert_eq!(without(&options, &path(&["a", "c"])), None);
    }

    #[test]
    fn a_schema_says_what_is_no_secret_either() {
        let schema = json!({ "properties": {
            "a": { "type": "string", "writeOnly": false },
            "b": { "anyOf": [{ "type": "string", "writeOnly": true }, { "type": "null" }] },
            "c": { "type": "string" },
        } });
        let marked: Vec<Option<bool>> = fields(&schema).into_iter().map(|field| field.write_only).collect();
        assert_eq!(marked, [Some(false), Some(true), None]);
    }

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["password", "secretAccessKey", "api_key", "sessionToken", "clientSecret"] {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["accessKeyId", "keyboard", "directory", "secretName", "tokens"] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
