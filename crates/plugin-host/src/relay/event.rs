//! One event of a library, emitted here.

use std::fmt;

use longshore_provider_abi::v1::WireValue;
use tracing::{Event, Metadata, Value, field::Field};

/// How many values tracing takes at once; it knows arrays of fixed lengths only.
const SLOTS: usize = 32;

/// Emits the event with the fields that came, each with its own type.
pub(super) fn emit(metadata: &'static Metadata<'static>, wire: &[WireValue]) {
    let fields: Vec<Field> = metadata.fields().iter().collect();
    let Some(first) = fields.first() else {
        return Event::dispatch(metadata, &metadata.fields().value_set::<[(&Field, Option<&dyn Value>); 0]>(&[]));
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
    Event::dispatch(metadata, &metadata.fields().value_set(&slots));
}

/// A value of the type that it had in the library.
enum Typed<'a> {
    Text(&'a str),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
    Formatted(tracing::field::DisplayValue<Formatted<'a>>),
}

impl<'a> Typed<'a> {
    fn of(wire: &'a WireValue) -> Self {
        match wire.kind {
            0 => Self::Text(&wire.text),
            1 => Self::Signed(wire.bits.cast_signed()),
            2 => Self::Unsigned(wire.bits),
            3 => Self::Float(f64::from_bits(wire.bits)),
            4 => Self::Bool(wire.bits != 0),
            _ => Self::Formatted(tracing::field::display(Formatted(&wire.text))),
        }
    }

    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Text(value) => value,
            Self::Signed(value) => value,
            Self::Unsigned(value) => value,
            Self::Float(value) => value,
            Self::Bool(value) => value,
            Self::Formatted(value) => value,
        }
    }
}

/// What the library formatted with `Debug`: shown as it is, without quotes around it.
struct Formatted<'a>(&'a str);

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
