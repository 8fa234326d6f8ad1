//! Which files to find, in a form that both databases can be asked in.

/// How a file is addressed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileId {
    /// By the number of its row.
    Number(i64),
    /// By its `documentId`.
    Document(String),
}

/// Which files, in which order, from where on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindQuery {
    /// The condition; `None` is every file.
    pub filter: Option<Filter>,
    /// A text that one of the text attributes has to contain, whatever its case.
    pub search: Option<String>,
    /// The order; files that are equal by it, and all when it is empty, come by their id.
    pub sort: Vec<Sort>,
    /// How many to skip.
    pub start: u64,
    /// How many at most; `None` is all.
    pub limit: Option<u64>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them hold; true for none.
    All(Vec<Filter>),
    /// At least one of the filters holds. An empty list is false.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// An attribute compares so.
    Compare(Attribute, Comparison),
}

/// How an attribute compares. Texts are compared by their code points; the variants with `i` without regard to case.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// Equal; equal to null is `Null(true)`.
    Eq(Scalar),
    /// Equal, whatever the case.
    Eqi(String),
    /// Not equal; not true of null, as in SQL.
    Ne(Scalar),
    /// Not equal, whatever the case.
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
    /// None of these.
    NotIn(Vec<Scalar>),
    /// Contains.
    Contains(String),
    /// Does not contain.
    NotContains(String),
    /// Contains, whatever the case.
    Containsi(String),
    /// Does not contain, whatever the case.
    NotContainsi(String),
    /// Starts with.
    StartsWith(String),
    /// Starts with, whatever the case.
    StartsWithi(String),
    /// Ends with.
    EndsWith(String),
    /// Ends with, whatever the case.
    EndsWithi(String),
    /// Whether it is null.
    Null(bool),
    /// Between the two, both included.
    Between(Scalar, Scalar),
}

/// A value to compare with, already of the attribute's kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A text; JSON attributes compare by their text too.
    Text(String),
    /// A whole number; times are milliseconds since 1970.
    Integer(i64),
    /// Any number.
    Number(f64),
}

/// What kind of values an attribute has.
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
    /// By what.
    pub by: Attribute,
    /// In which direction.
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
        /// An attribute of a file that can be asked for, filtered and sorted by.
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
    /// The attribute of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.name() == name)
    }
}
