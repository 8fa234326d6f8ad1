//! Storing files: in one request if they are small, else in parts.

use std::time::Duration;

use aws_sdk_s3::{Client, types::ChecksumAlgorithm};
use longshore_provider::{
    Body, Call, Cleanup, Error, ErrorKind, File, Result, Uploaded,
    futures::FutureExt,
    tokio::{self, time::timeout},
    tracing,
};

use crate::{
    AwsS3,
    acl::Acl,
    action_options::{self, ActionOptions, WRITING},
    delete,
    failure::{Action, BucketLocation},
    multipart,
    open_uploads::Began,
    part::{Parts, size_of},
    put,
    put_headers::PutHeaders,
    settings::LARGEST_PART,
    trace,
    unknown_outcome::look,
};

/// How long a whole part waits to see whether it was the only one. Then it is sent as the first of several: it must not
/// hold memory for as long as a client hesitates.
const HESITATION: Duration = Duration::from_secs(1);

impl AwsS3 {
    pub(crate) async fn store(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = self.key(file)?;
        let headers = self.headers(file, call)?;
        self.send(&key, body, &headers).await
    }

    /// Stores `new`, then removes `old` if it has another key. If that cannot be done, `new` is removed again.
    pub(crate) async fn store_over(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = self.key(new)?;
        let old_key = self.key(old)?;
        let mut headers = self.headers(new, call)?;
        if key == old_key {
            headers.if_none_match = None;
            return self.send(&key, body, &headers).await;
        }
        let uploaded = self.send(&key, body, &headers).await?;
        self.take_the_place_of(&key, &old_key, headers).await?;
        Ok(uploaded)
    }

    /// Removes `old`, now that `key` is stored. `key` is removed again only if `old` is still there.
    ///
    /// The removal is a task of its own: a call that is dropped meanwhile cannot know whether `old` is there, so what
    /// cleans up behind it waits for the removal's end.
    async fn take_the_place_of(&self, key: &str, old: &str, headers: PutHeaders) -> Result<()> {
        let removing = {
            let (client, location, old) = (self.client.clone(), self.location.clone(), old.to_owned());
            tokio::spawn(trace::kept(async move { removal(&client, &location, &old).await }))
                .map(|joined| {
                    joined.unwrap_or_else(|error| {
                        Removal::Unclear(Error::internal("removing a file broke off").caused_by(&error))
                    })
                })
                .shared()
        };
        let undo = Cleanup::new({
            let (removing, client, location, key) =
                (removing.clone(), self.client.clone(), self.location.clone(), key.to_owned());
            async move {
                if !matches!(removing.await, Removal::Failed(_)) {
                    return;
                }
                let request = client.delete_object().bucket(&location.bucket).key(&key);
                let request = request
                    .set_request_payer(headers.request_payer)
                    .set_expected_bucket_owner(headers.expected_bucket_owner);
                if let Err(error) = request.send().await {
                    let error = location.error(Action::DELETE, &key, &error);
                    tracing::warn!("`{key}` could not be removed again after a failed replacement: {error}");
                }
            }
        });
        match removing.await {
            Removal::Done => undo.disarm(),
            // Dropping the guard removes `key`.
            Removal::Failed(error) => return Err(error),
            Removal::Unclear(error) => {
                undo.disarm();
                tracing::warn!("`{old}` may be left beside `{key}`, which was to replace it");
                return Err(error);
            }
        }
        self.open_uploads.abort(old, &ActionOptions::default(), Began::AtAnyTime).await;
        Ok(())
    }

    /// The headers of an upload. What keeps a private file private is decided here, for all of them.
    pub(crate) fn headers(&self, file: &File, call: &Call) -> Result<PutHeaders> {
        let options = action_options::of(&call.action_options, WRITING)?;
        let private = call.private || self.settings.acl.is_private();
        let by_default = options.acl.is_none() && self.settings.acl == Acl::Defaulted;
        let (headers, dropped) = PutHeaders::new(&self.settings, file, options, private)?;
        if by_default && !private {
            self.logged.public_by_default.call_once(|| {
                tracing::warn!(
                    "s3Options.params.ACL is not set, so files are uploaded as `public-read`: set `public-read` to keep \
                     that, `private` for signed URLs, or `none` if the bucket has ACLs disabled"
                );
            });
        } else if dropped && !by_default {
            self.logged.acl_dropped.call_once(|| {
                tracing::warn!("files are private, so the configured ACL, which lets others read, is not sent");
            });
        }
        Ok(headers)
    }

    /// The checksum that requests with a body carry.
    pub(crate) fn checksum<'a>(&'a self, headers: &'a PutHeaders) -> Option<&'a ChecksumAlgorithm> {
        headers.checksum_algorithm.as_ref().or(self.default_checksum.as_ref())
    }

    async fn send(&self, key: &str, body: Body, headers: &PutHeaders) -> Result<Uploaded> {
        let multipart = &self.settings.multipart;
        let total = body.size();
        if total.is_some_and(|total| size_of(0, multipart.part_size, Some(total)) > LARGEST_PART) {
            return Err(Error::new(ErrorKind::TooLarge, format!("`{key}` is larger than S3 stores")));
        }
        let mut parts = Parts::new(body, self.budget.clone(), self.settings.body_timeout);
        let first = parts.next(size_of(0, multipart.part_size, total)).await?;
        let etag = match first {
            Some(first) if goes_on(&mut parts).await? => {
                multipart::send(self, key, headers, first, &mut parts, total).await?
            }
            only => put::send(self, key, headers, only).await?,
        };
        let uploaded = Uploaded::new(key, self.urls.of(key)).with_size(parts.read());
        Ok(match etag {
            Some(etag) => uploaded.with_etag(etag),
            None => uploaded,
        })
    }
}

/// Whether more follows the first part, as far as that is known in time.
async fn goes_on(parts: &mut Parts) -> Result<bool> {
    timeout(HESITATION, parts.has_more()).await.unwrap_or(Ok(true))
}

/// How removing a replaced file ended.
#[derive(Clone)]
enum Removal {
    Done,
    /// The file is still there.
    Failed(Error),
    /// It may be there or not.
    Unclear(Error),
}

async fn removal(client: &Client, location: &BucketLocation, key: &str) -> Removal {
    let Err(error) = delete::object(client, location, key, &ActionOptions::default()).await else {
        return Removal::Done;
    };
    match look(client, location, key, &PutHeaders::default()).await {
        Ok(None) => Removal::Done,
        Ok(Some(_)) => Removal::Failed(error),
        Err(_) => Removal::Unclear(error),
    }
}
