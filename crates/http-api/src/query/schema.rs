//! What of a file's attributes a query may name.

use longshore_media_library::Attribute;

use super::Invalid;

/// What Strapi has in the entity, and shows to nobody who only has the content API.
const PRIVATE: [&str; 6] = ["createdBy", "folder", "folderPath", "locale", "localizations", "updatedBy"];

/// The entries that a file is attached to; they are of many types, so that nothing of them can be asked for.
pub(super) const RELATED: &str = "related";

/// What a name in a query stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An attribute to work with.
    Attribute(Attribute),
    /// One that exists, but may not be named.
    Forbidden,
    /// Nothing.
    Unknown,
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        match Attribute::of_name(name) {
            Some(attribute) => Self::Attribute(attribute),
            None if name == RELATED || PRIVATE.contains(&name) => Self::Forbidden,
            None => Self::Unknown,
        }
    }

    /// The attribute of a name at the top of `param`.
    pub(super) fn attribute(param: &'static str, name: &str) -> Result<Attribute, Invalid> {
        match Self::of(name) {
            Self::Attribute(attribute) => Ok(attribute),
            Self::Forbidden => Err(Invalid::key(param, name, Some(name))),
            Self::Unknown => Err(Invalid::key(param, name, None)),
        }
    }
}
