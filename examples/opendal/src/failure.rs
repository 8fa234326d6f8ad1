//! OpenDAL's errors as those of a provider.

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

/// Whether nothing is there: a folder, or what would be below a file, is nothing that was stored.
pub(crate) fn is_missing(error: &opendal::Error) -> bool {
    use opendal::ErrorKind as Kind;
    matches!(error.kind(), Kind::NotFound | Kind::IsADirectory | Kind::NotADirectory)
        || io(error).is_some_and(|io| matches!(io.kind(), io::ErrorKind::NotADirectory))
}

/// The error and its causes as texts, without what stands behind the `?` of a URL: it may be a signature.
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

/// OpenDAL says no more of these: what lies below may.
fn unexpected(error: &opendal::Error) -> ErrorKind {
    if error.message().contains("timeout reached") {
        return ErrorKind::Timeout;
    }
    match io(error).map(io::Error::kind) {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => ErrorKind::StorageFull,
        Some(io::ErrorKind::FileTooLarge) => ErrorKind::TooLarge,
        // A key that is no name in a file system.
        Some(io::ErrorKind::InvalidFilename | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory) => {
            ErrorKind::InvalidInput
        }
        _ if may_pass(error) => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}

/// Whether it may work later: also what was tried again in vain.
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
    fn kinds_and_retries_follow_from_what_opendal_says() {
        let error = |kind| opendal::Error::new(kind, "said");
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
    fn signatures_in_urls_are_not_told() {
        let url = "error sending request for url (https://a.example/b?sv=1&sig=abc): why? because";
        assert_eq!(without_queries(url), "error sending request for url (https://a.example/b?…): why? because");
    }
}
