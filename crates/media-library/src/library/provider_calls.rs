//! The provider of a file, and its errors.

use longshore_plugin_host::registry::Provider;
use longshore_provider::{Body, Error as ProviderError, ErrorKind, File, Result as ProviderResult, Uploaded};

use super::{
    Context,
    metered_body::{BodyFault, BodyMeter},
};
use crate::{Error, MediaFile, Rejection, Result};

impl Context {
    /// The provider that serves the file.
    pub(super) fn provider_of(&self, file: &MediaFile) -> Result<&Provider> {
        let serving = self.registry.serving(&file.provider_chain);
        serving.ok_or_else(|| Error::ProviderNotLoaded(file.provider.clone()))
    }

    /// Waits for a call of a provider, up to the provider timeout.
    pub(super) async fn in_time<T>(&self, call: impl Future<Output = ProviderResult<T>>) -> ProviderResult<T> {
        tokio::time::timeout(self.settings.provider_stall, call).await.unwrap_or_else(|_| Err(no_answer()))
    }

    /// Stores an object whose bytes are in memory.
    pub(super) async fn store_whole(&self, provider: &Provider, file: &File, body: Body) -> ProviderResult<Uploaded> {
        let size = body.size();
        let uploaded = self.in_time(provider.upload(file, body)).await?;
        if uploaded.size.is_some() && size.is_some() && uploaded.size != size {
            return Err(ProviderError::internal("the provider stored another number of bytes than it was given"));
        }
        Ok(uploaded)
    }

    /// Waits for an upload whose body is still to come, for as long as it moves.
    pub(super) async fn while_it_moves(
        &self,
        meter: &BodyMeter,
        upload: impl Future<Output = ProviderResult<Uploaded>>,
    ) -> ProviderResult<Uploaded> {
        let uploaded = tokio::select! {
            uploaded = upload => uploaded?,
            () = meter.stalled(self.settings.provider_stall) => return Err(no_answer()),
        };
        if meter.sum().is_none() {
            return Err(ProviderError::internal("the provider did not read the file to its end"));
        }
        Ok(uploaded)
    }

    /// The error of an upload that failed. A fault of the body takes precedence over the provider's error.
    pub(super) fn upload_failed(
        &self,
        provider: &str,
        name: &str,
        meter: Option<&BodyMeter>,
        source: ProviderError,
    ) -> Error {
        match meter.and_then(BodyMeter::take_fault) {
            Some(BodyFault::OverTheLimit) => Error::Rejected(vec![self.size_limit.rejection(name)]),
            Some(BodyFault::Broken(error)) if error.kind() == ErrorKind::Cancelled => Error::ShuttingDown,
            Some(BodyFault::Broken(error)) => Error::BrokenBody(error),
            // The provider's own limit: a body over the limit of the library has a fault and was handled above.
            None if source.kind() == ErrorKind::TooLarge && source.service_code().is_none() => {
                let (name, provider, reason) = (name.to_owned(), provider.to_owned(), source.message().to_owned());
                tracing::info!(name, provider, reason, "a file is too large for its provider");
                Error::Rejected(vec![Rejection::TooLargeForProvider { name, provider, reason }])
            }
            None => Error::Provider { provider: provider.to_owned(), source },
        }
    }
}

/// Whether a failed call may have taken place or may still take place: its reply was lost, or the call was abandoned.
/// All other kinds of errors mean that the service refused.
pub(super) fn outcome_is_unknown(error: &ProviderError) -> bool {
    matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Cancelled | ErrorKind::Panic)
}

fn no_answer() -> ProviderError {
    ProviderError::new(ErrorKind::Timeout, "the provider made no progress in time")
}
