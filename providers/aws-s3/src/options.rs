//! What stands in `providerOptions`, as it is written there. [`Settings`](crate::settings::Settings) is what it means.

use longshore_provider::Secret;
use std::collections::BTreeMap;

longshore_provider::options! {
    /// Options of the provider `aws-s3`.
    #[derive(Clone, Debug, Default)]
    #[schemars(extend("x-renamed" = {
        "s3ForcePathStyle": "s3Options.forcePathStyle",
        "s3BucketEndpoint": "s3Options.endpoint, without the bucket in it",
        "useSSL": "s3Options.endpoint, with `http://` in front of it",
        "sslEnabled": "s3Options.endpoint, with `http://` in front of it",
        "useDualstack": "s3Options.useDualstackEndpoint",
        "maxRetries": "s3Options.maxAttempts, which counts the first attempt too",
        "httpOptions": "s3Options.connectionTimeout and s3Options.requestTimeout",
        "computeChecksums": "s3Options.requestChecksumCalculation",
        "signatureVersion": "gone: signatures are of version 4"
    }))]
    pub struct AwsS3Options {
        /// The beginning of public URLs, such as the address of a CDN. With this option no URL is signed.
        pub(crate) base_url: Option<String>,
        /// A prefix of all keys, such as `media`. A `/` at either end is dropped.
        pub(crate) root_path: Option<String>,
        /// The endpoint for browsers, if they reach the service under another name. Public and signed URLs contain it
        /// instead of `s3Options.endpoint`.
        pub(crate) public_endpoint: Option<String>,
        /// How to reach the service, and which bucket.
        pub(crate) s3_options: Option<S3Options>,
        /// How the service stores each file.
        pub(crate) provider_config: Option<ProviderConfig>,

        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) region: Option<String>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) endpoint: Option<String>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) force_path_style: Option<bool>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) credentials: Option<StaticCredentials>,
        /// Belongs into `s3Options.credentials`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) access_key_id: Option<String>,
        /// Belongs into `s3Options.credentials`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) secret_access_key: Option<Secret>,
        /// Belongs into `s3Options.credentials`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) session_token: Option<Secret>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true), range(min = 1, max = 20))]
        pub(crate) max_attempts: Option<u32>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) use_accelerate_endpoint: Option<bool>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) use_dualstack_endpoint: Option<bool>,
        /// Belongs into `s3Options`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) params: Option<Params>,
    }

    /// How to reach the service, and which bucket.
    #[derive(Clone, Debug, Default)]
    #[schemars(extend("x-renamed" = {
        "s3ForcePathStyle": "forcePathStyle",
        "s3BucketEndpoint": "endpoint, without the bucket in it",
        "bucketEndpoint": "endpoint, without the bucket in it",
        "useSSL": "endpoint, with `http://` in front of it",
        "sslEnabled": "endpoint, with `http://` in front of it",
        "tls": "endpoint, with `http://` in front of it",
        "useDualstack": "useDualstackEndpoint",
        "maxRetries": "maxAttempts, which counts the first attempt too",
        "httpOptions": "connectionTimeout and requestTimeout",
        "requestHandler": "connectionTimeout and requestTimeout",
        "computeChecksums": "requestChecksumCalculation",
        "signatureVersion": "gone: signatures are of version 4"
    }))]
    pub struct S3Options {
        /// The region of the bucket, such as `eu-central-1`. Absent: that of the environment, the profile or the
        /// instance; with an endpoint of your own, `us-east-1`.
        pub(crate) region: Option<String>,
        /// The service's address, if it is not AWS. Without a scheme, `https://` is put before it. Absent: that of the
        /// environment (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`) or the profile, else AWS's own.
        pub(crate) endpoint: Option<String>,
        /// Whether the bucket is the first segment of the path rather than part of the host name.
        pub(crate) force_path_style: Option<bool>,
        /// Fixed credentials. Absent: the environment, the profile, web identity, the container's or the instance's.
        pub(crate) credentials: Option<StaticCredentials>,
        /// Belongs into `credentials`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) access_key_id: Option<String>,
        /// Belongs into `credentials`.
        #[schemars(extend("deprecated" = true))]
        pub(crate) secret_access_key: Option<Secret>,
        /// How often a request is tried in all. Default: 3.
        #[schemars(range(min = 1, max = 20))]
        pub(crate) max_attempts: Option<u32>,
        /// When requests carry a checksum: `WHEN_SUPPORTED` (the default at AWS) or `WHEN_REQUIRED` (the default at
        /// any other endpoint).
        #[schemars(extend("enum" = ["WHEN_SUPPORTED", "WHEN_REQUIRED", "", null]))]
        pub(crate) request_checksum_calculation: Option<String>,
        /// When the checksum of an answer is verified: `WHEN_SUPPORTED` or `WHEN_REQUIRED`.
        #[schemars(extend("enum" = ["WHEN_SUPPORTED", "WHEN_REQUIRED", "", null]))]
        pub(crate) response_checksum_validation: Option<String>,
        /// Whether to go through the accelerate endpoint.
        pub(crate) use_accelerate_endpoint: Option<bool>,
        /// Whether to go through the endpoint that has IPv6 too.
        pub(crate) use_dualstack_endpoint: Option<bool>,
        /// How long an attempt may be without progress, in milliseconds. Default: 20000.
        #[schemars(range(min = 1))]
        pub(crate) request_timeout: Option<u64>,
        /// How long connecting may take, in milliseconds. Default: 3000.
        #[schemars(range(min = 1))]
        pub(crate) connection_timeout: Option<u64>,
        /// Which bucket, and how files are kept in it.
        pub(crate) params: Option<Params>,
    }

    /// Fixed credentials.
    #[derive(Clone, Debug, Default)]
    pub struct StaticCredentials {
        /// The id of the access key.
        pub(crate) access_key_id: Option<String>,
        /// The secret access key.
        pub(crate) secret_access_key: Option<Secret>,
        /// The session token of temporary credentials.
        pub(crate) session_token: Option<Secret>,
    }

    /// Which bucket, and how files are kept in it.
    #[derive(Clone, Debug, Default)]
    pub struct Params {
        /// The name of the bucket, or the ARN of an access point.
        #[serde(rename = "Bucket")]
        pub(crate) bucket: Option<String>,
        /// The ACL that files are stored with. Default: `public-read`. `private` makes the provider sign URLs. `none`, or an
        /// empty text, sends no ACL: for buckets that have ACLs disabled, and services without them.
        #[serde(rename = "ACL")]
        #[schemars(extend("enum" = [
            "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
            "bucket-owner-full-control", "none", "", null
        ]))]
        pub(crate) acl: Option<String>,
        /// How long a signed URL works, in seconds, at most a week. Default: 900.
        #[schemars(range(min = 1, max = 604_800))]
        pub(crate) signed_url_expires: Option<u64>,
    }

    /// How the service stores each file.
    #[derive(Clone, Debug, Default)]
    pub struct ProviderConfig {
        /// The checksum that files are stored with.
        #[schemars(extend("enum" = ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME", "", null]))]
        pub(crate) checksum_algorithm: Option<String>,
        /// Whether an upload fails if something is already stored under its key.
        pub(crate) prevent_overwrite: Option<bool>,
        /// The storage class of files.
        #[schemars(extend("enum" = [
            "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
            "DEEP_ARCHIVE", "GLACIER_IR", "", null
        ]))]
        pub(crate) storage_class: Option<String>,
        /// How the service encrypts files.
        pub(crate) encryption: Option<Encryption>,
        /// Tags of every file.
        pub(crate) tags: Option<BTreeMap<String, String>>,
        /// How large files are sent.
        pub(crate) multipart: Option<MultipartOptions>,
        /// Whether the first attempt at storing a small file is made without the SDK, at six tenths of the CPU. Default:
        /// true.
        pub(crate) direct_put: Option<bool>,
        /// How long the body of an upload may be without progress, in milliseconds. Default: 30000.
        #[schemars(range(min = 1))]
        pub(crate) body_timeout: Option<u64>,
        /// How long fetching credentials may take, in milliseconds. Default: 5000.
        #[schemars(range(min = 1))]
        pub(crate) credentials_timeout: Option<u64>,
    }

    /// How the service encrypts files.
    #[derive(Clone, Debug, Default)]
    pub struct Encryption {
        /// The kind of encryption.
        #[serde(rename = "type")]
        #[schemars(extend("enum" = ["AES256", "aws:kms", "aws:kms:dsse", "", null]))]
        pub(crate) kind: Option<String>,
        /// The key of the key management service.
        pub(crate) kms_key_id: Option<String>,
    }

    /// How large files are sent.
    #[derive(Clone, Debug, Default)]
    pub struct MultipartOptions {
        /// The size of a part in bytes, from 5 MiB to 5 GiB; a file up to this size is sent in one request. Default: 8 MiB.
        /// Parts of files that would need more than 10000 of them are larger.
        #[schemars(range(min = 5_242_880, max = 5_368_709_120_u64))]
        pub(crate) part_size: Option<u64>,
        /// How many parts of a file are sent at a time. Default: 4.
        #[schemars(range(min = 1, max = 1000))]
        pub(crate) queue_size: Option<usize>,
        /// Whether the parts of a failed upload stay at the service, for inspection. They cost money until they are
        /// removed.
        pub(crate) leave_parts_on_error: Option<bool>,
        /// How many bytes all uploads of this library together may hold in memory. Default: 128 MiB.
        #[schemars(range(min = 1))]
        pub(crate) memory_budget: Option<u64>,
    }
}
