//! The load of the runtimes of the providers' libraries.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use longshore_provider::{ErrorKind, Handle, host::RuntimeMetrics};

use super::Registry;

/// The shortest time that a ratio covers, regardless of the number of requests for it.
const SPAN: Duration = Duration::from_secs(5);

/// The runtime of a library: see [`Registry::runtimes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Runtime {
    /// The name of the library's provider.
    pub provider: String,
    /// The number of the runtime's threads.
    pub workers: u64,
    /// The total busy time of all threads since the start of the runtime.
    pub busy: Duration,
    /// The recent busy share of the threads' time, from 0 to 1. The share covers the time since an earlier request for
    /// it, which normally is some seconds ago.
    pub ratio: f64,
}

impl Registry {
    /// The runtimes of the libraries of all providers and of their bases, by name. Libraries without support for the
    /// request are left out. Work that a library does on its callers' threads, for example signing, does not count for
    /// its runtime.
    pub fn runtimes(&self) -> Vec<Runtime> {
        let now = Instant::now();
        let mut windows = self.windows.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.busy().into_iter().map(|(name, (workers, busy))| {
            let window = windows.entry(name.to_owned()).or_insert_with(|| Window::since(self.windows.1));
            let ratio = window.ratio(Mark { at: now, busy }, workers);
            Runtime { provider: name.to_owned(), workers, busy, ratio }
        });
        told.collect()
    }

    /// Workers and busy time by name. A runtime counts once, even if several layers report it: an overlay that does not
    /// support the request forwards it to its base.
    fn busy(&self) -> BTreeMap<&str, (u64, Duration)> {
        let (mut counted, mut all) = (BTreeSet::new(), BTreeMap::new());
        for (name, layer) in self.all().flat_map(|provider| provider.layers().rev()) {
            let Some(busy) = layer.busy() else { continue };
            if counted.insert(busy.runtime) {
                let (workers, total) = all.entry(name).or_insert((0, Duration::ZERO));
                *workers += busy.workers;
                *total += busy.duration();
            }
        }
        all
    }
}

/// A provider, or one of its bases.
pub(super) struct OpenedLayer {
    handle: Handle,
    /// Whether the library does not support the request.
    is_silent: AtomicBool,
}

impl OpenedLayer {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, is_silent: AtomicBool::new(false) }
    }

    fn busy(&self) -> Option<RuntimeMetrics> {
        if self.is_silent.load(Ordering::Relaxed) {
            return None;
        }
        let busy = RuntimeMetrics::of(&self.handle);
        let is_silent = busy.as_ref().is_err_and(|error| error.kind() != ErrorKind::Cancelled);
        self.is_silent.store(is_silent, Ordering::Relaxed);
        busy.ok()
    }
}

/// The earlier results of each runtime, and the time before which no runtime was started.
pub(super) struct Windows(Mutex<BTreeMap<String, Window>>, Instant);

impl Windows {
    pub(super) fn since(start: Instant) -> Self {
        Self(Mutex::new(BTreeMap::new()), start)
    }
}

/// The time span of a ratio.
struct Window {
    from: Mark,
    /// The start of the next time span.
    next: Mark,
}

#[derive(Clone, Copy)]
struct Mark {
    at: Instant,
    busy: Duration,
}

impl Window {
    fn since(start: Instant) -> Self {
        let start = Mark { at: start, busy: Duration::ZERO };
        Self { from: start, next: start }
    }

    fn ratio(&mut self, now: Mark, workers: u64) -> f64 {
        if now.at.saturating_duration_since(self.next.at) >= SPAN {
            self.from = std::mem::replace(&mut self.next, now);
        }
        let elapsed = now.at.saturating_duration_since(self.from.at).as_secs_f64();
        let busy = now.busy.saturating_sub(self.from.busy).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "there are not that many threads")]
        let threads = elapsed * workers as f64;
        if threads > 0.0 { (busy / threads).min(1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_last_seconds_whoever_asks_meanwhile() {
        let start = Instant::now();
        let mut window = Window::since(start);
        let mut at = |milliseconds, busy| {
            let at = start + Duration::from_millis(milliseconds);
            format!("{:.2}", window.ratio(Mark { at, busy: Duration::from_millis(busy) }, 2))
        };
        assert_eq!(at(0, 0), "0.00");
        assert_eq!(at(1000, 500), "0.25", "since the start");
        assert_eq!(at(10_000, 10_000), "0.50");
        assert_eq!(at(10_000, 10_000), "0.50", "asking twice changes nothing");
        assert_eq!(at(20_000, 10_000), "0.00", "since it was asked before");
        assert_eq!(at(21_000, 12_000), "0.09", "that was just now: since the time before");
        assert_eq!(at(26_000, 36_000), "1.00", "no more than all, though it was not told before");
    }
}
