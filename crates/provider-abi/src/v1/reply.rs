//! Answers and errors.

use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

/// The value of a call, or its error. Not `RResult`: enums with data do not cross. The value is not in a vector, so it
/// costs no allocation. A failed reply has the type's default as its value, which no caller reads.
#[repr(C)]
#[derive(StableAbi)]
pub struct Reply<T> {
    answer: T,
    /// The failure: one element, or none if there is an answer.
    failure: RVec<WireError>,
}

impl<T> Reply<T> {
    /// An answer.
    pub fn ok(answer: T) -> Self {
        Self { answer, failure: RVec::new() }
    }

    /// The answer or the failure.
    ///
    /// # Errors
    ///
    /// The error of the other side.
    pub fn into_result(mut self) -> Result<T, WireError> {
        match self.failure.pop() {
            None => Ok(self.answer),
            Some(error) => Err(error),
        }
    }
}

impl<T: Default> Reply<T> {
    /// A failure.
    pub fn failed(error: WireError) -> Self {
        Self { answer: T::default(), failure: RVec::from(vec![error]) }
    }
}

/// An error, as it crosses.
#[repr(C)]
#[derive(StableAbi, Clone, Debug)]
pub struct WireError {
    /// The number of the kind. Numbers are never reordered; an unknown one is an internal error.
    pub kind: u32,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The message for people, without the causes.
    pub message: RString,
    /// The service's own code, or empty.
    pub service_code: RString,
    /// The service's id of the request, or empty.
    pub request_id: RString,
    /// The chain of causes, outermost first.
    pub causes: RVec<RString>,
    /// A JSON object of further fields, or empty.
    pub more: RString,
}

impl WireError {
    /// The number of "author code panicked", the one kind that this crate itself makes.
    pub const PANIC: u32 = 15;

    /// A panic of which nothing is known.
    pub fn panicked() -> Self {
        Self {
            kind: Self::PANIC,
            retryable: false,
            message: RString::from("the other side of the boundary panicked"),
            service_code: RString::new(),
            request_id: RString::new(),
            causes: RVec::new(),
            more: RString::new(),
        }
    }
}

/// The answer of a call that has nothing to tell.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default)]
pub struct WireDone {
    /// A JSON object of further fields, or empty.
    pub more: RString,
}
