//! Answers and errors.

use abi_stable::{
    StableAbi,
    std_types::{RString, RVec},
};

/// An answer, or why there is none. Not `RResult`: enums with data do not cross.
#[repr(C)]
#[derive(StableAbi)]
pub struct Reply<T> {
    /// The answer: one element, or none if it failed.
    answer: RVec<T>,
    /// The failure: one element, or none if there is an answer.
    failure: RVec<WireError>,
}

impl<T> Reply<T> {
    /// An answer.
    pub fn ok(answer: T) -> Self {
        Self { answer: RVec::from(vec![answer]), failure: RVec::new() }
    }

    /// A failure.
    pub fn failed(error: WireError) -> Self {
        Self { answer: RVec::new(), failure: RVec::from(vec![error]) }
    }

    /// The answer or the failure; a reply with neither is a failure too.
    ///
    /// # Errors
    ///
    /// What the other side said.
    pub fn into_result(mut self) -> Result<T, WireError> {
        match self.answer.pop() {
            Some(answer) if self.failure.is_empty() => Ok(answer),
            _ => Err(self.failure.pop().unwrap_or_else(WireError::panicked)),
        }
    }
}

impl<T> From<Result<T, WireError>> for Reply<T> {
    fn from(result: Result<T, WireError>) -> Self {
        match result {
            Ok(answer) => Self::ok(answer),
            Err(error) => Self::failed(error),
        }
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
    /// What a person reads, without the causes.
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
