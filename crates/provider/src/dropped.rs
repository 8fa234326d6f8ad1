//! Drops the author's provider without letting a slow `Drop` keep the host from ending.

use std::{
    ops::Deref,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use longshore_provider_abi::give_signal_stack;

use crate::{
    current_call::{Identity, Label, Operation},
    guard,
    runtime::library,
};

/// The longest time that the caller that releases a provider waits for the provider's `Drop`.
const PATIENCE: Duration = Duration::from_secs(5);

/// An author's provider. Its `Drop` runs on a thread of its own, within the unwind boundary.
pub(crate) struct Dropped<P: Send + 'static> {
    provider: Option<P>,
    identity: Identity,
}

impl<P: Send + 'static> Dropped<P> {
    pub(crate) fn new(provider: P, identity: Identity) -> Self {
        Self { provider: Some(provider), identity }
    }
}

impl<P: Send + 'static> Deref for Dropped<P> {
    type Target = P;

    fn deref(&self) -> &P {
        self.provider.as_ref().expect("the provider is only taken in drop")
    }
}

impl<P: Send + 'static> Drop for Dropped<P> {
    fn drop(&mut self) {
        let Some(provider) = self.provider.take() else { return };
        let label = Label::new(&self.identity, Operation::Drop);
        let (done, ended) = channel::<()>();
        let work = move || {
            give_signal_stack();
            // The author's `Drop` may use the runtime.
            let _entered = library().handle().enter();
            let _labelled = label.enter();
            guard::drop_quietly(provider);
            drop(done);
        };
        // If no thread can be started, `Builder::spawn` drops the closure with the provider on this thread.
        let _ = guard::catch(|| thread::Builder::new().name("provider-drop".to_owned()).spawn(work));
        if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let (provider, seconds) = (&*self.identity.name, PATIENCE.as_secs());
            tracing::warn!(
                target: "longshore_provider",
                provider,
                "the `Drop` of the provider `{provider}` has not ended within {seconds} s, and is left to itself"
            );
        }
    }
}
