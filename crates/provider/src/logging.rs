//! What the library logs goes to the host.
//!
//! A cdylib has a tracing dispatcher and a `log` logger of its own that nobody listens to; these forward both.

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

/// Whether this very binary is the host: its own subscriber is then the one to use.
static IS_HOST: AtomicBool = AtomicBool::new(false);

/// Where this library's log goes. The first host stays: there is only one.
static HOST: OnceLock<HostObject> = OnceLock::new();

/// Says that this binary is the host.
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
    // First: what changes from now on is noticed.
    host.watch(WireWatcher::of::<follow::Follow>());
    let _ = tracing::subscriber::set_global_default(subscriber::Forward::new(host));
    log_bridge::install(host);
}
