//! The unwind boundary: all author code runs inside it, and no panic leaves it.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::Once,
};

use longshore_provider_abi::forget_payload;

use crate::{Error, ErrorKind, Result};

thread_local! {
    /// The number of unwind boundaries that this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The location of the last panic inside an unwind boundary. The panic hook receives it, `catch_unwind` does not.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`. A panic becomes an error with its message and location.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T> {
    let depth = Depth::enter();
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    drop(depth);
    result.map_err(into_error)
}

/// Drops `value`. A panic in its `Drop` is logged, because there is no caller to return it to.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(error) = catch(move || drop(value)) {
        tracing::error!(target: "longshore_provider", "a value's drop {error}");
    }
}

/// Installs this library's panic hook, once. For a panic inside the unwind boundary, the hook keeps the location and
/// prints nothing. A panic outside (in a thread or task that the author started) is logged if `log_others` is true, and
/// otherwise left to the previous hook.
pub(crate) fn install_panic_hook(log_others: bool) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) > 0 {
                let location = info.location().map(ToString::to_string);
                let _ = LOCATION.try_with(|last| *last.borrow_mut() = location);
            } else if log_others {
                log_panic(info);
            } else {
                previous(info);
            }
        }));
    });
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let message = message_of(info.payload());
    tracing::error!(target: "longshore_provider::panic", thread, location, "a thread panicked: {message}");
}

fn into_error(payload: Box<dyn Any + Send>) -> Error {
    let message = message_of(&*payload).to_owned();
    forget_payload(payload);
    let location = LOCATION.try_with(|last| last.borrow_mut().take()).ok().flatten();
    let place = location.map(|location| format!(" at {location}")).unwrap_or_default();
    Error::new(ErrorKind::Panic, format!("panicked{place}: {message}"))
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(a payload that is no text)")
}

/// Counts unwind boundaries. Dropping it leaves the boundary, also during a panic.
struct Depth;

impl Depth {
    fn enter() -> Self {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[test]
    fn a_panic_becomes_an_error_with_message_and_location() {
        install_panic_hook(false);
        let error = catch(|| panic!("boom {}", 7)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(error.message().starts_with("panicked at "), "{error}");
        assert!(error.message().contains("guard.rs:") && error.message().ends_with(": boom 7"), "{error}");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_survived() {
        let error = catch(|| panic::panic_any(Bomb)).unwrap_err();
        assert!(error.message().contains("no text"));
    }

    #[test]
    fn a_value_that_panics_when_dropped_is_survived() {
        drop_quietly(Bomb);
    }
}
