//! The providers of a configuration, opened: the one that new files go to, and those that serve older files.

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

/// How long providers that were opened may take to end when another one cannot be opened.
const UNDOING: Duration = Duration::from_secs(5);

/// Opened providers by name. A value that is passed down; there is no global one.
pub struct Registry {
    main: Provider,
    others: BTreeMap<ProviderName, Provider>,
    windows: Windows,
}

impl Registry {
    /// Loads, checks and opens every provider of the configuration. An `init` that takes longer than
    /// `limits.providerTimeout` is given up.
    ///
    /// # Errors
    ///
    /// The first provider that cannot be loaded or opened; those opened before it are shut down.
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

    /// Providers that are open already, such as those of [`Provider::linked`]: `main` gets new files.
    pub fn of(main: Provider, others: impl IntoIterator<Item = Provider>) -> Self {
        let named = |provider: Provider| Some((ProviderName::new(provider.name()).ok()?, provider));
        let others = others.into_iter().filter_map(named).collect();
        Self { main, others, windows: Windows::since(Instant::now()) }
    }

    /// The provider that new files go to.
    pub fn main(&self) -> &Provider {
        &self.main
    }

    /// Every provider, the main one first.
    pub fn all(&self) -> impl Iterator<Item = &Provider> {
        std::iter::once(&self.main).chain(self.others.values())
    }

    /// The provider that serves files which were stored by `chain`: a provider's name and those of the bases that it
    /// extended, outermost first.
    ///
    /// The one of that name, else one that extends it, else one that it extended: so an overlay and its base serve each
    /// other's files.
    pub fn serving<N: AsRef<str>>(&self, chain: &[N]) -> Option<&Provider> {
        let stored_by = chain.first()?.as_ref();
        self.all()
            .find(|provider| provider.name() == stored_by)
            .or_else(|| self.all().find(|provider| provider.serves(stored_by)))
            .or_else(|| self.all().find(|provider| chain.iter().any(|base| base.as_ref() == provider.name())))
    }

    /// How many records of the logs of the providers' libraries and of those of their bases were lost, by the names of their
    /// providers: there was no room for them, or they came of a call that a subscriber made while it handled such a record.
    /// A library of a process is shared by all that use it.
    pub fn lost_logs(&self) -> BTreeMap<&str, u64> {
        let names = self.all().flat_map(Provider::chain);
        names.map(|name| (name.as_str(), log_forwarder::lost(name))).collect()
    }

    /// Shuts every provider down, all at once; answers the names of those that were still busy after `limit`.
    pub async fn shutdown(&self, limit: Duration) -> Vec<String> {
        let shutdowns = self.all().map(|provider| async move {
            let ended = provider.handle().shutdown(limit).instrument(call_span(provider.name(), "shutdown")).await;
            ended.err().map(|_| provider.name().to_owned())
        });
        let busy = longshore_provider::futures::future::join_all(shutdowns).await;
        busy.into_iter().flatten().collect()
    }
}
