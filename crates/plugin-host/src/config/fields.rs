//! Reads a table with known keys.

use std::time::Duration;

use super::key::{self, Key};
use super::nearest;
use super::node::{Node, Table, Value};
use super::problem::Problem;

/// A table that is being read. Unknown keys are reported when the table is opened, and wrong types when a key is read.
///
/// A missing, invalid or unresolved key reads as `None`. An empty text for a number or boolean also reads as `None`,
/// because an empty variable results in an empty text.
pub(super) struct Fields<'a, 'p> {
    table: Option<&'a Table>,
    known: &'static [Key],
    problems: &'p mut Vec<Problem>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Opens `node`, if there is one. `unknown` returns the hint for a key that is not in `known`. Only keys in `known`
    /// can be read.
    pub(super) fn open(
        node: Option<&'a Node>,
        known: &'static [Key],
        problems: &'p mut Vec<Problem>,
        unknown: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let table = node.and_then(|node| table(node, problems));
        for (name, entry) in
            table.into_iter().flatten().filter(|(name, _)| !key::names(known).any(|known| known == *name))
        {
            let hint = unknown(name).unwrap_or_else(|| nearest::hint(name, key::names(known)));
            problems.push(Problem::at(&entry.origin, "unknown key").with_hint(hint));
        }
        Self { table, known, problems }
    }

    /// The unconverted entry.
    pub(super) fn node(&self, name: &str) -> Option<&'a Node> {
        self.key(name);
        self.table?.get(name).filter(|node| node.value != Value::Unresolved)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let node = self.node(name)?;
        let text = node.as_text();
        if text.is_none() {
            self.wrong(node, "a string");
        }
        text
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let node = self.node(name)?;
        match &node.value {
            Value::Boolean(value) => return Some(*value),
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) if text == "true" || text == "false" => return Some(text == "true"),
            _ => {}
        }
        self.wrong(node, "`true` or `false`");
        None
    }

    /// A whole number within the limits of the key. `T` must be able to hold the number.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, name: &str) -> Option<T> {
        let node = self.node(name)?;
        let limits = self.key(name).limits().expect("a number's key has limits");
        T::try_from(integer(node, limits, self.problems)?).ok()
    }

    /// A number of seconds.
    pub(super) fn seconds(&mut self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_secs)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let node = self.node(name)?;
        let Value::Array(elements) = &node.value else {
            self.wrong(node, "an array of strings");
            return None;
        };
        let mut texts = Vec::new();
        for element in elements.iter().filter(|element| element.value != Value::Unresolved) {
            match element.as_text() {
                Some(text) => texts.push(text.to_owned()),
                None => self.wrong(element, "a string"),
            }
        }
        Some(texts)
    }

    /// A table with arbitrary keys.
    pub(super) fn table(&mut self, name: &str) -> Option<&'a Node> {
        let node = self.node(name)?;
        table(node, self.problems).map(|_| node)
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn key(&self, name: &str) -> &'static Key {
        self.known.iter().find(|key| key.name == name).expect("what is read is a known key")
    }

    fn wrong(&mut self, node: &Node, expected: &str) {
        self.problems.push(wrong(node, expected));
    }
}

/// A whole number within the limits, which may also be written as text.
pub(super) fn integer(node: &Node, (least, most): (u64, u64), problems: &mut Vec<Problem>) -> Option<u64> {
    let value = match &node.value {
        Value::Unresolved => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text.trim().parse::<i64>().ok(),
        Value::Integer(value) => Some(*value),
        _ => None,
    };
    let Some(value) = value else {
        problems.push(wrong(node, "an integer"));
        return None;
    };
    let expected = match u64::try_from(value) {
        Ok(value) if value > most => format!("an integer of at most {most}"),
        Ok(value) if value >= least => return Some(value),
        _ => format!("an integer of at least {least}"),
    };
    problems.push(Problem::of_value(&node.origin, format!("expected {expected}")));
    None
}

fn table<'a>(node: &'a Node, problems: &mut Vec<Problem>) -> Option<&'a Table> {
    let table = node.as_table();
    if table.is_none() && node.value != Value::Unresolved {
        problems.push(wrong(node, "a table"));
    }
    table
}

/// The problem that the value has the wrong type.
pub(super) fn wrong(node: &Node, expected: &str) -> Problem {
    Problem::of_value(&node.origin, format!("expected {expected}, found {}", node.kind()))
}
