//! Finds calls that keep a thread of the runtime, where they should have waited.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A call that keeps its thread for as long as this without an `await` is told of in the log, once. Other calls wait
/// meanwhile. It is long enough that a busy machine is not taken for it.
const LIMIT: Duration = Duration::from_millis(250);

/// Watches the polls of one call: two looks at the clock for each.
pub(crate) struct Watch {
    provider: Arc<str>,
    method: &'static str,
    told: bool,
}

impl Watch {
    pub(crate) fn new(provider: Arc<str>, method: &'static str) -> Self {
        Self { provider, method, told: false }
    }

    /// A poll begins; it ends when the guard is dropped.
    pub(crate) fn poll(&mut self) -> Poll<'_> {
        Poll { watch: self, begun: Instant::now() }
    }
}

/// A poll that is under way.
pub(crate) struct Poll<'a> {
    watch: &'a mut Watch,
    begun: Instant,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        if took < LIMIT || self.watch.told {
            return;
        }
        self.watch.told = true;
        let (provider, method) = (&*self.watch.provider, self.watch.method);
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(
            target: "longshore_provider::blocking",
            provider,
            method,
            ms,
            "`{method}` of the provider `{provider}` kept its thread for {ms} ms without an `await`: other calls wait \
             meanwhile; use `tokio::task::spawn_blocking`, or an async counterpart of what blocks",
        );
    }
}
