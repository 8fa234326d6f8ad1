//! What is known of a file without reading it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::primitives::DateTime;
use longshore_provider::{Call, File, ObjectMeta, Result, key::object_key};

use crate::{AwsS3, action_options::reading, failure::Action};

impl AwsS3 {
    pub(crate) async fn look_at(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        let key = object_key(&self.settings.root_path, file)?;
        let options = reading(call)?;
        let request = self.client.head_object().bucket(&self.site.bucket).key(&key);
        let output = request
            .set_request_payer(options.request_payer)
            .set_expected_bucket_owner(options.expected_bucket_owner)
            .send()
            .await
            .map_err(|error| self.site.error(Action::HEAD, &key, &error))?;
        let size = output.content_length.and_then(|length| u64::try_from(length).ok());
        let mut meta = ObjectMeta::new(&key, size.unwrap_or_default());
        meta.etag = output.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
        meta.content_type = output.content_type;
        meta.last_modified = output.last_modified.and_then(time_of);
        Ok(meta)
    }
}

/// A time as the standard library has it; `None` before 1970.
pub(crate) fn time_of(time: DateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(time.secs()).ok()?;
    Some(UNIX_EPOCH + Duration::new(seconds, time.subsec_nanos()))
}
