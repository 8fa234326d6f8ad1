//! Describes the host's own keys. The parser uses the description, and the schema for editors is generated from it.

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The default value of the key, as JSON.
    pub(super) default: Option<&'static str>,
    /// The meaning of the key, in a sentence or two.
    pub(super) about: &'static str,
}

/// The type of a key's value.
pub(super) enum Kind {
    Boolean,
    /// A whole number, both ends included.
    Integer {
        least: u64,
        most: u64,
    },
    /// A text. An empty text means the default.
    Text(Form),
    /// A list of texts.
    Texts(Form),
    /// A table with these keys.
    Table(&'static [Key]),
    /// An array of tables (`[[name]]`) with these keys.
    Tables(&'static [Key]),
    /// A table with arbitrary keys, whose values have the type of this key.
    Each(&'static Key),
    /// A provider's own options, which its library defines.
    Options,
    /// A table with arbitrary keys and values.
    Anything,
}

/// The allowed texts.
pub(super) enum Form {
    Any,
    /// Any text that is not empty. The text is never shown.
    Secret,
    /// A regular expression of ECMA-262.
    Pattern(&'static str),
    OneOf(&'static [&'static str]),
}

impl Key {
    pub(super) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, default: None, about }
    }

    pub(super) const fn boolean(name: &'static str, about: &'static str) -> Self {
        Self::new(name, Kind::Boolean, about)
    }

    pub(super) const fn integer(name: &'static str, least: u64, most: u64, about: &'static str) -> Self {
        Self::new(name, Kind::Integer { least, most }, about)
    }

    pub(super) const fn text(name: &'static str, form: Form, about: &'static str) -> Self {
        Self::new(name, Kind::Text(form), about)
    }

    pub(super) const fn texts(name: &'static str, form: Form, about: &'static str) -> Self {
        Self::new(name, Kind::Texts(form), about)
    }

    pub(super) const fn table(name: &'static str, keys: &'static [Self], about: &'static str) -> Self {
        Self::new(name, Kind::Table(keys), about)
    }

    /// The same key with a default.
    pub(super) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The smallest and the largest value, if the key is a number.
    pub(super) fn limits(&self) -> Option<(u64, u64)> {
        match self.kind {
            Kind::Integer { least, most } => Some((least, most)),
            _ => None,
        }
    }
}

/// The names of these keys.
pub(super) fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> + Clone {
    keys.iter().map(|key| key.name)
}
