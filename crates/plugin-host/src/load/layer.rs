//! One loaded library.

use std::path::PathBuf;

use longshore_provider::host::Module;
use serde_json::Value;

use super::{Loader, error::LoadError, generation};
use crate::{library::PluginMetadata, locate::Candidate};

/// A library whose code is in the process.
pub struct LoadedLayer {
    /// The path at which the library was found, with unresolved symbolic links.
    pub path: PathBuf,
    /// The library's metadata.
    pub metadata: PluginMetadata,
    /// The generation of the interface that the host uses for the library.
    pub generation: u32,
    pub(crate) module: Module,
}

impl LoadedLayer {
    pub(super) fn open(loader: &Loader, candidate: &Candidate) -> Result<Self, LoadError> {
        let path = candidate.path.clone();
        let refused = |source| LoadError::Refused { path: path.clone(), source: Box::new(source) };
        let snapshot = candidate.open(&loader.trust).map_err(refused)?.snapshot()?;
        let metadata = snapshot.metadata().clone();
        let (number, offer) = generation::choose(&metadata.manifest)
            .map_err(|source| LoadError::Generation { path: path.clone(), source })?;
        let image = snapshot.load(&loader.placement)?;
        let module = generation::open(number, image, &offer.symbol)
            .map_err(|source| LoadError::Generation { path: path.clone(), source })?;
        let (name, version) = (&metadata.manifest.name, &metadata.manifest.version);
        tracing::debug!(provider = %name, %version, generation = number, path = %path.display(), "loaded a library");
        Ok(Self { path, metadata, generation: number, module })
    }

    /// The JSON Schema of the provider's options.
    ///
    /// # Errors
    ///
    /// Making it panicked.
    pub fn schema(&self) -> Result<Value, LoadError> {
        let failed = |source| LoadError::Author { path: self.path.clone(), what: "making its schema", source };
        self.module.schema().map_err(failed)
    }
}
