//! Whether the service can be reached and knows the bucket.

use longshore_provider::Result;

use crate::{AwsS3, failure::Action, head::is_mute};

impl AwsS3 {
    pub(crate) async fn reach(&self) -> Result<()> {
        let bucket = &self.location.bucket;
        let Err(error) = self.client.head_bucket().bucket(bucket).send().await else { return Ok(()) };
        if is_mute(&error)
            && let Err(error) = self.client.list_objects_v2().bucket(bucket).max_keys(1).send().await
        {
            return Err(self.location.error(Action::HEALTH, bucket, &error));
        }
        Err(self.location.error(Action::HEALTH, bucket, &error))
    }
}
