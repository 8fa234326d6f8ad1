//! Callsites in a library's source, registered with this process's tracing.

use std::sync::{
    OnceLock, PoisonError, RwLock,
    atomic::{AtomicU8, Ordering},
};

use longshore_provider_abi::v1::WireCallsite;
use tracing::{
    Level, Metadata,
    callsite::{Callsite, Identifier},
    dispatcher::get_default,
    field::FieldSet,
    level_filters::LevelFilter,
    metadata::Kind,
    subscriber::Interest,
};

/// The values of `Interest` on the wire.
pub(super) const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

/// The callsites of all libraries. tracing requires metadata with a static lifetime, and libraries are never unloaded.
/// The number of callsites is limited by the library's source.
static CALLSITES: RwLock<Vec<&'static RegisteredCallsite>> = RwLock::new(Vec::new());

/// The largest number of fields that tracing supports.
const MOST_FIELDS: usize = 32;

/// A callsite with a static lifetime.
pub(super) struct RegisteredCallsite {
    metadata: OnceLock<Metadata<'static>>,
    /// The last interest that tracing reported.
    interest: AtomicU8,
}

impl RegisteredCallsite {
    pub(super) fn metadata(&self) -> &Metadata<'static> {
        self.metadata.get().expect("a callsite is filled before anybody sees it")
    }

    /// Whether the records of the callsite are wanted: never, sometimes or always.
    pub(super) fn interest(&self) -> u8 {
        self.interest.load(Ordering::Acquire)
    }

    /// Whether the host's subscriber wants a record of the callsite. The check happens right before the record is
    /// emitted, as in tracing's macros.
    pub(super) fn is_wanted(&self) -> bool {
        match self.interest() {
            NEVER => false,
            ALWAYS => true,
            _ => get_default(|dispatch| dispatch.enabled(self.metadata())),
        }
    }
}

impl Callsite for RegisteredCallsite {
    /// tracing calls this method when the callsite is registered, and whenever a filter has changed.
    fn set_interest(&self, interest: Interest) {
        let interest = match () {
            () if interest.is_never() => NEVER,
            () if interest.is_always() => ALWAYS,
            () => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Release);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata()
    }
}

/// Registers a callsite. Its id is its position in [`CALLSITES`], counted from 1.
pub(super) fn register(wire: &WireCallsite) -> u64 {
    let callsite = intern(wire);
    tracing::callsite::register(callsite);
    let mut callsites = CALLSITES.write().unwrap_or_else(PoisonError::into_inner);
    callsites.push(callsite);
    callsites.len() as u64
}

/// The callsite with that id.
pub(super) fn find(id: u64) -> Option<&'static RegisteredCallsite> {
    let index = usize::try_from(id).ok()?.checked_sub(1)?;
    CALLSITES.read().unwrap_or_else(PoisonError::into_inner).get(index).copied()
}

/// The most verbose level that the host's filter enables: 0 none, 1 error … 5 trace.
pub(super) fn max_level() -> u8 {
    match LevelFilter::current().into_level() {
        None => 0,
        Some(Level::ERROR) => 1,
        Some(Level::WARN) => 2,
        Some(Level::INFO) => 3,
        Some(Level::DEBUG) => 4,
        Some(Level::TRACE) => 5,
    }
}

fn intern(wire: &WireCallsite) -> &'static RegisteredCallsite {
    let callsite: &'static RegisteredCallsite =
        Box::leak(Box::new(RegisteredCallsite { metadata: OnceLock::new(), interest: AtomicU8::new(NEVER) }));
    let names: Vec<&'static str> = wire.fields.iter().take(MOST_FIELDS).map(|name| leak(name)).collect();
    callsite.metadata.get_or_init(|| {
        Metadata::new(
            leak(&wire.name),
            leak(&wire.target),
            level(wire.level),
            (!wire.file.is_empty()).then(|| leak(&wire.file)),
            (wire.line != 0).then_some(wire.line),
            (!wire.module.is_empty()).then(|| leak(&wire.module)),
            FieldSet::new(Vec::leak(names), Identifier(callsite)),
            if wire.kind == 1 { Kind::SPAN } else { Kind::EVENT },
        )
    });
    callsite
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
