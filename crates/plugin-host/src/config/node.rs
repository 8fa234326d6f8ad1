//! A configured value with its origin.

use std::collections::BTreeMap;
use std::fmt;

use super::origin::{Origin, Source};

/// The entries of a table by their name.
pub type Table = BTreeMap<String, Node>;

/// A value, or a part of a larger value, with its origin.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The origin of the value.
    pub origin: Origin,
}

/// The value of a [`Node`]: the types of TOML, and `null`, which a variable of type `json` can contain.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// JSON's `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number; always finite.
    Float(f64),
    /// A text.
    String(String),
    /// A date, a time or both, as it was written.
    Datetime(String),
    /// An array.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
    /// A value whose variable could not be resolved. That problem is already reported, and checks skip the value to
    /// report further problems at once. A loaded configuration contains none.
    Unresolved,
}

impl Node {
    /// A value from `origin`.
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// An empty table that no file contains.
    pub fn empty(key: impl Into<String>) -> Self {
        Self::new(Value::Table(Table::new()), Origin::built_in(key))
    }

    /// The entries, if it is a table.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The entry of that name, if it is a table and has one.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_table()?.get(name)
    }

    /// The text, if the value is one. An override such as `--set …=0123` also counts as text, in its original form.
    pub fn as_text(&self) -> Option<&str> {
        match (&self.value, &self.origin.source) {
            (Value::String(text), _) => Some(text),
            (Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::Datetime(_), Source::Override(text)) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The part that a JSON pointer (RFC 6901) names.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        let mut node = self;
        for segment in pointer.split('/').skip(1) {
            let name = segment.replace("~1", "/").replace("~0", "~");
            node = match &node.value {
                Value::Table(table) => table.get(&name)?,
                Value::Array(elements) => elements.get(name.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The type with its article, for messages: `a string`.
    pub fn kind(&self) -> &'static str {
        self.value.kind()
    }

    /// The value as JSON. Dates become text. Unresolved values are left out of tables, and are `null` elsewhere.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Unresolved => serde_json::Value::Null,
            Value::Boolean(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::String(text) | Value::Datetime(text) => text.as_str().into(),
            Value::Array(elements) => elements.iter().map(Self::to_json).collect(),
            Value::Table(table) => table
                .iter()
                .filter(|(_, node)| node.value != Value::Unresolved)
                .map(|(name, node)| (name.clone(), node.to_json()))
                .collect(),
        }
    }
}

impl Value {
    /// The type with its article, for messages: `a string`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::String(_) => "a string",
            Self::Datetime(_) => "a date or time",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
            Self::Unresolved => "a missing variable",
        }
    }
}

/// Contains the type and the origin, never the value.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.kind(), self.origin)
    }
}

/// Contains the type, never the value.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}
