//! Removing files, with what failed uploads of them have left.

use aws_sdk_s3::Client;
use longshore_provider::{Call, ErrorKind, File, Result};

use crate::{
    AwsS3,
    action_options::{ActionOptions, reading},
    failure::{Action, BucketLocation},
    open_uploads::Began,
    unknown_outcome::{AttemptTracker, outcome_unknown},
};

/// Removes one object. A missing one is no error.
pub(crate) async fn object(
    client: &Client,
    location: &BucketLocation,
    key: &str,
    options: &ActionOptions,
) -> Result<()> {
    let tracker = AttemptTracker::default();
    let request = client.delete_object().bucket(&location.bucket).key(key);
    let removed = request
        .set_request_payer(options.request_payer.clone())
        .set_expected_bucket_owner(options.expected_bucket_owner.clone())
        .customize()
        .interceptor(tracker.clone())
        .send()
        .await
        .map_err(|error| {
            let made = location.error(Action::DELETE, key, &error);
            if tracker.leaves_outcome_unknown(&error) { outcome_unknown(made) } else { made }
        });
    match removed {
        // Some services answer this where S3 answers that all is well.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map(|_| ()),
    }
}

impl AwsS3 {
    pub(crate) async fn remove_file(&self, file: &File, call: &Call) -> Result<()> {
        let key = self.key(file)?;
        self.remove(&key, &reading(call)?).await
    }

    /// Removes the object at `key`, and aborts unfinished uploads of it. A missing object is no error.
    pub(crate) async fn remove(&self, key: &str, options: &ActionOptions) -> Result<()> {
        object(&self.client, &self.location, key, options).await?;
        self.open_uploads.abort(key, options, Began::AtAnyTime).await;
        Ok(())
    }

    /// Aborts unfinished uploads of the file, which itself stays as it is.
    pub(crate) async fn abort_uploads_of(&self, file: &File, call: &Call) -> Result<()> {
        let key = self.key(file)?;
        self.open_uploads.abort(&key, &reading(call)?, Began::AtAnyTime).await;
        Ok(())
    }
}
