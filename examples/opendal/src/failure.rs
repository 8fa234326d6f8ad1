//! Conversion of OpenDAL's errors to errors of a provider.

use std::{error::Error as StdError, io};

use longshore_provider::{Error, ErrorKind};

/// The error of a failed `action`, such as ``read `a.png` ``.
pub(crate) fn failed(action: impl std::fmt::Display, error: &opendal::Error) -> Error {
    let kind = kind(error);
    let is_hopeless = matches!(kind, ErrorKind::InvalidInput | ErrorKind::NotFound | ErrorKind::InvalidOptions);
    Error::new(kind, format!("could not {action}"))
        .with_service_code(error.kind().into_static())
        .with_retryable(may_pass(error) && !is_hopeless)
        .with_causes(without_secrets(error))
}

/// Whether no file exists under the key. A folder is no file, and a path below a file does not exist.
pub(crate) fn is_missing(error: &opendal::Error) -> bool {
    use opendal::ErrorKind as Kind;
    matches!(error.kind(), Kind::NotFound | Kind::IsADirectory | Kind::NotADirectory)
        || io(error).is_some_and(|io| matches!(io.kind(), io::ErrorKind::NotADirectory))
}

/// The messages of the error and its causes, without the query strings of URLs, which may contain signatures.
pub(crate) fn without_secrets(error: &opendal::Error) -> Vec<String> {
    let mut texts = vec![without_queries(error.message())];
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(without_queries(&cause.to_string()));
        next = cause.source();
    }
    texts
}

fn kind(error: &opendal::Error) -> ErrorKind {
    use opendal::ErrorKind as Kind;
    match error.kind() {
        Kind::NotFound => ErrorKind::NotFound,
        Kind::Unsupported => ErrorKind::Unsupported,
        Kind::ConfigInvalid => ErrorKind::InvalidOptions,
        Kind::PermissionDenied => ErrorKind::PermissionDenied,
        Kind::AlreadyExists => ErrorKind::AlreadyExists,
        Kind::RateLimited => ErrorKind::RateLimited,
        Kind::ConditionNotMatch | Kind::Conflict => ErrorKind::PreconditionFailed,
        Kind::RangeNotSatisfied | Kind::IsADirectory | Kind::NotADirectory | Kind::IsSameFile => {
            ErrorKind::InvalidInput
        }
        _ => unexpected(error),
    }
}

/// The kind of an error for which OpenDAL has no kind. The error of the operating system may have one.
fn unexpected(error: &opendal::Error) -> ErrorKind {
    if error.message().contains("timeout reached") {
        return ErrorKind::Timeout;
    }
    match io(error).map(io::Error::kind) {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => ErrorKind::StorageFull,
        Some(io::ErrorKind::FileTooLarge) => ErrorKind::TooLarge,
        // The file system cannot have a file of this name.
        Some(io::ErrorKind::InvalidFilename | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory) => {
            ErrorKind::InvalidInput
        }
        _ if may_pass(error) => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}

/// Whether a later attempt may succeed. OpenDAL calls an error persistent after its own retries have failed.
fn may_pass(error: &opendal::Error) -> bool {
    error.is_temporary() || error.is_persistent()
}

/// The error of the operating system, if it caused the failure.
fn io(error: &opendal::Error) -> Option<&io::Error> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref() {
            return Some(io);
        }
        next = cause.source();
    }
    None
}

fn without_queries(text: &str) -> String {
    let mut parts = text.split('?');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || "\"')>,".contains(c)).unwrap_or(part.len());
        kept.push('?');
        kept.push_str(if end > 0 { "…" } else { "" });
        kept.push_str(&part[end..]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use opendal::ErrorKind as Kind;

    use super::*;

    #[test]
    fn errors_have_kinds_and_retryability_from_opendal() {
        let error = |kind| opendal::Error::new(kind, "message");
        for (error, kind, retryable) in [
            (error(Kind::NotFound), ErrorKind::NotFound, false),
            (error(Kind::PermissionDenied), ErrorKind::PermissionDenied, false),
            (error(Kind::RateLimited).set_temporary(), ErrorKind::RateLimited, true),
            (error(Kind::Unexpected).set_persistent(), ErrorKind::Unavailable, true),
            (error(Kind::Unexpected), ErrorKind::Internal, false),
            (
                error(Kind::Unexpected).set_source(io::Error::from(io::ErrorKind::StorageFull)),
                ErrorKind::StorageFull,
                false,
            ),
            (
                opendal::Error::new(Kind::Unexpected, "io operation timeout reached").set_temporary(),
                ErrorKind::Timeout,
                true,
            ),
        ] {
            let failed = failed("read `a`", &error);
            assert_eq!((failed.kind(), failed.is_retryable()), (kind, retryable), "{error}");
            assert_eq!(failed.message(), "could not read `a`");
        }
    }

    #[test]
    fn error_messages_contain_no_signatures_of_urls() {
        let url = "error sending request for url (https://a.example/b?sv=1&sig=abc): why? because";
        assert_eq!(without_queries(url), "error sending request for url (https://a.example/b?…): why? because");
    }
}
