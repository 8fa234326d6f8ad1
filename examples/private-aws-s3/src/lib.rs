//! `aws-s3` with files that can be read only by URLs signed for a minute: `cargo build --release` in its folder, copy the
//! library into `providers/aws-s3/` beside `config/`, and say `provider = "aws-s3"`. The rest is in README.md.
//!
//! Everything that is not written here is done by the official `aws-s3`.

#![forbid(unsafe_code)]

use std::time::Duration;

use longshore_provider::{Base, BaseOptions, File, InitContext, Overlay, Result, SignOptions, SignedUrl};

struct PrivateS3 {
    base: Base,
}

impl Overlay for PrivateS3 {
    type Options = BaseOptions;

    async fn init(_: BaseOptions, base: Base, _: InitContext) -> Result<Self> {
        Ok(Self { base })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        self.base.get_signed_url(file, &options.clone().with_expiry(Duration::from_mins(1))).await
    }
}

longshore_provider::export_provider!(PrivateS3 as "aws-s3" extends "aws-s3", extensions ["list"]);
