//! The Longshore provider `my-provider`: `my-base`, with files that can be read only by signed URLs.
//!
//! `my-base` does everything else: uploads, deletions, credentials, options. Any other method of [`Overlay`] can be
//! implemented in the same way.

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
    /// The options of the base. For options of your own, see the chapter about overlays in the guide.
    type Options = BaseOptions;

    async fn init(_: BaseOptions, base: Base, _: InitContext) -> Result<Self> {
        Ok(Self { base })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    /// The base learns this with each upload, and stores files that need a signature.
    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let asked = options.expires_in.unwrap_or(LONGEST);
        let options = options.clone().with_expiry(asked.min(LONGEST));
        let url = self.base.get_signed_url(file, &options).await?;
        if !url.signed {
            // An unsigned URL would open to everyone, or not at all.
            return Err(Error::unsupported("signing with these options"));
        }
        Ok(url)
    }
}

// The host reaches only the extensions that are named here: `longshore object ls` needs `list`.
longshore_provider::export_provider!(MyProvider as "my-provider" extends "my-base", extensions ["list"]);
