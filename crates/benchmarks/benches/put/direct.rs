//! The same uploads by aws-sdk-s3 itself, as its documentation shows them, with what the provider configures.

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_sdk_s3::{
    Client,
    config::{
        Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
    },
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, ObjectCannedAcl},
};
use bytes::Bytes;
use longshore_benchmarks::project::{ACCESS_KEY_ID, BUCKET, REGION, SECRET_ACCESS_KEY};

use crate::{PARTS, SMALL_FILES, parallel::in_parallel, small_key};

const KEY: &str = "large.bin";

/// A client of the SDK.
pub(crate) struct Direct(Client);

impl Direct {
    pub(crate) async fn new(endpoint: &str) -> Self {
        let credentials = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "benchmark");
        let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .credentials_provider(credentials)
            .load()
            .await;
        let config = aws_sdk_s3::config::Builder::from(&sdk)
            .endpoint_url(endpoint)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self(Client::from_conf(config.build()))
    }

    /// A file of which every part is `part`.
    pub(crate) async fn put_large(self: &Arc<Self>, part: &Bytes) {
        let create = self.0.create_multipart_upload().bucket(BUCKET).key(KEY).acl(ObjectCannedAcl::Private);
        let created = create.send().await.expect("an upload");
        let id = created.upload_id().expect("the id of the upload").to_owned();
        let (this, part, upload) = (Arc::clone(self), part.clone(), id.clone());
        let mut parts = in_parallel(PARTS, move |index| {
            let (this, part, upload) = (Arc::clone(&this), part.clone(), upload.clone());
            async move { this.put_part(&upload, i32::try_from(index + 1).expect("a few parts"), part).await }
        })
        .await;
        parts.sort_unstable_by_key(CompletedPart::part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.0.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(id).multipart_upload(parts);
        complete.send().await.expect("the upload to complete");
    }

    async fn put_part(&self, upload: &str, number: i32, part: Bytes) -> CompletedPart {
        let request = self.0.upload_part().bucket(BUCKET).key(KEY).upload_id(upload).part_number(number);
        let output = request.body(ByteStream::from(part)).send().await.expect("a part");
        CompletedPart::builder().part_number(number).set_e_tag(output.e_tag).build()
    }

    /// Many files of which each is `body`.
    pub(crate) async fn put_small(self: &Arc<Self>, body: &Bytes) {
        let (this, body) = (Arc::clone(self), body.clone());
        in_parallel(SMALL_FILES, move |number| {
            let (this, body) = (Arc::clone(&this), body.clone());
            async move {
                let request = this.0.put_object().bucket(BUCKET).key(small_key(number)).acl(ObjectCannedAcl::Private);
                request.body(ByteStream::from(body)).send().await.expect("a file");
            }
        })
        .await;
    }
}
