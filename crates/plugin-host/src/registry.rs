//! The opened providers of a configuration: the main provider, which stores new files, and the providers of older
//! files.

mod actions;
mod call_span;
mod limited;
mod open;
mod provider;
mod provider_metrics;
mod runtimes;
mod unchecked;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tracing::Instrument;

use self::{call_span::call_span, runtimes::Windows};
use crate::{
    config::{Config, ProviderName},
    load::Loader,
    log_forwarder,
};

pub use self::{
    open::OpenError,
    provider::Provider,
    provider_metrics::{LATENCIES, Latency, Method},
    runtimes::Runtime,
};

/// The time limit for shutting down opened providers after another provider failed to open.
const UNDOING: Duration = Duration::from_secs(5);

/// Opened providers by name. The value is passed explicitly; there is no global registry.
pub struct Registry {
    main: Provider,
    others: BTreeMap<ProviderName, Provider>,
    windows: Windows,
}

impl Registry {
    /// Loads, checks and opens every provider of the configuration. An `init` that takes longer than
    /// `limits.providerTimeout` is cancelled.
    ///
    /// # Errors
    ///
    /// The first provider that cannot be loaded or opened. Providers that were opened before it are shut down.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, or in one without timers.
    pub async fn open(loader: &Loader, config: &Config) -> Result<Self, OpenError> {
        let windows = Windows::since(Instant::now());
        let main = Provider::open_main(loader, config).await?;
        let mut registry = Self { main, others: BTreeMap::new(), windows };
        for (name, extra) in &config.upload.providers {
            match Provider::open_extra(loader, config, name, extra).await {
                Ok(provider) => registry.others.insert(name.clone(), provider),
                Err(error) => {
                    registry.shutdown(UNDOING).await;
                    return Err(error);
                }
            };
        }
        Ok(registry)
    }

    /// A registry of open providers, for example of [`Provider::linked`]. `main` stores new files.
    pub fn of(main: Provider, others: impl IntoIterator<Item = Provider>) -> Self {
        let named = |provider: Provider| Some((ProviderName::new(provider.name()).ok()?, provider));
        let others = others.into_iter().filter_map(named).collect();
        Self { main, others, windows: Windows::since(Instant::now()) }
    }

    /// The provider that stores new files.
    pub fn main(&self) -> &Provider {
        &self.main
    }

    /// Every provider, the main one first.
    pub fn all(&self) -> impl Iterator<Item = &Provider> {
        std::iter::once(&self.main).chain(self.others.values())
    }

    /// The provider that serves files which were stored by `chain`: the names of a provider and of its bases at that
    /// time, outermost first.
    ///
    /// The provider with the first name takes precedence, then a provider that extends it, then one of the bases in
    /// `chain`. An overlay and its base can therefore serve each other's files.
    pub fn serving<N: AsRef<str>>(&self, chain: &[N]) -> Option<&Provider> {
        let stored_by = chain.first()?.as_ref();
        self.all()
            .find(|provider| provider.name() == stored_by)
            .or_else(|| self.all().find(|provider| provider.serves(stored_by)))
            .or_else(|| self.all().find(|provider| chain.iter().any(|base| base.as_ref() == provider.name())))
    }

    /// The number of lost log records of the providers' libraries and of their bases, by provider name. A record is
    /// lost if there is no room for it, or if it belongs to a call that a subscriber made while it handled another
    /// record. All registries of a process share the libraries and their numbers.
    pub fn lost_logs(&self) -> BTreeMap<&str, u64> {
        let names = self.all().flat_map(Provider::chain);
        names.map(|name| (name.as_str(), log_forwarder::lost(name))).collect()
    }

    /// Shuts down all providers concurrently. Returns the names of the providers that were still busy after `limit`.
    pub async fn shutdown(&self, limit: Duration) -> Vec<String> {
        let shutdowns = self.all().map(|provider| async move {
            let ended = provider.handle().shutdown(limit).instrument(call_span(provider.name(), "shutdown")).await;
            ended.err().map(|_| provider.name().to_owned())
        });
        let busy = longshore_provider::futures::future::join_all(shutdowns).await;
        busy.into_iter().flatten().collect()
    }
}
