//! Why a request's body cannot be read, through all the layers that wrap it.

use std::error::Error as StdError;

use longshore_provider::{Error as ProviderError, ErrorKind};
use thiserror::Error;

use crate::error::HttpError;

/// Why.
#[derive(Debug, Error)]
pub(crate) enum BodyFailure {
    /// Less than a KiB came in the time that the server waits for one.
    #[error("the body came too slowly")]
    TooSlow,
    /// The connection ended, or what came is no HTTP.
    #[error("the body broke off")]
    BrokeOff(#[source] hyper::Error),
}

/// As the error of a [`Body`](longshore_provider::Body), for whoever stores it.
pub(crate) fn provider_error(error: &(dyn StdError + 'static)) -> ProviderError {
    match failure(error) {
        Some(BodyFailure::TooSlow) => ProviderError::new(ErrorKind::Timeout, BodyFailure::TooSlow.to_string()),
        _ => ProviderError::new(ErrorKind::BrokenBody, "the body of the request broke off").caused_by(error),
    }
}

/// As the error of a request.
pub(crate) fn http_error(error: &(dyn StdError + 'static)) -> HttpError {
    match failure(error) {
        Some(BodyFailure::TooSlow) => HttpError::TooSlow,
        _ => HttpError::BrokenBody,
    }
}

fn failure<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a BodyFailure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(failure) = error.downcast_ref() {
            return Some(failure);
        }
        next = error.source();
    }
    None
}
