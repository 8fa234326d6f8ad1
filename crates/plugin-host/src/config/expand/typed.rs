//! The table `{ "$env" = "NAME", type = …, default = …, emptyIsUnset = … }`.

use super::Expansion;
use crate::config::environment::is_variable_name;
use crate::config::merge::ENV_KEY;
use crate::config::nearest;
use crate::config::node::{Node, Value};
use crate::config::origin::{Origin, Taken, Variable};

/// The types that a variable's text can be converted to, by the value of `type`.
pub(in crate::config) const TYPES: [&str; 6] = ["array", "bool", "float", "int", "json", "string"];

/// The keys of the table.
const KEYS: [&str; 4] = [ENV_KEY, "type", "default", EMPTY_IS_UNSET];

/// The key that makes an empty variable count as not set, as `:-` does in a text.
pub(in crate::config) const EMPTY_IS_UNSET: &str = "emptyIsUnset";

impl Expansion<'_> {
    /// Replaces the table by the value of its variable.
    pub(super) fn typed(&mut self, node: &mut Node) {
        let mut origin = node.origin.clone();
        node.value = self.resolve(node, &mut origin).unwrap_or(Value::Unresolved);
        node.origin = origin;
    }

    fn resolve(&mut self, node: &Node, origin: &mut Origin) -> Option<Value> {
        let table = node.as_table()?;
        let unknown: Vec<_> = table.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())).collect();
        for (key, entry) in &unknown {
            let hint = nearest::hint(key, KEYS);
            self.report(&entry.origin, "unknown key beside `$env`", Some(hint));
        }
        let (name, kind) = (self.name(table.get(ENV_KEY)?), self.kind(table.get("type")));
        let empty_is_unset = self.empty_is_unset(table.get(EMPTY_IS_UNSET));
        let (name, kind, empty_is_unset) = (name?, kind?, empty_is_unset?);
        if !unknown.is_empty() {
            return None;
        }
        let found = self.look_up(&name, origin).ok()?.filter(|text| !(empty_is_unset && text.is_empty()));
        let (value, taken) = match (found, table.get("default")) {
            (Some(text), _) => (self.read(&text, kind, &name, origin)?, Taken::Value),
            (None, Some(default)) => (self.default(default, kind, origin)?, Taken::Default),
            (None, None) => {
                self.missing(&name, origin, "`default = …` beside `$env`");
                return None;
            }
        };
        origin.variables.insert(0, Variable { name, taken });
        // The elements of an array or a table came from the variable too.
        Some(Node::new(value, origin.clone()).placed(origin).value)
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::String(name) if is_variable_name(name) => Some(name.clone()),
            _ => {
                let hint = "letters, digits and `_`, such as `CDN_URL`".to_owned();
                self.report(&node.origin, "`$env` does not name a variable", Some(hint));
                None
            }
        }
    }

    fn kind(&mut self, node: Option<&Node>) -> Option<&'static str> {
        let Some(node) = node else { return Some("string") };
        let kind = TYPES.into_iter().find(|known| matches!(&node.value, Value::String(name) if name == known));
        if kind.is_none() {
            self.report(&node.origin, format!("`type` is not one of {}", TYPES.join(", ")), None);
        }
        kind
    }

    fn empty_is_unset(&mut self, node: Option<&Node>) -> Option<bool> {
        match node.map(|node| &node.value) {
            None => Some(false),
            Some(Value::Boolean(value)) => Some(*value),
            Some(_) => {
                self.report(&node?.origin, format!("`{EMPTY_IS_UNSET}` is not `true` or `false`"), None);
                None
            }
        }
    }

    /// Converts the variable's text to the type `kind`.
    fn read(&mut self, text: &str, kind: &str, name: &str, origin: &Origin) -> Option<Value> {
        let (value, expected) = match kind {
            "int" => (text.trim().parse().ok().map(Value::Integer), "an integer"),
            "float" => {
                let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
                (number.map(Value::Float), "a number")
            }
            "bool" => (text.parse().ok().map(Value::Boolean), "exactly `true` or `false`"),
            "array" => (Some(array(text, origin)), "an array"),
            "json" => (serde_json::from_str(text).ok().and_then(|json| from_json(json, origin)), "JSON"),
            _ => (Some(Value::String(text.to_owned())), "a string"),
        };
        if value.is_none() {
            let advice = || format!("with `{EMPTY_IS_UNSET} = true` empty counts as not set");
            let (empty, hint) = if text.is_empty() { (", it is empty", Some(advice())) } else { ("", None) };
            self.report(origin, format!("the environment variable `{name}` is not {expected}{empty}"), hint);
        }
        value
    }

    /// The default. Its own variables are looked up only when it is needed.
    fn default(&mut self, node: &Node, kind: &str, origin: &mut Origin) -> Option<Value> {
        let fits = match (&node.value, kind) {
            (Value::String(_), "string") | (Value::Boolean(_), "bool") | (Value::Array(_), "array") | (_, "json") => {
                true
            }
            (Value::Integer(_), kind) => matches!(kind, "int" | "float"),
            (Value::Float(_), kind) => kind == "float",
            _ => false,
        };
        if !fits {
            self.report(&node.origin, format!("the default is {}, its `type` is {kind}", node.kind()), None);
            return None;
        }
        let mut default = node.clone();
        self.node(&mut default);
        origin.variables.append(&mut default.origin.variables);
        (default.value != Value::Unresolved).then_some(default.value)
    }
}

impl Node {
    /// The same value with its parts at `origin`, each with its own key.
    fn placed(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        match &mut self.value {
            Value::Array(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    let value = std::mem::replace(&mut element.value, Value::Null);
                    *element = Self::new(value, origin.clone()).placed(&origin.element(index));
                }
            }
            Value::Table(table) => {
                for (name, entry) in table.iter_mut() {
                    let value = std::mem::replace(&mut entry.value, Value::Null);
                    *entry = Self::new(value, origin.clone()).placed(&origin.entry(name));
                }
            }
            _ => {}
        }
        self
    }
}

/// Texts separated by commas, as in Strapi's `env.array`: one outer pair of brackets is dropped, and spaces and then
/// quotation marks around each part. Unlike in Strapi, an empty variable is an empty array, not an array with one empty
/// text.
fn array(text: &str, origin: &Origin) -> Value {
    let text = text.trim();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if inner.trim().is_empty() {
        return Value::Array(Vec::new());
    }
    let parts = inner.split(',').map(|part| part.trim_matches(' ').trim_matches('"'));
    Value::Array(parts.map(|part| Node::new(Value::String(part.to_owned()), origin.clone())).collect())
}

/// Returns `None` for a number that is not finite as an `f64`.
fn from_json(json: serde_json::Value, origin: &Origin) -> Option<Value> {
    let node = |json| Some(Node::new(from_json(json, origin)?, origin.clone()));
    Some(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::Float(number.as_f64().filter(|number| number.is_finite())?),
        },
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(elements) => Value::Array(elements.into_iter().map(node).collect::<Option<_>>()?),
        serde_json::Value::Object(entries) => {
            Value::Table(entries.into_iter().map(|(name, json)| Some((name, node(json)?))).collect::<Option<_>>()?)
        }
    })
}
