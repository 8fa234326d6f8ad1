//! Starts one provider as `longshore serve` would, without the project's database.

use std::{sync::Arc, time::Duration};

use longshore_http_api::StaticRoutes;
use longshore_media_library::{Database, MediaLibrary, Synchronous};
use longshore_plugin_host::{config::Config, load::Loader, registry::Registry};

use super::Configured;
use crate::{failure::Failure, settings};

/// How long a provider may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Starts the provider, asks it where its files are, and shuts it down.
pub(super) async fn start(loader: &Loader, config: &Config, provider: &Configured<'_>) -> Result<(), Failure> {
    let config = with_main(config, provider);
    let registry = Arc::new(Registry::open(loader, &config).await?);
    let checked = check_urls(&config, registry.clone()).await;
    registry.shutdown(SHUTDOWN).await;
    checked
}

/// Whether the server could serve the provider's files. The table that this takes is a temporary one.
async fn check_urls(config: &Config, registry: Arc<Registry>) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let mut settings = settings::of_library(config);
    settings.database = Database::Sqlite { file: folder.path().join("check.db"), synchronous: Synchronous::Normal };
    let library = MediaLibrary::open(settings, registry).await?;
    let routes = StaticRoutes::of(&library, &settings::ages(config)).await;
    library.shutdown(SHUTDOWN).await;
    routes.map(drop).map_err(Failure::from)
}

/// The same configuration with one of its providers alone.
fn with_main(config: &Config, provider: &Configured<'_>) -> Config {
    let mut config = config.clone();
    let upload = &mut config.upload;
    if let Some(extra) = upload.providers.get(provider.name) {
        upload.provider = provider.name.clone();
        upload.path = extra.path.clone();
        upload.provider_options = extra.provider_options.clone();
        upload.action_options = extra.action_options.clone();
    }
    upload.providers.clear();
    config
}
