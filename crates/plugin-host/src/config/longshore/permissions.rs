//! The table `permissions`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::config::fields::Fields;
use crate::config::key::{Form, Key};
use crate::config::nearest;
use crate::config::node::{Node, Value};
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 1] =
    [Key::texts("public", Form::OneOf(&Action::NAMES), "The actions that need no token.").or("[]")];

/// The actions that are allowed without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The actions that every client may perform without a token: `public`.
    pub public: BTreeSet<Action>,
}

/// The actions that can be permitted: one for each group of the API's routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Upload, replace and change files.
    Upload,
    /// List files.
    Find,
    /// List files page by page.
    FindPage,
    /// Read one file's entry.
    FindOne,
    /// Remove a file.
    Destroy,
}

/// No action has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of `upload`, `find`, `findPage`, `findOne` and `destroy`")]
pub struct UnknownAction;

impl Action {
    /// All actions.
    pub const ALL: [Self; 5] = [Self::Upload, Self::Find, Self::FindPage, Self::FindOne, Self::Destroy];

    /// The names of all actions.
    pub const NAMES: [&str; 5] = {
        let [a, b, c, d, e] = Self::ALL;
        [a.name(), b.name(), c.name(), d.name(), e.name()]
    };

    /// The name of the action in configurations and tokens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Find => "find",
            Self::FindPage => "findPage",
            Self::FindOne => "findOne",
            Self::Destroy => "destroy",
        }
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|action| action.name() == name).ok_or(UnknownAction)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Permissions {
    pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let mut fields = Fields::open(node, &KEYS, problems, |_| None);
        let public = fields.texts("public").unwrap_or_default();
        if let Some(Value::Array(nodes)) = fields.node("public").map(|node| &node.value) {
            for node in nodes {
                let Some(Err(error)) = node.as_text().map(Action::from_str) else { continue };
                let hint = nearest::hint(node.as_text().unwrap_or_default(), Action::NAMES);
                // The hint's text is for keys, and actions are not keys.
                let hint = hint.replace("known keys", "known actions");
                fields.problem(Problem::of_value(&node.origin, error.to_string()).with_hint(hint));
            }
        }
        Self { public: public.iter().filter_map(|name| name.parse().ok()).collect() }
    }
}
