//! Errors of a provider, in a form that crosses the boundary.

use std::{error::Error as StdError, fmt, io};

/// The result of a provider's methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error. Programs act on the kind, never on the message.
///
/// A kind is in this list only if any provider could produce it *and* a caller behaves differently because of it. The
/// numbers cross the boundary: they are written out and never reordered. A number that this side does not know is read
/// as [`ErrorKind::Internal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum ErrorKind {
    /// Nothing is stored under that key.
    NotFound = 1,
    /// Something is stored under that key, and the caller asked not to overwrite it.
    AlreadyExists = 2,
    /// A condition of the request (such as an `ETag`) does not hold.
    PreconditionFailed = 3,
    /// The service accepts the credentials, but refuses the operation.
    PermissionDenied = 4,
    /// The service does not accept the credentials, or there are none.
    Unauthenticated = 5,
    /// The request itself is wrong. Sending it again cannot help.
    InvalidInput = 6,
    /// The file is larger than the limit, or larger than the service can store.
    TooLarge = 7,
    /// The service asks for fewer requests.
    RateLimited = 8,
    /// There was no progress, or no response, in time.
    Timeout = 9,
    /// The service cannot be reached, or reports that it is temporarily unavailable.
    Unavailable = 10,
    /// The provider does not support the operation.
    Unsupported = 11,
    /// The options are wrong: the configuration must change.
    InvalidOptions = 12,
    /// The storage has no space left.
    StorageFull = 13,
    /// The caller's body broke off, or is not as long as announced.
    BrokenBody = 14,
    /// The provider's code panicked, and the panic was caught. The message contains the location.
    Panic = 15,
    /// The call was cancelled, or the provider is shutting down.
    Cancelled = 16,
    /// Anything else.
    Internal = 17,
}

impl ErrorKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 17] = [
        Self::NotFound,
        Self::AlreadyExists,
        Self::PreconditionFailed,
        Self::PermissionDenied,
        Self::Unauthenticated,
        Self::InvalidInput,
        Self::TooLarge,
        Self::RateLimited,
        Self::Timeout,
        Self::Unavailable,
        Self::Unsupported,
        Self::InvalidOptions,
        Self::StorageFull,
        Self::BrokenBody,
        Self::Panic,
        Self::Cancelled,
        Self::Internal,
    ];

    /// The stable name, as `--json` prints it: `not_found`, `permission_denied`, ….
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::PreconditionFailed => "precondition_failed",
            Self::PermissionDenied => "permission_denied",
            Self::Unauthenticated => "unauthenticated",
            Self::InvalidInput => "invalid_input",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Unsupported => "unsupported",
            Self::InvalidOptions => "invalid_options",
            Self::StorageFull => "storage_full",
            Self::BrokenBody => "broken_body",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// The number that crosses the boundary.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The kind with this number. An unknown number is [`ErrorKind::Internal`].
    pub fn from_number(number: u32) -> Self {
        Self::ALL.into_iter().find(|kind| kind.number() == number).unwrap_or(Self::Internal)
    }

    /// Whether the same call may succeed a little later, judged by the kind alone.
    const fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Timeout | Self::Unavailable)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of a provider: a kind for programs, a message for people, and the service's own code and request id.
///
/// The message is a fragment in lower case, without the causes. [`Error::causes`] lists the causes, outermost first,
/// and code that prints the chain prints them. The message never contains a secret or the value of an option.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    // Boxed, so that a `Result` of a small value stays small.
    details: Box<Details>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Details {
    message: String,
    service_code: Option<String>,
    request_id: Option<String>,
    retryable: bool,
    causes: Option<Box<Cause>>,
}

/// One cause of the chain, kept as text because the error itself cannot cross the boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause {
    message: String,
    next: Option<Box<Cause>>,
}

impl Error {
    /// An error of `kind`. The kind determines whether the error is retryable, unless [`Error::with_retryable`]
    /// overrides it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let details = Details { message: message.into(), retryable: kind.is_retryable(), ..Details::default() };
        Self { kind, details: Box::new(details) }
    }

    /// Nothing is stored under `key`.
    pub fn not_found(key: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("nothing is stored under `{key}`"))
    }

    /// The provider does not support `what`.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unsupported, format!("this provider does not support {what}"))
    }

    /// The options are wrong. `message` names the option, never its value.
    pub fn invalid_options(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidOptions, message)
    }

    /// The request is wrong.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Anything else.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Keeps the messages of `cause` and of its sources as the chain of causes.
    #[must_use]
    pub fn caused_by(self, cause: &(dyn StdError + 'static)) -> Self {
        let mut causes = vec![cause.to_string()];
        let mut next = cause.source();
        while let Some(error) = next {
            causes.push(error.to_string());
            next = error.source();
        }
        self.with_causes(causes)
    }

    /// Replaces the chain of causes, outermost first.
    #[must_use]
    pub fn with_causes(mut self, causes: Vec<String>) -> Self {
        let linked = causes.into_iter().rev().fold(None, |next, message| Some(Box::new(Cause { message, next })));
        self.details.causes = linked;
        self
    }

    /// Sets the service's own code, such as `NoSuchBucket`.
    #[must_use]
    pub fn with_service_code(mut self, code: impl Into<String>) -> Self {
        self.details.service_code = Some(code.into());
        self
    }

    /// Sets the service's id of the request, by which the service's operator finds it in the logs.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.details.request_id = Some(id.into());
        self
    }

    /// Sets whether the same call may succeed later.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.details.retryable = retryable;
        self
    }

    /// The kind, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message for people, without the causes.
    pub fn message(&self) -> &str {
        &self.details.message
    }

    /// The service's own code, if it gave one.
    pub fn service_code(&self) -> Option<&str> {
        self.details.service_code.as_deref()
    }

    /// The service's id of the failed request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.details.request_id.as_deref()
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.details.retryable
    }

    /// The chain of causes, outermost first.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.details.causes.as_deref(), |cause| cause.next.as_deref())
            .map(|cause| cause.message.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

#[expect(clippy::missing_fields_in_debug, reason = "the details are shown one by one")]
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message())
            .field("service_code", &self.service_code())
            .field("request_id", &self.request_id())
            .field("retryable", &self.is_retryable())
            .field("causes", &self.causes().collect::<Vec<_>>())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.details.causes.as_deref().map(|cause| cause as _)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.next.as_deref().map(|cause| cause as _)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::AlreadyExists => ErrorKind::AlreadyExists,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::PermissionDenied,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::StorageFull,
            io::ErrorKind::FileTooLarge => ErrorKind::TooLarge,
            io::ErrorKind::TimedOut => ErrorKind::Timeout,
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset | io::ErrorKind::HostUnreachable => {
                ErrorKind::Unavailable
            }
            _ => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_number() {
        for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.number() as usize, index + 1);
            assert_eq!(ErrorKind::from_number(kind.number()), kind);
        }
        assert_eq!(ErrorKind::from_number(9999), ErrorKind::Internal);
    }

    #[test]
    fn display_leaves_the_causes_to_the_chain() {
        let error = Error::internal("could not write").caused_by(&io::Error::other("disk on fire"));
        assert_eq!(error.to_string(), "could not write");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk on fire"));
    }
}
