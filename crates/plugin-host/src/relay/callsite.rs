//! Places in a library's source, as this process's tracing knows them.

use std::sync::{PoisonError, RwLock};

use longshore_provider_abi::v1::{WireCallsite, WireInterest};
use tracing::{
    Level, Metadata,
    callsite::{Callsite, Identifier},
    dispatcher::get_default,
    field::FieldSet,
    metadata::Kind,
    subscriber::Interest,
};

/// Every place that any library has registered. tracing wants metadata to live for ever, and so do the libraries;
/// a library has as many places as its source has.
static PLACES: RwLock<Vec<&'static Metadata<'static>>> = RwLock::new(Vec::new());

/// tracing records at most so many fields.
const MOST_FIELDS: usize = 32;

/// Makes a place known. Its id is its number in [`PLACES`], from 1.
pub(super) fn register(wire: &WireCallsite) -> WireInterest {
    let metadata = intern(wire);
    let interest = get_default(|dispatch| dispatch.register_callsite(metadata));
    let mut places = PLACES.write().unwrap_or_else(PoisonError::into_inner);
    places.push(metadata);
    WireInterest { callsite: places.len() as u64, interest: interest_number(&interest) }
}

/// The place with that id.
pub(super) fn find(id: u64) -> Option<&'static Metadata<'static>> {
    let index = usize::try_from(id).ok()?.checked_sub(1)?;
    PLACES.read().unwrap_or_else(PoisonError::into_inner).get(index).copied()
}

/// 1 error … 5 trace.
pub(super) fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// A call site that lives for ever, for the sake of its identity.
struct Place {
    metadata: std::sync::OnceLock<Metadata<'static>>,
}

impl Callsite for Place {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("a place is filled before anybody sees it")
    }
}

fn intern(wire: &WireCallsite) -> &'static Metadata<'static> {
    let place: &'static Place = Box::leak(Box::new(Place { metadata: std::sync::OnceLock::new() }));
    let names: Vec<&'static str> = wire.fields.iter().take(MOST_FIELDS).map(|name| leak(name)).collect();
    place.metadata.get_or_init(|| {
        Metadata::new(
            leak(&wire.name),
            leak(&wire.target),
            level(wire.level),
            (!wire.file.is_empty()).then(|| leak(&wire.file)),
            (wire.line != 0).then_some(wire.line),
            (!wire.module.is_empty()).then(|| leak(&wire.module)),
            FieldSet::new(Vec::leak(names), Identifier(place)),
            Kind::EVENT,
        )
    })
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn level(number: u8) -> Level {
    match number {
        0 | 1 => Level::ERROR,
        2 => Level::WARN,
        3 => Level::INFO,
        4 => Level::DEBUG,
        _ => Level::TRACE,
    }
}

fn interest_number(interest: &Interest) -> u8 {
    if interest.is_never() {
        0
    } else if interest.is_always() {
        2
    } else {
        1
    }
}
