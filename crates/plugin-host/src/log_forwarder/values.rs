//! Fields of spans and events, each with its own type.

use std::{error::Error, fmt};

use longshore_provider::serde_json;
use longshore_provider_abi::v1::WireValue;
use tracing::{
    Metadata, Value,
    field::{Field, ValueSet},
};

/// The largest number of values that tracing accepts at once. It supports only arrays of fixed lengths.
const SLOTS: usize = 32;

/// Runs `work` with the received fields.
pub(super) fn with<T>(metadata: &Metadata<'static>, wire: &[WireValue], work: impl FnOnce(&ValueSet<'_>) -> T) -> T {
    let fields: Vec<Field> = metadata.fields().iter().collect();
    let Some(first) = fields.first() else {
        return work(&metadata.fields().value_set::<[(&Field, Option<&dyn Value>); 0]>(&[]));
    };
    let values: Vec<Typed<'_>> = wire.iter().map(Typed::of).collect();
    let mut slots: [(&Field, Option<&dyn Value>); SLOTS] = [(first, None); SLOTS];
    let given = wire.iter().zip(&values).filter_map(|(wire, value)| {
        let field = fields.get(usize::try_from(wire.field).ok()?)?;
        Some((field, Some(value.as_value())))
    });
    for (slot, value) in slots.iter_mut().zip(given) {
        *slot = value;
    }
    work(&metadata.fields().value_set(&slots))
}

/// A value with the type that it has in the library.
enum Typed<'a> {
    Text(&'a str),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
    Formatted(tracing::field::DisplayValue<Formatted<'a>>),
    Error(Box<dyn Error>),
}

impl<'a> Typed<'a> {
    fn of(wire: &'a WireValue) -> Self {
        match wire.kind {
            0 => Self::Text(&wire.text),
            1 => Self::Signed(wire.bits.cast_signed()),
            2 => Self::Unsigned(wire.bits),
            3 => Self::Float(f64::from_bits(wire.bits)),
            4 => Self::Bool(wire.bits != 0),
            6 => error(&wire.text).map_or_else(|| Self::formatted(&wire.text), Self::Error),
            _ => Self::formatted(&wire.text),
        }
    }

    fn formatted(text: &'a str) -> Self {
        Self::Formatted(tracing::field::display(Formatted(text)))
    }

    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Text(value) => value,
            Self::Signed(value) => value,
            Self::Unsigned(value) => value,
            Self::Float(value) => value,
            Self::Bool(value) => value,
            Self::Formatted(value) => value,
            Self::Error(value) => value,
        }
    }
}

/// A text that the library formatted with `Debug`. It is shown without quotes.
struct Formatted<'a>(&'a str);

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// An error of a library, with its causes. Only their messages cross the boundary.
#[derive(Debug)]
struct ForwardedError {
    text: String,
    source: Option<Box<Self>>,
}

fn error(json: &str) -> Option<Box<dyn Error>> {
    let chain: Vec<String> = serde_json::from_str(json).ok()?;
    let said = chain.into_iter().rev().fold(None, |source, text| Some(Box::new(ForwardedError { text, source })));
    Some(said? as Box<dyn Error>)
}

impl fmt::Display for ForwardedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for ForwardedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
