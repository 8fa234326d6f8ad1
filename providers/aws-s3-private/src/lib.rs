//! The Longshore provider that makes `aws-s3` private: no public ACL, every URL signed.
//!
//! It takes the options of `aws-s3`, but for `baseUrl`: the URL of a CDN cannot carry a signature of S3. Files that
//! were uploaded before stay as public as they were.

#![forbid(unsafe_code)]

mod base_options;

use longshore_provider::{
    Base, BaseOptions, Error, File, InitContext, Overlay, Result, SignOptions, SignedUrl, serde_json::Value,
};

/// `aws-s3`, whose files can be read only by signed URLs.
pub struct PrivateAwsS3 {
    base: Base,
}

impl Overlay for PrivateAwsS3 {
    type Options = BaseOptions;

    async fn init(_: BaseOptions, base: Base, _: InitContext) -> Result<Self> {
        Ok(Self { base })
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn base_options(options: Value) -> Result<Value> {
        base_options::made_private(options)
    }

    /// Whatever the ACL says.
    async fn is_private(&self) -> Result<bool> {
        Ok(true)
    }

    async fn get_signed_url(&self, file: &File, options: &SignOptions) -> Result<SignedUrl> {
        let url = self.base.get_signed_url(file, options).await?;
        if url.signed {
            return Ok(url);
        }
        // A file whose URL the base leaves unsigned is not in the bucket. Its URL would protect nothing.
        let message = "no signed URL can be made: the file has no key, and its URL is not one of this bucket's";
        Err(Error::invalid_input(message))
    }
}

longshore_provider::export_provider!(PrivateAwsS3 as "aws-s3-private" extends "aws-s3", extensions ["list"]);
