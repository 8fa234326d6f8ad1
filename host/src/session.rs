//! A run with the configured provider open: from loading the configuration to the shutdown of the provider.

use std::{collections::BTreeSet, sync::Mutex, sync::PoisonError, time::Duration};

use longshore_plugin_host::{
    config::{Config, load},
    load::Loader,
    registry::{Provider, Registry},
};

use crate::{cli::Context, exit_code::ExitCode, failure::Failure, interrupt::Interrupts};

/// How long the provider may take to finish or undo its work.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The configured provider, open.
pub(crate) struct Session {
    registry: Registry,
    /// `upload.config.sizeLimit`, in bytes.
    pub(crate) size_limit: Option<u64>,
    /// The keys that are being written.
    pub(crate) in_flight: InFlight,
}

/// Keys that are being written. Their state is unknown if the program ends now.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<BTreeSet<String>>);

/// Opens the main provider, does `work` with it, and shuts it down. A signal cancels the work, and the provider cleans
/// up. A second signal ends the program at once.
pub(crate) async fn run(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&Session) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen()?;
    let config = configuration(context)?;
    let loader = Loader::of(&config);
    let registry = tokio::select! {
        opened = Registry::open(&loader, &config) => opened?,
        () = interrupts.next() => return Err(Failure::Interrupted),
    };
    let session = Session { registry, size_limit: config.upload.size_limit, in_flight: InFlight::default() };
    let outcome = tokio::select! {
        outcome = work(&session) => outcome,
        () = interrupts.next() => Err(Failure::Interrupted),
    };
    if matches!(outcome, Err(Failure::Interrupted)) {
        context.print.note("interrupted: waiting for the provider to clean up (interrupt again to end at once)");
    }
    let still_busy = tokio::select! {
        busy = session.registry.shutdown(SHUTDOWN) => !busy.is_empty(),
        () = interrupts.next() => true,
    };
    if still_busy {
        context.print.warning(&session.in_flight.possible_leftovers());
    }
    outcome
}

/// Loads the configuration and prints its warnings.
pub(crate) fn configuration(context: &Context<'_>) -> Result<Config, Failure> {
    let mut config = load(&context.request)?;
    for warning in &config.warnings {
        context.print.configuration_warning(warning);
    }
    // Further providers only serve files of the media library, and the default size limit applies only to the media
    // library. A session uses only the main provider.
    config.upload.providers.clear();
    config.upload.size_limit =
        config.upload.size_limit.filter(|_| config.upload_node.pointer("/config/sizeLimit").is_some());
    Ok(config)
}

impl Session {
    /// The main provider.
    pub(crate) fn provider(&self) -> &Provider {
        self.registry.main()
    }
}

impl InFlight {
    /// Records that the key is being written.
    pub(crate) fn begin(&self, key: &str) {
        self.keys().insert(key.to_owned());
    }

    /// Records that the provider has returned, and the state of the key is known.
    pub(crate) fn end(&self, key: &str) {
        self.keys().remove(key);
    }

    fn possible_leftovers(&self) -> String {
        let keys = self.keys();
        if keys.is_empty() {
            return "the provider had not ended all of its work".to_owned();
        }
        let list: Vec<String> = keys.iter().map(|key| format!("\n  {key}")).collect();
        format!("the provider had not ended its clean-up; parts of these uploads may be left:{}", list.concat())
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
