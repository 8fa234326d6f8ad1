//! The attributes of a file that a query may name.

use longshore_media_library::Attribute;

use super::invalid::Invalid;

/// Attributes of Strapi's file entity that the content API never exposes.
const PRIVATE: [&str; 6] = ["createdBy", "folder", "folderPath", "locale", "localizations", "updatedBy"];

/// The relation to the entries that a file is attached to. The entries have different types, so that queries cannot use
/// their attributes.
pub(super) const RELATED: &str = "related";

/// The meaning of a name in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A public attribute.
    Attribute(Attribute),
    /// An attribute that exists but is private.
    Forbidden,
    /// An unknown name.
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

    /// The attribute with this name at the top level of `param`.
    pub(super) fn attribute(param: &'static str, name: &str) -> Result<Attribute, Invalid> {
        match Self::of(name) {
            Self::Attribute(attribute) => Ok(attribute),
            Self::Forbidden => Err(Invalid::key(param, name, Some(name))),
            Self::Unknown => Err(Invalid::key(param, name, None)),
        }
    }
}
