//! Parses TOML text into nodes.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::{Node, Table, Value};
use super::origin::{Origin, Source, join};
use super::problem::Problem;

/// The largest number of syntax errors to report for one file. The parser continues after an error, and later errors
/// are often only consequences.
const MOST_ERRORS: usize = 5;

/// Parses a file's text into its root table; `None` if the text is not TOML. `file` is the file's name in origins and
/// problems.
pub(super) fn parse_file(text: &str, file: &Path, problems: &mut Vec<Problem>) -> Option<Node> {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut reader = Reader { source: Source::File(Arc::from(file)), lines: Some(lines), problems };
        let origin = Origin { line: 1, column: 1, ..reader.origin(String::new(), 0) };
        return Some(Node::new(Value::Table(reader.table(root.into_inner(), "")), origin));
    }
    for error in errors.iter().take(MOST_ERRORS) {
        let mut problem = Problem::in_file(file, format!("not valid TOML: {}", error.message()));
        if let Some(span) = error.span() {
            let (line, column) = lines.position(span.start);
            problem = problem.on_line(line, Some(column));
        }
        problems.push(problem);
    }
    None
}

/// Parses the value of an override for `key`: as TOML, or as plain text if it is not TOML.
pub(super) fn parse_override(text: &str, key: &str, problems: &mut Vec<Problem>) -> Node {
    let source = Source::Override(Arc::from(text));
    let mut reader = Reader { source, lines: None, problems };
    let origin = reader.origin(key.to_owned(), 0);
    match DeValue::parse(text.trim()) {
        Ok(value) => reader.value(value.into_inner(), origin),
        Err(_) => Node::new(Value::String(text.to_owned()), origin),
    }
}

struct Reader<'a> {
    source: Source,
    /// `None` for an override, which has no lines.
    lines: Option<Lines<'a>>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn origin(&self, key: String, offset: usize) -> Origin {
        let (line, column) = self.lines.as_ref().map_or((0, 0), |lines| lines.position(offset));
        Origin { source: self.source.clone(), line, column, key, variables: Vec::new() }
    }

    fn table(&mut self, table: DeTable<'_>, parent: &str) -> Table {
        let entries = table.into_iter().map(|(name, value)| {
            let origin = self.origin(join(parent, name.get_ref()), name.span().start);
            let node = self.value(value.into_inner(), origin);
            (name.into_inner().into_owned(), node)
        });
        entries.collect()
    }

    fn value(&mut self, value: DeValue<'_>, origin: Origin) -> Node {
        let value = match value {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(value) => Value::Boolean(value),
            DeValue::Datetime(value) => Value::Datetime(value.to_string()),
            DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(value) => Value::Integer(value),
                Err(_) => self.unusable(&origin, "an integer beyond 64 bits"),
            },
            DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
                Ok(value) if value.is_finite() => Value::Float(value),
                _ => self.unusable(&origin, "not a finite number"),
            },
            DeValue::Table(table) => Value::Table(self.table(table, &origin.key)),
            DeValue::Array(elements) => {
                let elements = elements.into_iter().enumerate().map(|(index, element): (usize, Spanned<_>)| {
                    let key = format!("{}[{index}]", origin.key);
                    let origin = self.origin(key, element.span().start);
                    self.value(element.into_inner(), origin)
                });
                Value::Array(elements.collect())
            }
        };
        Node::new(value, origin)
    }

    fn unusable(&mut self, origin: &Origin, message: &str) -> Value {
        self.problems.push(Problem::at(origin, message));
        Value::Unresolved
    }
}

/// Converts byte offsets into lines and columns.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The line and the column of a byte, both from 1. The column counts characters.
    fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let before = self.text.get(self.starts[line - 1]..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(before.chars().count() + 1))
    }
}
