//! The hint of any error of this crate.

use std::error::Error;

use crate::{
    hint::Hint,
    library::{self, Fault, LoaderRefusal, ManifestError, RefusedError, SnapshotError},
    load::{GenerationError, LoadError},
    locate::{LocateError, NameError},
    registry::OpenError,
};

/// The advice of one error of this crate, without that of its causes.
pub fn hint_of(error: &(dyn Error + 'static)) -> Option<Hint> {
    macro_rules! first {
        ($($kind:ty),* $(,)?) => {
            None$(.or_else(|| as_kind::<$kind>(error).and_then(<$kind>::hint)))*
        };
    }
    first![
        OpenError,
        LoadError,
        GenerationError,
        library::LoadError,
        LoaderRefusal,
        SnapshotError,
        ManifestError,
        RefusedError,
        Fault,
        LocateError,
        NameError,
    ]
}

/// The error as `E`, also where its owner has it in a box.
fn as_kind<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error.downcast_ref::<E>().or_else(|| error.downcast_ref::<Box<E>>().map(|boxed| &**boxed))
}
