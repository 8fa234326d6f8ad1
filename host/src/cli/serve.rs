//! `longshore serve`

use std::{error::Error, fmt, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

use clap::Args;
use longshore_http_api::{Http, StaticRoutes, UPLOAD_WAIT, metrics::Metrics};
use longshore_media_library::{
    Attribute, Comparison, Error as LibraryError, Filter, FindQuery, MediaLibrary, Result as LibraryResult, Scalar,
};
use longshore_plugin_host::{
    config::{Config, Problem},
    load::Loader,
    registry::Registry,
};
use sd_notify::NotifyState;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::{
    exit_code::ExitCode, failure::Failure, interrupt::Interrupts, library, memory_limit, settings,
    webhooks::WebhookDispatcher,
};

/// How long changes may take to be undone after the shutdown timeout.
const UNDOING: Duration = Duration::from_secs(10);

/// How long uploads may take to be undone after a second signal.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Serve the media library over HTTP
///
/// `config/longshore.toml` has the addresses, permissions and limits. `longshore token create` makes tokens for clients.
/// SIGTERM or SIGINT stops the server after the requests in flight have ended. A second signal ends it at once.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Serve the API here instead of at `server.bind`
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<SocketAddr>,
    /// Serve health and metrics here instead of at `server.adminBind`; `off` for nowhere
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_bind: Option<AdminBind>,
}

/// Where health and metrics are served.
#[derive(Clone, Copy, Debug)]
enum AdminBind {
    At(SocketAddr),
    Off,
}

impl FromStr for AdminBind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            text => text.parse().map(Self::At).map_err(|_| "expected an IP address and a port, or `off`"),
        }
    }
}

/// The record that the server listens.
#[derive(Serialize)]
struct Listening {
    url: String,
    admin: Option<String>,
    provider: String,
}

/// The parts that run from the start of the server to its end.
struct Running {
    registry: Arc<Registry>,
    library: MediaLibrary,
    metrics: Arc<Metrics>,
}

impl Serve {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let mut config = library::configuration(context)?;
        let server = &mut config.longshore.server;
        server.bind = self.bind.unwrap_or(server.bind);
        server.admin_bind = match self.admin_bind {
            Some(AdminBind::At(address)) => Some(address),
            Some(AdminBind::Off) => None,
            None => server.admin_bind,
        };
        if server.binds_collide() {
            let message = "the API and the admin server need the same port of one address";
            let hint = "hint: `--admin-bind` gives health and metrics another port, or `off`";
            return Err(Failure::Usage(format!("{message}\n{hint}")));
        }
        refuse_if_off(&config)?;

        let started = tokio::select! {
            started = Running::start(&config) => started?,
            () = interrupts.next() => return Err(Failure::Interrupted),
        };
        let outcome = started.serve(&config, context, &mut interrupts).await;
        if let Err(Failure::Interrupted) = outcome {
            // The connections are closed. Their uploads get a short time to be undone. The next start undoes the rest.
            started.library.shutdown(LAST_MOMENT).await;
            return outcome;
        }
        let ended = tokio::select! {
            ended = started.end() => ended,
            () = interrupts.next() => return Err(Failure::Interrupted),
        };
        if !ended {
            context.print.warning("some changes have not ended; the next start finishes or undoes them");
        }
        outcome
    }
}

/// Lowers the memory for images if the limit of this process's control group is too small: the kernel would kill the
/// process. Images use the setting twice, for arriving files and for decoded pixels. Half of the limit is reserved for
/// everything else.
fn fit_into_memory(images: &mut usize) {
    let Some(limit) = memory_limit::of_this_process() else { return };
    let fitting = usize::try_from(limit / 4).unwrap_or(usize::MAX);
    if *images > fitting {
        tracing::warn!(
            configured = *images,
            fitting,
            limit,
            "`images.memory` is lowered to a quarter of the memory limit of this process; larger images are refused"
        );
        *images = fitting;
    }
}

impl Running {
    async fn start(config: &Config) -> Result<Self, Failure> {
        let registry = Arc::new(Registry::open(&Loader::of(config), config).await?);
        let mut settings = settings::of_library(config);
        settings.memory_wait = Some(UPLOAD_WAIT);
        fit_into_memory(&mut settings.images.memory);
        let library = MediaLibrary::open(settings, registry.clone()).await;
        let library = match library {
            Ok(library) => library,
            Err(error) => {
                registry.shutdown(UNDOING).await;
                return Err(error.into());
            }
        };
        let metrics = Arc::new(Metrics::new(registry.clone()));
        Ok(Self { registry, library, metrics })
    }

    /// Serves requests until the first signal, then finishes the requests in flight until the second signal.
    async fn serve(
        &self,
        config: &Config,
        context: &Context<'_>,
        interrupts: &mut Interrupts,
    ) -> Result<ExitCode, Failure> {
        let ages = settings::ages(config);
        // A provider may take up to its time limit to return the URL of its files.
        let static_routes = tokio::select! {
            static_routes = StaticRoutes::of(&self.library, &ages) => static_routes?,
            () = interrupts.next() => return Err(Failure::Interrupted),
        };
        let http =
            Http::bind(settings::of_server(config), static_routes, self.library.clone(), self.metrics.clone()).await?;
        context.print.record(&Listening {
            url: format!("http://{}", http.address()),
            admin: http.admin_address().map(|address| format!("http://{address}")),
            provider: self.registry.main().name().to_owned(),
        })?;
        notify_systemd(NotifyState::Ready);
        let stop = CancellationToken::new();
        let beside = self.start_beside(&stop);
        let mut serving = std::pin::pin!(http.run(stop.clone()));
        tokio::select! {
            () = &mut serving => {}
            () = interrupts.next() => context.print.note("stopping after the requests in flight (interrupt again to end at once)"),
        }
        notify_systemd(NotifyState::Stopping);
        stop.cancel();
        let all_ended = async {
            serving.await;
            let _ = beside.await;
        };
        tokio::select! {
            () = all_ended => Ok(ExitCode::Done),
            () = interrupts.next() => Err(Failure::Interrupted),
        }
    }

    /// Starts the background tasks. Returns the task that delivers events, which ends after its running deliveries.
    fn start_beside(&self, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
        self.library.run_sweeper();
        let library = self.library.clone();
        tokio::spawn(async move {
            if let Err(error) = warn_of_public_files(&library).await {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "could not find out whether files of a public provider remain"
                );
            }
        });
        let webhooks = &self.library.settings().webhooks;
        if webhooks.is_empty() {
            return tokio::spawn(async {});
        }
        let dispatcher = WebhookDispatcher::new(self.library.store().clone(), webhooks, self.metrics.clone());
        let stop = stop.clone();
        let deliver = move || dispatcher.clone().run(stop.clone().cancelled_owned());
        self.library.supervisor().run("webhooks", deliver)
    }

    /// Shuts down; returns whether all changes have ended or were undone.
    async fn end(&self) -> bool {
        let ended = self.library.shutdown(UNDOING).await;
        self.registry.shutdown(UNDOING).await.is_empty() && ended
    }
}

fn refuse_if_off(config: &Config) -> Result<(), Problem> {
    if config.upload.enabled {
        return Ok(());
    }
    let origin = config.upload_node.get("enabled").map_or(&config.upload_node.origin, |node| &node.origin);
    let mut problem = Problem::of_value(origin, "the media library is switched off");
    problem.hint = Some("set `upload.enabled = true` to serve it".into());
    Err(problem)
}

/// Notifies the service manager, if it started this process with `Type=notify`.
fn notify_systemd(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(error = &error as &dyn Error, "the service manager cannot be notified");
    }
}

/// Warns if files are still public: replacing a public provider by a private one that extends it does not change the
/// stored files.
async fn warn_of_public_files(library: &MediaLibrary) -> LibraryResult<()> {
    let files = files_of_bases(library).await?;
    if files > 0 {
        let main = library.registry().main();
        let (private, public) = (main.name(), main.chain()[1..].join("`, `"));
        tracing::warn!(
            files,
            "`{private}` is private, but files that `{public}` stored are still public: make them private at the service"
        );
    }
    Ok(())
}

/// How many files the bases of a private provider have stored.
async fn files_of_bases(library: &MediaLibrary) -> LibraryResult<u64> {
    let main = library.registry().main();
    let bases: Vec<Scalar> = main.chain().iter().skip(1).cloned().map(Scalar::Text).collect();
    let failed = |source| LibraryError::Provider { provider: main.name().to_owned(), source };
    if bases.is_empty() || !library.in_time(main.is_private()).await.map_err(failed)? {
        return Ok(0);
    }
    let filter = Filter::Compare(Attribute::Provider, Comparison::In(bases));
    library.count(&FindQuery { filter: Some(filter), ..FindQuery::default() }).await
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "listening at {}", self.url)?;
        if let Some(admin) = &self.admin {
            write!(f, ", health and metrics at {admin}")?;
        }
        write!(f, "; new files go to `{}`", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use longshore_media_library::{Incoming, Settings};
    use longshore_plugin_host::config::{LoadRequest, load};
    use longshore_provider::{Body, Bytes};
    use rustix::process::{getpid, kill_process};

    use super::*;
    use crate::{
        null_provider::{self, settings_in},
        print::{Output, Printer},
    };

    async fn store_a_file(library: &MediaLibrary) {
        let mut batch = library.begin().unwrap();
        let body = Body::from(Bytes::from_static(b"hello"));
        let (name, size) = ("a.txt".to_owned(), Some(5));
        batch.add(Incoming { name, declared_mime: None, size, at_most: None, body }).await.unwrap();
        batch.finish().await.unwrap();
    }

    #[tokio::test]
    async fn files_of_a_public_base_are_counted_when_the_provider_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let public = null_provider::registry().await;
        let library = MediaLibrary::open(settings_in(folder.path()), public).await.unwrap();
        store_a_file(&library).await;
        assert_eq!(files_of_bases(&library).await.unwrap(), 0);
        let private = null_provider::hidden_registry().await;
        let library = MediaLibrary::open(settings_in(folder.path()), private).await.unwrap();
        store_a_file(&library).await;
        assert_eq!(files_of_bases(&library).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_provider_whose_is_private_does_not_return_is_logged() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { provider_stall: Duration::from_millis(50), ..settings_in(folder.path()) };
        let library = MediaLibrary::open(settings, null_provider::silent_registry().await).await.unwrap();
        let warned = tokio::time::timeout(Duration::from_secs(10), warn_of_public_files(&library)).await.unwrap();
        assert!(matches!(warned, Err(LibraryError::Provider { .. })), "{warned:?}");
    }

    #[tokio::test]
    async fn a_signal_ends_the_start_while_a_provider_does_not_say_where_its_files_are() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings_in(folder.path());
        let request = LoadRequest::in_folder(folder.path());
        let config = load(&request).unwrap();
        let output = Output { json: true, verbose: 0, quiet: false, log: None };
        let context = Context { request, print: &Printer::new(&output) };
        let registry = null_provider::silent_registry().await;
        let library = MediaLibrary::open(settings, registry.clone()).await.unwrap();
        let running = Running { metrics: Arc::new(Metrics::new(registry.clone())), registry, library };
        let mut interrupts = Interrupts::listen().unwrap();
        kill_process(getpid(), rustix::process::Signal::TERM).unwrap();
        let served = tokio::time::timeout(UNDOING, running.serve(&config, &context, &mut interrupts)).await;
        assert!(matches!(served, Ok(Err(Failure::Interrupted))), "{served:?}");
        assert!(running.end().await, "nothing is left that runs");
    }
}
