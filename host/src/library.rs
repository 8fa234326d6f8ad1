//! A run with the media library open: from loading the configuration to the end of the running changes.

use std::{sync::Arc, time::Duration};

use longshore_media_library::{MediaLibrary, Store};
use longshore_plugin_host::{
    config::{Config, load},
    load::Loader,
    registry::Registry,
};

use crate::{cli::Context, exit_code::ExitCode, failure::Failure, interrupt::Interrupts, settings};

/// How long running changes may take to end or to be undone.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// How a command uses files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The command only reads files.
    Reading,
    /// The command changes files. The sweeper runs meanwhile and finishes or undoes interrupted changes.
    Changing,
}

/// Opens the media library, does `work` with it, and closes it. A signal cancels the work, whose changes are undone. A
/// second signal ends the program at once.
pub(crate) async fn run(
    context: &Context<'_>,
    access: Access,
    work: impl AsyncFnOnce(&MediaLibrary) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen()?;
    let config = configuration(context)?;
    let opening = async {
        let registry = Arc::new(Registry::open(&Loader::of(&config), &config).await?);
        let library = MediaLibrary::open(settings::of_library(&config), registry.clone()).await?;
        Ok::<_, Failure>((registry, library))
    };
    let (registry, library) = tokio::select! {
        opened = opening => opened?,
        () = interrupts.next() => return Err(Failure::Interrupted),
    };
    if access == Access::Changing {
        library.run_sweeper();
    }
    let outcome = tokio::select! {
        outcome = work(&library) => outcome,
        () = interrupts.next() => Err(Failure::Interrupted),
    };
    if matches!(outcome, Err(Failure::Interrupted)) {
        context.print.note("interrupted: undoing unfinished changes (interrupt again to end at once)");
    }
    let closing = async {
        let undone = library.shutdown(SHUTDOWN).await;
        registry.shutdown(SHUTDOWN).await.is_empty() && undone
    };
    let ended = tokio::select! {
        ended = closing => ended,
        () = interrupts.next() => false,
    };
    if !ended {
        context.print.warning("some changes have not ended; the next command or server finishes or undoes them");
    }
    outcome
}

/// Opens the table alone, without a provider, and does `work` with it.
pub(crate) async fn with_table(
    context: &Context<'_>,
    work: impl AsyncFnOnce(&Store) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let settings = settings::of_library(&configuration(context)?);
    let store = Store::open(&settings.database, &settings.webhooks).await?;
    let outcome = work(&store).await;
    store.close().await;
    outcome
}

/// Loads the configuration and prints its warnings.
pub(crate) fn configuration(context: &Context<'_>) -> Result<Config, Failure> {
    let config = load(&context.request)?;
    for warning in &config.warnings {
        context.print.configuration_warning(warning);
    }
    settings::check(&config)?;
    Ok(config)
}
