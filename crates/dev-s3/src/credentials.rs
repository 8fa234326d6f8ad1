//! The credentials of signed requests, and the permissions of unsigned requests.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use crate::acl::ACCOUNT_ID;
use crate::store::Store;
use crate::target::Query;

/// The access key id of a server without configured credentials.
pub const DEFAULT_ACCESS_KEY_ID: &str = "dev-s3-access-key";
/// The secret access key of a server without configured credentials. It is no secret, because it is always the same.
pub const DEFAULT_SECRET_ACCESS_KEY: &str = "dev-s3-secret-key-for-development-only";

/// A pair of keys, with the session token that requests must carry.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// All credentials of a server. Each of them has all permissions.
#[derive(Clone, Debug)]
pub(crate) struct Credentials(pub(crate) Arc<[Credential]>);

impl Credentials {
    pub(crate) fn get(&self, access_key_id: &str) -> Option<&Credential> {
        self.0.iter().find(|credential| credential.access_key_id == access_key_id)
    }
}

#[async_trait::async_trait]
impl S3Auth for Credentials {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        let found = self.get(access_key).ok_or_else(|| s3_error!(InvalidAccessKeyId, "{message}"))?;
        Ok(SecretKey::from(found.secret_access_key.as_str()))
    }
}

/// The permissions of requests. An unsigned request may only read objects whose ACL allows everybody to read.
pub(crate) struct Access(pub(crate) Arc<Store>);

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let expected_owner = cx.headers().get("x-amz-expected-bucket-owner");
        if expected_owner.is_some_and(|owner| owner.as_bytes() != ACCOUNT_ID.as_bytes()) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        if cx.credentials().is_some() {
            return Ok(());
        }
        let reads = matches!(cx.s3_op().name(), "GetObject" | "HeadObject");
        let Some((bucket, key)) = cx.s3_path().as_object().filter(|_| reads) else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        if Query::of(cx.uri()).names().any(|name| name.starts_with("response-")) {
            let message = "Request specific response headers cannot be used for anonymous GET requests.";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        let open = self.0.bucket(bucket, |bucket| {
            !bucket.owner_enforced && bucket.objects.get(key).is_some_and(|found| found.info.acl.grants_read_to_all())
        })?;
        // A missing key gets the same error as an object that may not be read.
        if open { Ok(()) } else { Err(s3_error!(AccessDenied, "Access Denied")) }
    }
}
