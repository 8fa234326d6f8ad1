//! The provider of a library, loaded in the process of one case.

use std::time::Instant;

use longshore_plugin_host::{
    config::ProviderName,
    library::{self, Facts, Snapshot},
    load::{LoadError, Loaded, Loader},
    locate,
};
use longshore_provider::{Error, Handle, Result, futures::future::BoxFuture, serde_json::Value};
use longshore_provider_testkit::{Library, Subject};

use super::case::Spec;
use crate::print;

/// The provider of a library that this process has loaded, if it could.
pub(super) struct LoadedSubject {
    spec: Spec,
    opened: Option<Loaded>,
    library: Library,
}

impl LoadedSubject {
    /// Loads it.
    pub(super) fn new(spec: Spec) -> Self {
        let loader = Loader { provider_path: spec.provider_path.clone(), ..Loader::new(&spec.project) };
        let mut library = look(&loader, &spec).unwrap_or_default();
        let started = Instant::now();
        let opened = match load(&loader, &spec) {
            Ok(opened) => Some(opened),
            Err(error) => {
                library.refused = Some(print::fields(&error).0);
                None
            }
        };
        if let Some(opened) = &opened {
            // What it answers is asked for by the cases.
            let _ = opened.schema();
        }
        library.loaded_in = started.elapsed();
        Self { spec, opened, library }
    }

    fn loaded(&self) -> Result<&Loaded> {
        self.opened.as_ref().ok_or_else(|| Error::internal("the library could not be loaded"))
    }
}

impl Subject for LoadedSubject {
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
        Box::pin(async move { self.loaded()?.open_unchecked(options, &self.spec.project).await })
    }

    fn extensions(&self) -> Option<&[String]> {
        Some(&self.library.extensions)
    }

    /// Standard error of this process is a file: the log, and whatever else was printed there.
    fn log(&self) -> Vec<String> {
        let text = std::fs::read("/proc/self/fd/2").unwrap_or_default();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    fn objections(&self, options: &Value) -> Option<Vec<String>> {
        let problems = self.opened.as_ref()?.check_json(options).err();
        Some(problems.iter().flatten().map(ToString::to_string).collect())
    }

    fn library(&self) -> Option<&Library> {
        Some(&self.library)
    }

    fn is_alone(&self) -> bool {
        true
    }
}

fn load(loader: &Loader, spec: &Spec) -> std::result::Result<Loaded, LoadError> {
    let name = ProviderName::new(&spec.name).expect("the name was checked before this process was started");
    loader.load(&name, spec.path.as_deref())
}

/// What can be known of the library without running it.
fn look(loader: &Loader, spec: &Spec) -> Option<Library> {
    let path = match &spec.path {
        Some(path) => path.clone(),
        None => locate::search(&loader.search_path(None), &spec.name).ok()?.choice.path,
    };
    let started = Instant::now();
    library::open(&path, &loader.trust).ok()?.note().ok()?;
    let scanned_in = started.elapsed();
    let snapshot = library::open(&path, &loader.trust).ok()?.snapshot().ok()?;
    Some(Library { scanned_in, ..of_snapshot(&snapshot) })
}

fn of_snapshot(snapshot: &Snapshot) -> Library {
    let Facts { note, static_tls, .. } = snapshot.facts().clone();
    let symbols = snapshot.symbols().unwrap_or_default();
    Library {
        version: note.version,
        interface: note.interface,
        target: note.target,
        extensions: note.extensions,
        header: note.generations.into_iter().next().map(|offer| offer.symbol).unwrap_or_default(),
        exports: symbols.exports.into_iter().map(|export| (export.name, export.unique)).collect(),
        imports: symbols.imports,
        static_tls,
        ..Library::default()
    }
}
