//! Finds out why a request body failed, through all layers that wrap the error.

use std::error::Error as StdError;

use longshore_provider::{Error as ProviderError, ErrorKind};
use thiserror::Error;

use crate::error::HttpError;

/// Why a request body failed.
#[derive(Debug, Error)]
pub(crate) enum BodyFailure {
    /// Less than a KiB arrived within the body timeout, or the average rate was too low.
    #[error("the body came too slowly")]
    TooSlow,
    /// The connection ended, or the bytes were not valid HTTP.
    #[error("the body broke off")]
    BrokeOff(#[source] hyper::Error),
}

/// Converts to the error of a [`Body`](longshore_provider::Body), which the storing provider receives.
pub(crate) fn provider_error(error: &(dyn StdError + 'static)) -> ProviderError {
    match failure(error) {
        Some(BodyFailure::TooSlow) => ProviderError::new(ErrorKind::Timeout, BodyFailure::TooSlow.to_string()),
        _ => ProviderError::new(ErrorKind::BrokenBody, "the body of the request broke off").caused_by(error),
    }
}

/// Converts to the error of the request.
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
