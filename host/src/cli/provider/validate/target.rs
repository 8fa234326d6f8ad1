//! The provider of a library, loaded in the process of one case.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use longshore_plugin_host::{
    config::{ProviderName, read_options},
    flush_logs,
    library::{self, PluginMetadata, Snapshot, Trust, allocator},
    load::{LoadError, Loaded, Loader},
    locate,
};
use longshore_provider::{Error, Handle, Result, futures::future::BoxFuture, serde_json::Value};
use longshore_provider_testkit::{CallEvent, Fetched, Library, TestTarget};

use super::{case::CaseSpec, fetch::Fetcher, journal::Journal, populate::populate};
use crate::print;

/// How long to wait for the log records of a library.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The provider of a library that this process has loaded, or failed to load.
pub(super) struct LoadedTarget {
    spec: CaseSpec,
    opened: Option<Loaded>,
    library: Library,
    fetcher: Fetcher,
    isolation: Isolation,
    journal: Option<Journal>,
}

/// Whether a case shares its process with other cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isolation {
    /// The process was started for this case only.
    OwnProcess,
    /// Other cases run before and after it.
    SharedProcess,
}

impl LoadedTarget {
    /// Loads the library.
    pub(super) fn new(spec: CaseSpec, isolation: Isolation) -> Self {
        let loader = Loader {
            provider_path: spec.provider_path.clone(),
            trust: Trust { users: spec.trusted_users.clone() },
            ..Loader::new(&spec.project)
        };
        let mut library = look(&loader, &spec).unwrap_or_default();
        let started = Instant::now();
        let opened = match load(&loader, &spec) {
            Ok(opened) => Some(opened),
            Err(error) => {
                library.refused = Some(print::fields(&error).0);
                None
            }
        };
        // An error of the schema is not reported here: cases test the schema.
        let schema = opened.as_ref().and_then(|opened| opened.schema().ok()).unwrap_or_default();
        library.loaded_in = started.elapsed();
        if let Err(error) = populate(&spec.folder, &spec.project, &[&spec.options, &schema]) {
            tracing::warn!(%error, "what the options name could not be put into the folder of the case");
        }
        let journal = spec.journal.as_deref().and_then(|path| Journal::new(path).ok());
        Self { spec, opened, library, fetcher: Fetcher::default(), isolation, journal }
    }

    fn loaded(&self) -> Result<&Loaded> {
        self.opened.as_ref().ok_or_else(|| Error::internal("the library could not be loaded"))
    }
}

impl TestTarget for LoadedTarget {
    fn name(&self) -> &str {
        &self.spec.name
    }

    fn options(&self) -> &Value {
        &self.spec.options
    }

    fn schema(&self) -> Result<Value> {
        self.loaded()?.schema().map_err(|error| match error {
            LoadError::Author { source, .. } => source,
            other => Error::internal(print::fields(&other).0),
        })
    }

    fn open<'a>(&'a self, options: &'a Value) -> BoxFuture<'a, Result<Handle>> {
        Box::pin(async move { self.loaded()?.open_unchecked(options, &self.spec.folder).await })
    }

    fn extensions(&self) -> Option<&[String]> {
        Some(&self.library.extensions)
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.spec.folder)
    }

    /// The lines on standard error of this process, which is a file with the log and other output.
    fn log(&self) -> Vec<String> {
        if !self.is_alone() {
            // In a shared process standard error may be a terminal, and reading it would wait for input.
            return Vec::new();
        }
        // Log records of a library arrive with a short delay.
        flush_logs(LAST_WORDS);
        let text = std::fs::read("/proc/self/fd/2").unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    fn objections(&self, options: &Value) -> Option<Vec<String>> {
        let opened = self.opened.as_ref()?;
        // Problems of the options from a file are reported with their places in the file.
        let given = (*options == self.spec.options).then_some(self.spec.options_file.as_ref()).flatten();
        let problems = match given.and_then(|file| read_options(file).ok()) {
            Some(node) => opened.check_options(&node),
            None => opened.check_json(options),
        };
        let problems = problems.err();
        Some(problems.iter().flatten().map(ToString::to_string).collect())
    }

    fn library(&self) -> Option<&Library> {
        Some(&self.library)
    }

    fn is_alone(&self) -> bool {
        self.isolation == Isolation::OwnProcess
    }

    fn has_other_allocator(&self) -> bool {
        allocator::is_marking()
    }

    fn request<'a>(&'a self, method: &'a str, url: &'a str) -> Option<BoxFuture<'a, std::io::Result<Fetched>>> {
        Fetcher::can_request(url).then(|| -> BoxFuture<'a, _> { Box::pin(self.fetcher.request(method, url)) })
    }

    fn record(&self, event: CallEvent) {
        if let Some(journal) = &self.journal {
            journal.record(event);
        }
    }
}

fn load(loader: &Loader, spec: &CaseSpec) -> std::result::Result<Loaded, LoadError> {
    let name = ProviderName::new(&spec.name).expect("the name was checked before this process was started");
    loader.load(&name, spec.path.as_deref())
}

/// The properties of the library that are known without running its code.
fn look(loader: &Loader, spec: &CaseSpec) -> Option<Library> {
    let path = match &spec.path {
        Some(path) => path.clone(),
        None => locate::search(&loader.search_path(None), &spec.name).ok()?.choice.path,
    };
    let started = Instant::now();
    library::open(&path, &loader.trust).ok()?.manifest().ok()?;
    let scanned_in = started.elapsed();
    let snapshot = library::open(&path, &loader.trust).ok()?.snapshot().ok()?;
    Some(Library { scanned_in, ..of_snapshot(&snapshot) })
}

fn of_snapshot(snapshot: &Snapshot) -> Library {
    let PluginMetadata { manifest, static_tls, .. } = snapshot.metadata().clone();
    let symbols = snapshot.symbols().unwrap_or_default();
    Library {
        version: manifest.version,
        interface: manifest.interface,
        target: manifest.target,
        extensions: manifest.extensions,
        header: manifest.generations.into_iter().next().map(|offer| offer.symbol).unwrap_or_default(),
        exports: symbols.exports.into_iter().map(|export| (export.name, export.unique)).collect(),
        imports: symbols.imports,
        static_tls,
        ..Library::default()
    }
}
