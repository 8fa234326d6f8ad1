//! A case: one rule of the contract, and the check for it.

use longshore_provider::futures::future::BoxFuture;

use crate::{context::CaseContext, outcome::Check};

/// One rule of the contract, and the check for it.
pub struct Case {
    /// The id, which never changes: a group, a dot and a name, such as `upload.empty`.
    pub id: &'static str,
    /// The checked behavior, in one line.
    pub description: &'static str,
    /// The rule of the contract that it checks.
    pub rule: &'static str,
    /// The most likely correction if the case fails.
    pub remedy: &'static str,
    /// The requirements of the case. The case is skipped if the provider or the caller does not meet one of them.
    pub needs: &'static [Need],
    /// Whether the case waits for something and takes longer than the others.
    pub slow: bool,
    pub(crate) check: fn(&CaseContext) -> BoxFuture<'_, Check>,
}

/// A requirement of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A shared library that a host has loaded.
    Library,
    /// A process of its own, in which no other work runs.
    Process,
    /// A host with an allocator of its own, separate from the provider's.
    Allocator,
    /// Options with a schema.
    Schema,
    /// `open`.
    Open,
    /// `head`.
    Head,
    /// The extension `list`.
    List,
    /// Stored files can be read back, by `open` or by their URL.
    ReadBack,
    /// The existence of a file can be determined, by `head`, `open`, `list` or its URL.
    Look,
    /// URLs that the test kit can fetch.
    Fetch,
    /// Signed URLs.
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

    /// The cases that this case depends on. If one of them fails, the result of this case would mean nothing, and it is
    /// skipped.
    pub fn depends_on(&self) -> &'static [&'static str] {
        const FIRST: [&str; 3] = ["load.now", "init.opens", "upload.works"];
        match (self.id, self.group()) {
            ("load.now", _) => &[],
            ("init.opens" | "init.time", _) | (_, "load") => &FIRST[..1],
            ("upload.works", _) | (_, "options") => &FIRST[..2],
            _ => &FIRST,
        }
    }

    /// Whether `pattern` selects this case. A pattern is an id, a group, or a text in which `*` matches any characters.
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
    /// The name in lists: `library`, `read-back`, ….
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

    /// The reason to skip a case whose need is not met.
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
