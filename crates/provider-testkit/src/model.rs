//! A model of a provider's files after a sequence of calls, in the simplest form that can be right.

use std::collections::BTreeMap;

use longshore_provider::Bytes;

/// The contents that each key may have. A dropped call leaves more than one possibility.
#[derive(Debug, Default)]
pub(crate) struct Model {
    files: BTreeMap<String, Vec<Option<Bytes>>>,
}

impl Model {
    /// The possible contents of `key`, at least one. `None` stands for a missing file.
    pub(crate) fn possible(&self, key: &str) -> Vec<Option<Bytes>> {
        self.files.get(key).cloned().unwrap_or_else(|| vec![None])
    }

    /// Records that `key` now has this content.
    pub(crate) fn is(&mut self, key: &str, content: Option<Bytes>) {
        self.files.insert(key.to_owned(), vec![content]);
    }

    /// Records that `key` may have this content, or keep one of its earlier possibilities.
    pub(crate) fn may_be(&mut self, key: &str, content: Option<Bytes>) {
        let mut possible = self.possible(key);
        if !possible.contains(&content) {
            possible.push(content);
        }
        self.files.insert(key.to_owned(), possible);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_call_leaves_two_possible_contents_until_the_next_write() {
        let mut model = Model::default();
        assert_eq!(model.possible("a"), [None]);
        model.is("a", Some(Bytes::from_static(b"1")));
        model.may_be("a", None);
        assert_eq!(model.possible("a").len(), 2);
        model.is("a", None);
        assert_eq!(model.possible("a"), [None]);
    }
}
