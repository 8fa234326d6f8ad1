//! A provider for tests, which keeps nothing.

use std::{path::Path, sync::Arc};

use longshore_plugin_host::registry::{Provider, Registry};
use longshore_provider::{Body, Call, File, InitContext, NoOptions, Result, Uploaded, host::Module, key::object_key};

/// Takes every file, and has none.
struct Nowhere;

impl longshore_provider::Provider for Nowhere {
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
        Ok(Uploaded::new(&key, format!("nowhere:{key}")).with_size(size))
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }
}

/// The provider, open.
pub(crate) async fn provider() -> Provider {
    let module = ("nowhere", Module::linked::<Nowhere>());
    Provider::linked(module, &[], &serde_json::json!({}), Path::new("/")).await.expect("it has no options")
}

/// The same, but private.
struct Hidden;

impl longshore_provider::Provider for Hidden {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        Nowhere.upload(file, body, call).await
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }
}

/// A registry of a private provider that extends it.
pub(crate) async fn hidden_registry() -> Arc<Registry> {
    let (own, base) = (("hidden", Module::linked::<Hidden>()), ("nowhere", Module::linked::<Nowhere>()));
    let provider = Provider::linked(own, &[base], &serde_json::json!({}), Path::new("/")).await;
    Arc::new(Registry::of(provider.expect("it has no options"), []))
}

/// A registry of it alone.
pub(crate) async fn registry() -> Arc<Registry> {
    Arc::new(Registry::of(provider().await, []))
}
