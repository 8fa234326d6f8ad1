use longshore_provider::{Body, Call, File, InitContext, Provider, Result, Uploaded};

pub struct Options {
    pub folder: String,
}

pub struct Shelf;

impl Provider for Shelf {
    type Options = Options;

    async fn init(_: Options, _: InitContext) -> Result<Self> {
        Ok(Self)
    }

    async fn upload(&self, _: &File, _: Body, _: &Call) -> Result<Uploaded> {
        Ok(Uploaded::new("key", "url"))
    }

    async fn delete(&self, _: &File, _: &Call) -> Result<()> {
        Ok(())
    }
}

longshore_provider::export_provider!(Shelf as "shelf");
