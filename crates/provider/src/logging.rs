//! Forwards the library's log to the host.
//!
//! A cdylib has a tracing dispatcher and a `log` logger of its own, and neither has an output. This module forwards
//! both.

mod callsites;
mod follow;
mod log_bridge;
mod scope;
mod spans;
mod subscriber;
mod values;

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use longshore_provider_abi::v1::{HostObject, WireWatcher, share_host};

pub(crate) use self::scope::{Scope, outgoing, quietly};

/// Whether this binary is the host, which uses its own subscriber.
static IS_HOST: AtomicBool = AtomicBool::new(false);

/// The receiver of this library's log. The first host stays, because a process has only one.
static HOST: OnceLock<HostObject> = OnceLock::new();

/// Marks this binary as the host.
pub(crate) fn this_is_the_host() {
    IS_HOST.store(true, Ordering::Relaxed);
}

fn is_the_host() -> bool {
    IS_HOST.load(Ordering::Relaxed)
}

/// Forwards this library's log to `host`.
pub(crate) fn install(host: &HostObject) {
    if is_the_host() || tracing::dispatcher::has_been_set() || HOST.set(share_host(host)).is_err() {
        return;
    }
    let host = HOST.get().expect("it has just been set");
    // The watcher comes first, so that no later change of the host's filter is missed.
    host.watch(WireWatcher::of::<follow::Follow>());
    let _ = tracing::subscriber::set_global_default(subscriber::Forward::new(host));
    log_bridge::install(host);
}
