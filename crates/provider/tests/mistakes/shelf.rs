use longshore_provider::{Body, Call, File, InitContext, NoOptions, Provider, Result, Uploaded};

pub struct Shelf;

impl Provider for Shelf {
    type Options = NoOptions;

    async fn init(_: NoOptions, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, _: &File, _: Body, _: &Call) -> Result<Uploaded> {
        Ok(Uploaded::new("key", "url"))
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }
}
