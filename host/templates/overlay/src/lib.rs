//! The Longshore provider `my-provider`: `my-base`, with files that can be read only by signed URLs.
//!
//! What is not written here is done by `my-base`: uploads, deletions, credentials, options. Any other method of
//! [`Overlay`] can be written in the same way.

#![forbid(unsafe_code)]

use std::time::Duration;

use longshore_provider::{
    Base, BaseOptions, Error, File, InitContext, Overlay, Result, SignOptions, SignedUrl,
};

/// How long a URL works at most.
const LONGEST: Duration = Duration::from_mins(15);

/// `my-base`, opened by the host.
pub struct MyProvider {
    base: Base,
}

impl Overlay for MyProvider {
    /// Those of the base. Options of your own are a struct within `longshore_provider::options!`.
    type Options = BaseOptions;

    async fn init(_: BaseOptions, base: Base, _: InitContext) -> Result<Self> {
        Ok(Self { base })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    /// The base is told with each upload, and lets nobody read what it stores.
    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let asked = options.expires_in.unwrap_or(LONGEST);
        let options = options.clone().with_expiry(asked.min(LONGEST));
        let url = self.base.get_signed_url(file, &options).await?;
        if !url.signed {
            // It would open to everybody, or to nobody.
            return Err(Error::unsupported("signing with these options"));
        }
        Ok(url)
    }
}

// An extension of the base has to be named to be reached: `list` is what `longshore object ls` asks for.
longshore_provider::export_provider!(MyProvider as "my-provider" extends "my-base", extensions ["list"]);
