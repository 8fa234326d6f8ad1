//! Metadata of a file, without its bytes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    primitives::DateTime,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use longshore_provider::{Call, Error, File, ObjectMeta, Result};

use crate::{
    AwsS3,
    action_options::{ActionOptions, reading},
    failure::Action,
};

impl AwsS3 {
    pub(crate) async fn look_at(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        let key = self.key(file)?;
        let options = reading(call)?;
        let request = self.client.head_object().bucket(&self.location.bucket).key(&key);
        let output = request
            .set_request_payer(options.request_payer.clone())
            .set_expected_bucket_owner(options.expected_bucket_owner.clone())
            .send()
            .await;
        let output = match output {
            Ok(output) => output,
            Err(error) => {
                let known = self.location.error(Action::HEAD, &key, &error);
                let said = if is_mute(&error) { self.spelled_out(&key, &options).await } else { None };
                return Err(said.unwrap_or(known));
            }
        };
        let size = output.content_length.and_then(|length| u64::try_from(length).ok());
        let mut meta = ObjectMeta::new(&key, size.unwrap_or_default());
        meta.etag = output.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
        meta.content_type = output.content_type;
        meta.last_modified = output.last_modified.and_then(time_of);
        Ok(meta)
    }

    /// The error of a `GET` in place of a `HEAD` that the service refused without a body.
    async fn spelled_out(&self, key: &str, options: &ActionOptions) -> Option<Error> {
        let request = self.client.get_object().bucket(&self.location.bucket).key(key).range("bytes=0-0");
        let answer = request
            .set_request_payer(options.request_payer.clone())
            .set_expected_bucket_owner(options.expected_bucket_owner.clone())
            .send()
            .await;
        let error = answer.err()?;
        let refused = error.code().is_some_and(|code| code != "InvalidRange");
        refused.then(|| self.location.error(Action::HEAD, key, &error))
    }
}

/// Whether the service refused a request without a word: answers to `HEAD` have no body, so a bucket that is missing looks
/// like a missing object, and a wrong secret like a policy that does not allow the request.
pub(crate) fn is_mute<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let refused = error.raw_response().is_some_and(|raw| matches!(raw.status().as_u16(), 400 | 401 | 403 | 404));
    refused && error.code().is_none_or(|code| code == "NotFound")
}

/// A time as the standard library has it; `None` before 1970.
pub(crate) fn time_of(time: DateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(time.secs()).ok()?;
    Some(UNIX_EPOCH + Duration::new(seconds, time.subsec_nanos()))
}
