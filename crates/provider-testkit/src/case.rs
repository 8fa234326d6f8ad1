//! A case: one rule of the contract, and how it is checked.

use longshore_provider::futures::future::BoxFuture;

use crate::{context::CaseContext, outcome::Check};

/// One rule of the contract, and how it is checked.
pub struct Case {
    /// The id, which never changes: a group, a dot and a name, such as `upload.empty`.
    pub id: &'static str,
    /// The checked behavior, in one line.
    pub description: &'static str,
    /// The rule of the contract that it checks.
    pub rule: &'static str,
    /// The most likely correction if the case fails.
    pub remedy: &'static str,
    /// The abilities of the provider and of the caller without which the case is skipped.
    pub needs: &'static [Need],
    /// The case waits for something, and takes longer than the others.
    pub slow: bool,
    pub(crate) check: fn(&CaseContext) -> BoxFuture<'_, Check>,
}

/// What a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A library that a host has loaded.
    Library,
    /// A process in which nothing else happens.
    Process,
    /// A host whose allocator takes back nothing that the provider's gave, nor the other way round.
    Allocator,
    /// Options with a schema.
    Schema,
    /// `open`.
    Open,
    /// `head`.
    Head,
    /// The extension `list`.
    List,
    /// Files can be read back: by `open`, or by their URL.
    ReadBack,
    /// `head`, `open`, `list` or the URL of a file tell whether it exists.
    Look,
    /// URLs that the kit can fetch.
    Fetch,
    /// URLs that are signed.
    Signing,
    /// Files are private.
    Private,
    /// Files are public.
    Public,
}

impl Case {
    /// The part of the id before the first dot.
    pub fn group(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// The cases without which this one says nothing: when one of them fails, it is skipped.
    pub fn depends_on(&self) -> &'static [&'static str] {
        const FIRST: [&str; 3] = ["load.now", "init.opens", "upload.works"];
        match (self.id, self.group()) {
            ("load.now", _) => &[],
            ("init.opens" | "init.time", _) | (_, "load") => &FIRST[..1],
            ("upload.works", _) | (_, "options") => &FIRST[..2],
            _ => &FIRST,
        }
    }

    /// Whether `pattern` means this case: its id, its group, or a text in which `*` stands for anything.
    pub fn is_meant_by(&self, pattern: &str) -> bool {
        pattern == self.group() || matches(pattern.as_bytes(), self.id.as_bytes())
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Need {
    /// What it is called in lists: `library`, `read-back`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Process => "process",
            Self::Allocator => "allocator",
            Self::Schema => "schema",
            Self::Open => "open",
            Self::Head => "head",
            Self::List => "list",
            Self::ReadBack => "read-back",
            Self::Look => "look",
            Self::Fetch => "fetch",
            Self::Signing => "signing",
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    /// Why a case is skipped that needs it, and it is not there.
    pub(crate) const fn lack(self) -> &'static str {
        match self {
            Self::Library => "it is about a built library: run `longshore provider validate` on it",
            Self::Process => "it needs a process of its own: run `longshore provider validate` on the built library",
            Self::Allocator => {
                "both sides have one allocator here: run `longshore provider validate` on the built library"
            }
            Self::Schema => "the provider takes no options that a schema describes",
            Self::Open => "the provider does not do `open`",
            Self::Head => "the provider does not do `head`",
            Self::List => "the provider does not do the extension `list`",
            Self::ReadBack => {
                "nothing can be read back: the provider does not do `open`, and its URLs cannot be fetched from here"
            }
            Self::Look => {
                "it cannot be determined whether a file exists: the provider does neither `head` nor `open` nor `list`, and its \
                 URLs cannot be fetched from here"
            }
            Self::Fetch => "its URLs are not of a kind that can be fetched from here",
            Self::Signing => "the provider signs no URLs",
            Self::Private => "files are public with these options",
            Self::Public => "files are private with these options",
        }
    }
}

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        Some((first, rest)) => text.split_first().is_some_and(|(head, tail)| head == first && matches(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_an_id_a_group_or_has_stars() {
        for (pattern, fits) in [
            ("upload.empty", true),
            ("upload", true),
            ("upload.*", true),
            ("*.empty", true),
            ("u*d.e*y", true),
            ("*", true),
            ("upload.", false),
            ("up", false),
            ("upload.emptyx", false),
            ("", false),
        ] {
            let case = Case {
                id: "upload.empty",
                description: "",
                rule: "",
                remedy: "",
                needs: &[],
                slow: false,
                check: |_| Box::pin(async { Ok(()) }),
            };
            assert_eq!(case.is_meant_by(pattern), fits, "{pattern}");
        }
    }
}
