//! What the library logs goes to the host.
//!
//! A cdylib has a tracing dispatcher and a `log` logger of its own that nobody listens to; these forward both.

mod callsite;
mod facade;
mod subscriber;

use std::sync::atomic::{AtomicBool, Ordering};

use longshore_provider_abi::v1::{HostObject, share_host};

/// Whether this very binary is the host: its own subscriber is then the one to use.
static IS_HOST: AtomicBool = AtomicBool::new(false);

/// Says that this binary is the host.
pub(crate) fn this_is_the_host() {
    IS_HOST.store(true, Ordering::Relaxed);
}

/// Forwards this library's log to `host`. The first host stays: there is only one.
pub(crate) fn install(host: &HostObject) {
    if IS_HOST.load(Ordering::Relaxed) || tracing::dispatcher::has_been_set() {
        return;
    }
    let _ = tracing::subscriber::set_global_default(subscriber::Forward::new(share_host(host)));
    facade::install(share_host(host));
}
