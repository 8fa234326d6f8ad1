//! Why there are no credentials.

use aws_credential_types::provider::error::CredentialsError;
use longshore_provider::{Error, ErrorKind};

/// The error for credentials that could not be had.
pub(crate) fn without_credentials(error: &CredentialsError) -> Error {
    let (kind, message) = match error {
        CredentialsError::ProviderTimedOut(_) => (
            ErrorKind::Timeout,
            "fetching credentials took too long: if they are not those of an instance, set s3Options.credentials or the \
             environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
        ),
        CredentialsError::CredentialsNotLoaded(_) => (
            ErrorKind::Unauthenticated,
            "there are no credentials: set s3Options.credentials, the environment (AWS_ACCESS_KEY_ID, \
             AWS_SECRET_ACCESS_KEY), a profile or the instance's role",
        ),
        _ => (ErrorKind::Unauthenticated, "the credentials could not be loaded"),
    };
    Error::new(kind, message).caused_by(error)
}
