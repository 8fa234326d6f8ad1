//! The tree that the brackets of a query's keys describe.

use std::collections::BTreeMap;

/// A value of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A key without `=`.
    Null,
    /// A value.
    Text(String),
    /// `a[]=…`, `a[0]=…`, or a key that is there twice.
    List(Vec<Node>),
    /// `a[b]=…`, in the order of their first appearance.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Whether it is a text without characters.
    pub fn is_empty_text(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// The entry of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// Its elements if it is a list, or a map that `qs` makes of a list with large indices.
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

/// The number that a key is, if it is one as JavaScript would write it.
pub(super) fn index(key: &str) -> Option<usize> {
    let plain = key == "0" || (key.starts_with(|first: char| matches!(first, '1'..='9')) && key.len() <= 9);
    if plain { key.parse().ok() } else { None }
}
