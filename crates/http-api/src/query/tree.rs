//! The tree that the bracketed keys of a query describe.

use std::collections::BTreeMap;

/// A node of a parsed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A key without `=`.
    Null,
    /// A value.
    Text(String),
    /// `a[]=…`, `a[0]=…`, or a repeated key.
    List(Vec<Node>),
    /// `a[b]=…`. The keys are in the order of their first occurrence.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Whether the node is an empty text.
    pub fn is_empty_text(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// The value of a key, if the node is a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The elements of a list, or of a map with indices as keys, which `qs` creates for large indices.
    pub(super) fn elements(&self) -> Option<Vec<&Self>> {
        match self {
            Self::List(list) => Some(list.iter().collect()),
            Self::Map(entries) => {
                let indexed = entries.iter().map(|(key, node)| Some((index(key)?, node)));
                indexed.collect::<Option<BTreeMap<_, _>>>().map(|elements| elements.into_values().collect())
            }
            Self::Null | Self::Text(_) => None,
        }
    }
}

/// Parses a list index in the notation of JavaScript.
pub(super) fn index(key: &str) -> Option<usize> {
    let plain = key == "0" || (key.starts_with(|first: char| matches!(first, '1'..='9')) && key.len() <= 9);
    if plain { key.parse().ok() } else { None }
}
