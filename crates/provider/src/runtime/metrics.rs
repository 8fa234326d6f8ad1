//! Metrics of a library's runtime, for its host.

use std::{ptr, time::Duration};

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Library;
use crate::{Call, Error, Handle, Result};

/// The id of an extension that every library handles itself. It returns [`RuntimeMetrics`].
pub(crate) const RUNTIME: &str = "longshore.runtime";

/// The busy time of a library's runtime since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeMetrics {
    /// Identifies the runtime among all runtimes of this process.
    pub runtime: u64,
    /// The number of worker threads, without the threads for blocking work.
    pub workers: u64,
    /// The total busy time of these threads. The time of a poll counts when the poll has ended.
    pub nanoseconds: u64,
}

impl RuntimeMetrics {
    /// Asks the library of a provider, which responds at once and runs no author code.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::ErrorKind::Cancelled) when the provider is being shut down. Any other error means that the
    /// library is older than this extension.
    pub fn of(provider: &Handle) -> Result<Self> {
        let asked = provider.extension(RUNTIME, Value::Null, None, &Call::new()).now_or_never();
        let (answer, _) = asked.unwrap_or_else(|| Err(unknown()))?;
        serde_json::from_value(answer).map_err(|error| unknown().caused_by(&error))
    }

    /// The total busy time of the threads.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }
}

impl Library {
    /// The metrics of this library's runtime, as JSON for the wire.
    #[cfg(target_has_atomic = "64")]
    pub(crate) fn busy(&'static self) -> Value {
        let metrics = self.handle().metrics();
        let workers = metrics.num_workers();
        let busy: Duration = (0..workers).map(|worker| metrics.worker_total_busy_duration(worker)).sum();
        let busy = RuntimeMetrics {
            runtime: ptr::from_ref(self).addr() as u64,
            workers: workers as u64,
            nanoseconds: u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX),
        };
        serde_json::to_value(busy).unwrap_or_default()
    }

    /// tokio does not measure busy time on targets without 64-bit atomics.
    #[cfg(not(target_has_atomic = "64"))]
    pub(crate) fn busy(&'static self) -> Value {
        Value::Null
    }
}

fn unknown() -> Error {
    Error::unsupported("how busy the library's runtime is")
}
