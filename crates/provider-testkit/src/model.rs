//! What a provider must have after a sequence of calls: the simplest thing that could be right.

use std::collections::BTreeMap;

use longshore_provider::Bytes;

/// What may be stored under each key. After a call that was dropped, that is more than one thing.
#[derive(Debug, Default)]
pub(crate) struct Model {
    files: BTreeMap<String, Vec<Option<Bytes>>>,
}

impl Model {
    /// What may be there: at least one possibility, `None` for nothing.
    pub(crate) fn possible(&self, key: &str) -> Vec<Option<Bytes>> {
        self.files.get(key).cloned().unwrap_or_else(|| vec![None])
    }

    /// From now on it is this.
    pub(crate) fn is(&mut self, key: &str, content: Option<Bytes>) {
        self.files.insert(key.to_owned(), vec![content]);
    }

    /// It may have become this, or not.
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
    fn a_dropped_call_leaves_two_possibilities_until_somebody_looks() {
        let mut model = Model::default();
        assert_eq!(model.possible("a"), [None]);
        model.is("a", Some(Bytes::from_static(b"1")));
        model.may_be("a", None);
        assert_eq!(model.possible("a").len(), 2);
        model.is("a", None);
        assert_eq!(model.possible("a"), [None]);
    }
}
