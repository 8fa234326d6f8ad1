//! The description of the host's own keys. The parser reads by it, and the schema for editors is generated from it.

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The value that holds when the key is left out, as JSON.
    pub(super) default: Option<&'static str>,
    /// Its meaning, in a sentence or two.
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
    /// A text; an empty one is the default.
    Text(Form),
    /// A list of texts.
    Texts(Form),
    /// A table with these keys.
    Table(&'static [Key]),
    /// `[[name]]`, each a table with these keys.
    Tables(&'static [Key]),
    /// A table of any keys, each with a value as this one's.
    Each(&'static Key),
    /// A provider's own options: its library says what they are.
    Options,
    /// A table of any keys and values.
    Anything,
}

/// Which texts.
pub(super) enum Form {
    Any,
    /// Not empty, and never shown.
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

    /// The ends of its range, if it is a number.
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
