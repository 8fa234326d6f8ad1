//! How busy the runtime of a library is, for whoever hosts it.

use std::{ptr, time::Duration};

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Library;
use crate::{Call, Error, Handle, Result};

/// The id of an extension that every library answers by itself, with a [`RuntimeMetrics`].
pub(crate) const RUNTIME: &str = "longshore.runtime";

/// How much the threads of a library's runtime have done since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeMetrics {
    /// Tells the runtime from all others of this process.
    pub runtime: u64,
    /// How many threads it has, without those that only wait for what blocks.
    pub workers: u64,
    /// How long these threads were busy, together. A thread counts when it is done with what it does.
    pub nanoseconds: u64,
}

impl RuntimeMetrics {
    /// Asks the library of a provider. It answers at once, and no author's code is involved.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::ErrorKind::Cancelled) when the provider is being shut down. Anything else means that the
    /// library is older than this question.
    pub fn of(provider: &Handle) -> Result<Self> {
        let asked = provider.extension(RUNTIME, Value::Null, None, &Call::new()).now_or_never();
        let (answer, _) = asked.unwrap_or_else(|| Err(unknown()))?;
        serde_json::from_value(answer).map_err(|error| unknown().caused_by(&error))
    }

    /// How long the threads were busy.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds)
    }
}

impl Library {
    /// How busy this library's runtime is, as it crosses.
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

    /// tokio does not measure it there.
    #[cfg(not(target_has_atomic = "64"))]
    pub(crate) fn busy(&'static self) -> Value {
        Value::Null
    }
}

fn unknown() -> Error {
    Error::unsupported("how busy the library's runtime is")
}
