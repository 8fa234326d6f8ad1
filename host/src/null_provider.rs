//! Null providers for tests, which store nothing.

use std::{path::Path, sync::Arc};

use longshore_media_library::Settings;
use longshore_plugin_host::{
    config::{LoadRequest, load_with},
    registry::{Provider, Registry},
};
use longshore_provider::{Body, Call, File, InitContext, NoOptions, Result, Uploaded, host::Module, key::object_key};

use crate::settings;

/// A provider that accepts every file and stores none.
struct NullProvider;

impl longshore_provider::Provider for NullProvider {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, file: &File, mut body: Body, _: &Call) -> Result<Uploaded> {
        let mut size = 0;
        while let Some(chunk) = body.next().await {
            size += chunk?.len() as u64;
        }
        let key = object_key("", file)?;
        Ok(Uploaded::new(&key, format!("https://null.test/{key}")).with_size(size))
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }
}

/// The public null provider, open.
pub(crate) async fn provider() -> Provider {
    let module = ("null", Module::linked::<NullProvider>());
    Provider::linked(module, &[], &serde_json::json!({}), Path::new("/")).await.expect("it has no options")
}

/// A null provider that is private.
struct Hidden;

impl longshore_provider::Provider for Hidden {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        NullProvider.upload(file, body, call).await
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }
}

/// A null provider whose `is_private` and `url` never return.
struct Silent;

impl longshore_provider::Provider for Silent {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        NullProvider.upload(file, body, call).await
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }

    async fn is_private(&self) -> Result<bool> {
        std::future::pending().await
    }

    async fn url(&self, _: &File) -> Result<String> {
        std::future::pending().await
    }
}

/// A registry with a private provider that extends the public one.
pub(crate) async fn hidden_registry() -> Arc<Registry> {
    extending(("hidden", Module::linked::<Hidden>()), "null").await
}

/// A registry with the provider whose `is_private` and `url` never return. It extends a provider named `local`, whose
/// files this server would serve.
pub(crate) async fn silent_registry() -> Arc<Registry> {
    extending(("silent", Module::linked::<Silent>()), "local").await
}

/// A registry with `own`, which extends the public provider under the name `base`.
async fn extending(own: (&str, Module), base: &str) -> Arc<Registry> {
    let bases = [(base, Module::linked::<NullProvider>())];
    let provider = Provider::linked(own, &bases, &serde_json::json!({}), Path::new("/")).await;
    Arc::new(Registry::of(provider.expect("it has no options"), []))
}

/// A registry with the public provider only.
pub(crate) async fn registry() -> Arc<Registry> {
    Arc::new(Registry::of(provider().await, []))
}

/// The default settings of a media library in this folder.
pub(crate) fn settings_in(folder: &Path) -> Settings {
    std::fs::create_dir_all(folder.join("config")).expect("the folder can be written to");
    std::fs::write(folder.join("config/plugins.toml"), "").expect("the folder can be written to");
    let config = load_with(&LoadRequest::in_folder(folder), &|_: &str| None).expect("nothing is configured");
    settings::of_library(&config)
}
