//! Queries for files, in a form that can be translated to both databases.

/// The id of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileId {
    /// The number of its row.
    Number(i64),
    /// Its `documentId`.
    Document(String),
}

/// The condition, order and page of a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindQuery {
    /// The condition; `None` matches every file.
    pub filter: Option<Filter>,
    /// A text that one of the text attributes has to contain, ignoring case.
    pub search: Option<String>,
    /// The order. Ties are ordered by id, and so are all files if the list is empty.
    pub sort: Vec<Sort>,
    /// How many files to skip.
    pub start: u64,
    /// The most files to return; `None` returns all.
    pub limit: Option<u64>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of the filters hold. An empty list is true.
    All(Vec<Filter>),
    /// At least one of the filters holds. An empty list is false.
    Any(Vec<Filter>),
    /// The filter does not hold.
    Not(Box<Filter>),
    /// The comparison of an attribute holds.
    Compare(Attribute, Comparison),
    /// The file is attached to an entry (`true`), or to none (`false`).
    Linked(bool),
}

/// A comparison of an attribute. Texts are compared by their code points. Variants with `i` ignore case.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// Equal. `Null(true)` is the comparison with null.
    Eq(Scalar),
    /// Equal, ignoring case.
    Eqi(String),
    /// Not equal. False for null, as in SQL.
    Ne(Scalar),
    /// Not equal, ignoring case.
    Nei(String),
    /// Less.
    Lt(Scalar),
    /// Less or equal.
    Lte(Scalar),
    /// Greater.
    Gt(Scalar),
    /// Greater or equal.
    Gte(Scalar),
    /// Equal to a value of the list. An empty list matches nothing.
    In(Vec<Scalar>),
    /// Equal to no value of the list.
    NotIn(Vec<Scalar>),
    /// Contains.
    Contains(String),
    /// Does not contain.
    NotContains(String),
    /// Contains, ignoring case.
    Containsi(String),
    /// Does not contain, ignoring case.
    NotContainsi(String),
    /// Starts with.
    StartsWith(String),
    /// Starts with, ignoring case.
    StartsWithi(String),
    /// Ends with.
    EndsWith(String),
    /// Ends with, ignoring case.
    EndsWithi(String),
    /// Null (`true`) or not null (`false`).
    Null(bool),
    /// Between the two values, both included.
    Between(Scalar, Scalar),
}

/// A value to compare with, already converted to the attribute's kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A text; JSON attributes compare by their text too.
    Text(String),
    /// A whole number; times are milliseconds since 1970.
    Integer(i64),
    /// Any number.
    Number(f64),
}

/// The kind of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// A time.
    Time,
    /// JSON, kept as text.
    Json,
}

/// An attribute and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The attribute.
    pub by: Attribute,
    /// The direction.
    pub order: Order,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

macro_rules! attributes {
    ($($variant:ident $name:literal $kind:ident $doc:literal;)*) => {
        /// An attribute of a file that can be selected, filtered and sorted by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Attribute { $(#[doc = $doc] $variant,)* }

        impl Attribute {
            /// Every attribute, in the order in which the API shows them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The kind of its values.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }
        }
    };
}

attributes! {
    Id "id" Integer "The number of the row.";
    DocumentId "documentId" Text "The lasting id.";
    Name "name" Text "The name that people see.";
    AlternativeText "alternativeText" Text "Text in place of an image.";
    Caption "caption" Text "The caption.";
    FocalPoint "focalPoint" Json "The focal point.";
    Width "width" Integer "Pixels.";
    Height "height" Integer "Pixels.";
    Formats "formats" Json "The smaller versions.";
    Hash "hash" Text "The stem of the key.";
    Ext "ext" Text "The extension.";
    Mime "mime" Text "The content type.";
    Size "size" Number "Thousands of bytes.";
    Url "url" Text "The public URL.";
    PreviewUrl "previewUrl" Text "The preview's URL.";
    Provider "provider" Text "The provider's name.";
    ProviderMetadata "provider_metadata" Json "What the provider keeps.";
    CreatedAt "createdAt" Time "When it was made.";
    UpdatedAt "updatedAt" Time "When it was changed.";
    PublishedAt "publishedAt" Time "When it was published.";
}

impl Attribute {
    /// The attribute with this name in the API.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.name() == name)
    }
}
