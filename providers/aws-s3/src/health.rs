//! Whether the service can be reached and knows the bucket.

use longshore_provider::Result;

use crate::{AwsS3, failure::Action};

impl AwsS3 {
    pub(crate) async fn reach(&self) -> Result<()> {
        let bucket = &self.site.bucket;
        let answer = self.client.head_bucket().bucket(bucket).send().await;
        answer.map(|_| ()).map_err(|error| self.site.error(Action::HEALTH, bucket, &error))
    }
}
