//! SIGINT and SIGTERM, awaited.

use std::{io, sync::Once, thread, time::Duration};

use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
};

use crate::{exit_code, failure::Failure};

/// How long the program may still report unfinished changes after the second signal.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The signals that ask the program to end. Once this exists, the first signal no longer kills the process, and the
/// second signal ends it.
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Starts to listen.
    pub(crate) fn listen() -> Result<Self, Failure> {
        static WATCHED: Once = Once::new();
        let listening = Self::new().map_err(Failure::Runtime)?;
        let mut watched = Ok(());
        WATCHED.call_once(|| watched = end_at_the_second());
        watched.map_err(Failure::Runtime)?;
        Ok(listening)
    }

    /// Resolves when the next signal has arrived.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }
}

/// Ends the process soon after the second signal. The thread and the runtime are separate: a provider that blocks all
/// other threads cannot prevent the end.
fn end_at_the_second() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _entered = runtime.enter();
        Interrupts::new()?
    };
    let watch = async move {
        interrupts.next().await;
        interrupts.next().await;
        tokio::time::sleep(LAST_WORDS).await;
        exit_code::end_at_once()
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(watch)).map(drop)
}
