//! Reading a table whose keys are known.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::nearest;
use super::node::{Node, Table, Value};
use super::problem::Problem;

/// A table being read: unknown keys are reported when it is opened, wrong types when a key is read.
///
/// A key that is missing, wrong or unresolved reads as `None`; so does an empty text for a number or boolean, which
/// is what a variable that is set to nothing leaves.
pub(super) struct Fields<'a, 'p> {
    table: Option<&'a Table>,
    problems: &'p mut Vec<Problem>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Opens `node`, if there is one. `unknown` gives the hint for a key that is not in `known`.
    pub(super) fn open(
        node: Option<&'a Node>,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
        unknown: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let table = node.and_then(|node| table(node, problems));
        for (name, entry) in table.into_iter().flatten().filter(|(name, _)| !known.contains(&name.as_str())) {
            let hint = unknown(name).unwrap_or_else(|| nearest::hint(name, known.iter().copied()));
            problems.push(Problem::at(&entry.origin, "unknown key").with_hint(hint));
        }
        Self { table, problems }
    }

    /// The entry as it is.
    pub(super) fn node(&self, name: &str) -> Option<&'a Node> {
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

    /// A whole number of at least `least`.
    pub(super) fn integer(&mut self, name: &str, least: u64) -> Option<u64> {
        let node = self.node(name)?;
        integer(node, least, self.problems)
    }

    /// A whole number within the range, whose ends the type has to hold.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<T> {
        let node = self.node(name)?;
        let value = integer(node, *range.start(), self.problems)?;
        if value > *range.end() {
            self.problems
                .push(Problem::of_value(&node.origin, format!("expected an integer of at most {}", range.end())));
            return None;
        }
        T::try_from(value).ok()
    }

    /// A number of things or bytes.
    pub(super) fn count(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<usize> {
        self.number(name, range)
    }

    /// A number of seconds.
    pub(super) fn seconds(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<Duration> {
        self.number(name, range).map(Duration::from_secs)
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

    /// A table of whatever keys.
    pub(super) fn table(&mut self, name: &str) -> Option<&'a Node> {
        let node = self.node(name)?;
        table(node, self.problems).map(|_| node)
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn wrong(&mut self, node: &Node, expected: &str) {
        self.problems.push(wrong(node, expected));
    }
}

/// A whole number of at least `least`, also as text.
pub(super) fn integer(node: &Node, least: u64, problems: &mut Vec<Problem>) -> Option<u64> {
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
    let value = u64::try_from(value).ok().filter(|value| *value >= least);
    if value.is_none() {
        problems.push(Problem::of_value(&node.origin, format!("expected an integer of at least {least}")));
    }
    value
}

fn table<'a>(node: &'a Node, problems: &mut Vec<Problem>) -> Option<&'a Table> {
    let table = node.as_table();
    if table.is_none() && node.value != Value::Unresolved {
        problems.push(wrong(node, "a table"));
    }
    table
}

/// That the value has another type.
pub(super) fn wrong(node: &Node, expected: &str) -> Problem {
    Problem::of_value(&node.origin, format!("expected {expected}, found {}", node.kind()))
}
