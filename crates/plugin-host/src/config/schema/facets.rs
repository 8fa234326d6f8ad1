//! All parts of a schema that apply to one value.

use serde_json::{Map, Value};

/// Keywords that describe a value without restricting it.
const ANNOTATIONS: [&str; 10] = [
    "$comment",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "format",
    "readOnly",
    "title",
    "writeOnly",
];

/// The schema of a value, with the targets of its references (`$ref` within the document) and its alternatives
/// (`anyOf`, `oneOf`, `allOf`), in one list. A fact about the value may come from any of them.
pub(in crate::config) struct Facets<'s> {
    root: &'s Value,
    list: Vec<&'s Value>,
}

/// The JSON types that the schema of a value accepts.
#[expect(clippy::struct_excessive_bools, reason = "each stands for one type, in any combination")]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types {
    pub(super) integer: bool,
    pub(super) number: bool,
    pub(super) boolean: bool,
    pub(super) string: bool,
}

impl<'s> Facets<'s> {
    /// The facets of the whole document.
    pub(in crate::config) fn of(root: &'s Value) -> Self {
        Self { root, list: Vec::new() }.and(root)
    }

    /// The facets of the entry `name`, if the schema names it.
    pub(in crate::config) fn property(&self, name: &str) -> Option<Self> {
        let found = self.children(|facet| facet.get("properties")?.get(name));
        (!found.list.is_empty()).then_some(found)
    }

    /// The facets of the entry `name`, including the schema for arbitrary names.
    pub(in crate::config) fn entry(&self, name: &str) -> Self {
        self.property(name).unwrap_or_else(|| {
            self.children(|facet| facet.get("additionalProperties").filter(|value| value.is_object()))
        })
    }

    /// The facets of an array's element.
    pub(in crate::config) fn element(&self, index: usize) -> Self {
        self.children(|facet| {
            let prefix = facet.get("prefixItems").and_then(|items| items.get(index));
            prefix.or_else(|| facet.get("items"))
        })
    }

    /// The facets of the value at a JSON pointer into an instance.
    pub(super) fn pointer(&self, pointer: &str) -> Self {
        pointer.split('/').skip(1).fold(Self { root: self.root, list: self.list.clone() }, |facets, segment| {
            let name = segment.replace("~1", "/").replace("~0", "~");
            let mut found = facets.entry(&name);
            if let Ok(index) = name.parse() {
                found.list.extend(facets.element(index).list);
            }
            found
        })
    }

    /// The names of the entries that the schema knows.
    pub(super) fn known_names(&self) -> Vec<&'s str> {
        let tables = self.list.iter().filter_map(|facet| facet.get("properties")?.as_object());
        tables.flat_map(Map::keys).map(String::as_str).collect()
    }

    /// The present name of the entry `name`, if the schema marks it as renamed.
    pub(super) fn renamed(&self, name: &str) -> Option<&'s str> {
        self.list.iter().find_map(|facet| facet.get("x-renamed")?.get(name)?.as_str())
    }

    /// Whether the entry `name` is required.
    pub(super) fn requires(&self, name: &str) -> bool {
        let required = self.list.iter().filter_map(|facet| facet.get("required")?.as_array());
        required.flatten().any(|required| required == name)
    }

    /// Whether the value is a secret.
    pub(in crate::config) fn is_write_only(&self) -> bool {
        self.list.iter().any(|facet| facet.get("writeOnly") == Some(&Value::Bool(true)))
    }

    /// The types that the value may have.
    pub(super) fn types(&self) -> Types {
        let mut types = Types::default();
        for facet in &self.list {
            let Some(keywords) = facet.as_object() else {
                types.string |= **facet == Value::Bool(true);
                continue;
            };
            match (keywords.get("type"), keywords.get("enum"), keywords.get("const")) {
                (Some(Value::String(name)), ..) => types.add(name),
                (Some(Value::Array(names)), ..) => {
                    names.iter().filter_map(Value::as_str).for_each(|name| types.add(name));
                }
                (_, Some(Value::Array(values)), _) => values.iter().for_each(|value| types.add(type_of(value))),
                (_, _, Some(value)) => types.add(type_of(value)),
                // A schema without restrictions also accepts text.
                _ => types.string |= keywords.keys().all(|key| ANNOTATIONS.contains(&key.as_str())),
            }
        }
        types
    }

    fn children(&self, child: impl Fn(&'s Value) -> Option<&'s Value>) -> Self {
        let empty = Self { root: self.root, list: Vec::new() };
        self.list.iter().filter_map(|facet| child(facet)).fold(empty, Self::and)
    }

    /// Adds a schema with its references and alternatives. Each schema is added only once, which also ends cycles.
    fn and(mut self, schema: &'s Value) -> Self {
        if self.list.iter().any(|known| std::ptr::eq(*known, schema)) {
            return self;
        }
        self.list.push(schema);
        if let Some(Value::String(target)) = schema.get("$ref")
            && let Some(target) = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
        {
            self = self.and(target);
        }
        let alternatives = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema.get(name)?.as_array());
        alternatives.flatten().fold(self, Self::and)
    }
}

impl Types {
    /// Whether text must be converted to another type.
    pub(super) fn want_other_than_text(self) -> bool {
        !self.string && (self.integer || self.number || self.boolean)
    }

    fn add(&mut self, name: &str) {
        match name {
            "integer" => self.integer = true,
            "number" => self.number = true,
            "boolean" => self.boolean = true,
            "string" => self.string = true,
            _ => {}
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Null | Value::Array(_) | Value::Object(_) => "other",
    }
}
