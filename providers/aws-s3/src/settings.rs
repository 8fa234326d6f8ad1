//! The checked options, with defaults filled in.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_s3::{
    config::{Credentials, RequestChecksumCalculation, ResponseChecksumValidation},
    types::{ChecksumAlgorithm, ServerSideEncryption, StorageClass},
};
use longshore_provider::{Error, Result, key::check_root};

use crate::{
    acl::Acl,
    encode::encode,
    legacy,
    options::{AwsS3Options, MultipartOptions, ProviderConfig, S3Options, StaticCredentials},
};

pub(crate) const MIB: u64 = 1024 * 1024;
/// The smallest part that S3 takes, but for the last one.
const SMALLEST_PART: u64 = 5 * MIB;
/// The largest part, and the largest file that one request can store.
pub(crate) const LARGEST_PART: u64 = 5 * 1024 * MIB;
/// A week: S3 takes no signature that is to work for longer.
pub(crate) const LONGEST_EXPIRY: Duration = Duration::from_hours(7 * 24);

/// Checked options.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What public URLs start with, without a `/` at the end.
    pub(crate) base_url: Option<String>,
    pub(crate) root_path: String,
    pub(crate) bucket: String,
    pub(crate) acl: Acl,
    /// How long a signed URL works.
    pub(crate) expires_in: Duration,
    pub(crate) service: Service,
    pub(crate) defaults: WriteDefaults,
    pub(crate) multipart: Multipart,
    /// Whether first attempts at small files are made without the SDK.
    pub(crate) direct_put: bool,
    /// How long the body of an upload may be without progress.
    pub(crate) body_timeout: Duration,
    /// Warnings about the options, logged by `init`.
    pub(crate) warnings: Vec<String>,
}

/// How the service is reached.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) region: Option<String>,
    /// With its scheme.
    pub(crate) endpoint: Option<String>,
    /// With its scheme.
    pub(crate) public_endpoint: Option<String>,
    pub(crate) force_path_style: Option<bool>,
    pub(crate) accelerate: Option<bool>,
    pub(crate) dualstack: Option<bool>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) request_checksum: Option<RequestChecksumCalculation>,
    pub(crate) response_checksum: Option<ResponseChecksumValidation>,
    /// How long an attempt may be without progress.
    pub(crate) stall_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) credentials_timeout: Duration,
}

/// Defaults of uploads. Action options of a call take precedence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WriteDefaults {
    pub(crate) checksum_algorithm: Option<ChecksumAlgorithm>,
    pub(crate) prevent_overwrite: bool,
    pub(crate) storage_class: Option<StorageClass>,
    pub(crate) encryption: Option<ServerSideEncryption>,
    pub(crate) kms_key_id: Option<String>,
    /// As the header has them: `name=value&name=value`.
    pub(crate) tagging: Option<String>,
}

/// How large files are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Multipart {
    pub(crate) part_size: u64,
    pub(crate) queue_size: usize,
    pub(crate) leave_parts_on_error: bool,
    pub(crate) memory_budget: u64,
}

impl Settings {
    /// Checks the options and fills in the defaults.
    pub(crate) fn read(mut options: AwsS3Options) -> Result<Self> {
        let mut warnings = Vec::new();
        let (mut s3, moved) = legacy::merged(&mut options);
        if !moved.is_empty() {
            let names = moved.join("`, `");
            warnings.push(format!("`{names}` at the root of providerOptions is deprecated: move it into `s3Options`"));
        }
        let params = s3.params.take().ok_or_else(|| invalid("s3Options.params", "is required: it names the bucket"))?;
        let bucket =
            present(params.bucket).ok_or_else(|| invalid("s3Options.params.Bucket", "is required and not empty"))?;
        let acl = Acl::read(params.acl.as_deref()).map_err(|why| invalid("s3Options.params.ACL", why))?;
        let expires_in = Duration::from_secs(params.signed_url_expires.unwrap_or(900));
        if expires_in.is_zero() || expires_in > LONGEST_EXPIRY {
            return Err(invalid("s3Options.params.signedUrlExpires", "must be from 1 to 604800 seconds (a week)"));
        }
        let mut config = options.provider_config.take().unwrap_or_default();
        let multipart = Multipart::read(&config.multipart.take().unwrap_or_default(), &mut warnings)?;
        let body_timeout = milliseconds("providerConfig.bodyTimeout", config.body_timeout, 30_000)?;
        let service = Service::read(s3, options.public_endpoint, config.credentials_timeout, &mut warnings)?;
        let direct_put = config.direct_put.unwrap_or(true);
        let defaults = WriteDefaults::read(config)?;
        warnings.extend(defaults.compatibility_warnings(service.endpoint.as_deref()));
        Ok(Self {
            base_url: base_url(options.base_url)?,
            root_path: root_path(options.root_path.unwrap_or_default())?,
            bucket,
            acl,
            expires_in,
            service,
            defaults,
            multipart,
            direct_put,
            body_timeout,
            warnings,
        })
    }
}

impl Service {
    fn read(
        s3: S3Options,
        public_endpoint: Option<String>,
        credentials_timeout: Option<u64>,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        if s3.max_attempts == Some(0) {
            return Err(invalid("s3Options.maxAttempts", "must be at least 1"));
        }
        Ok(Self {
            credentials: credentials(s3.credentials, s3.access_key_id, s3.secret_access_key, warnings)?,
            region: present(s3.region),
            endpoint: endpoint("s3Options.endpoint", s3.endpoint)?,
            public_endpoint: endpoint("publicEndpoint", public_endpoint)?,
            force_path_style: s3.force_path_style,
            accelerate: s3.use_accelerate_endpoint,
            dualstack: s3.use_dualstack_endpoint,
            max_attempts: s3.max_attempts,
            request_checksum: one_of(
                "s3Options.requestChecksumCalculation",
                s3.request_checksum_calculation,
                &["WHEN_SUPPORTED", "WHEN_REQUIRED"],
            )?
            .map(|when| match when.as_str() {
                "WHEN_SUPPORTED" => RequestChecksumCalculation::WhenSupported,
                _ => RequestChecksumCalculation::WhenRequired,
            }),
            response_checksum: one_of(
                "s3Options.responseChecksumValidation",
                s3.response_checksum_validation,
                &["WHEN_SUPPORTED", "WHEN_REQUIRED"],
            )?
            .map(|when| match when.as_str() {
                "WHEN_SUPPORTED" => ResponseChecksumValidation::WhenSupported,
                _ => ResponseChecksumValidation::WhenRequired,
            }),
            stall_timeout: milliseconds("s3Options.requestTimeout", s3.request_timeout, 20_000)?,
            connect_timeout: milliseconds("s3Options.connectionTimeout", s3.connection_timeout, 3_000)?,
            credentials_timeout: milliseconds("providerConfig.credentialsTimeout", credentials_timeout, 5_000)?,
        })
    }
}

impl WriteDefaults {
    fn read(config: ProviderConfig) -> Result<Self> {
        let encryption = config.encryption.unwrap_or_default();
        let kind = one_of("providerConfig.encryption.type", encryption.kind, &ENCRYPTION)?;
        let kms_key_id = present(encryption.kms_key_id);
        if kms_key_id.is_some() && kind.is_none() {
            return Err(invalid("providerConfig.encryption.kmsKeyId", "needs `encryption.type`"));
        }
        Ok(Self {
            checksum_algorithm: one_of("providerConfig.checksumAlgorithm", config.checksum_algorithm, &CHECKSUMS)?
                .map(|name| ChecksumAlgorithm::from(name.as_str())),
            prevent_overwrite: config.prevent_overwrite.unwrap_or(false),
            storage_class: one_of("providerConfig.storageClass", config.storage_class, &STORAGE_CLASSES)?
                .map(|name| StorageClass::from(name.as_str())),
            encryption: kind.map(|name| ServerSideEncryption::from(name.as_str())),
            kms_key_id,
            tagging: config.tags.as_ref().and_then(tagging),
        })
    }

    /// What services other than AWS tend not to have.
    fn compatibility_warnings(&self, endpoint: Option<&str>) -> Vec<String> {
        let Some(endpoint) = endpoint.filter(|endpoint| !is_aws(endpoint)) else { return Vec::new() };
        let mut warnings = Vec::new();
        if self.storage_class.is_some() {
            warnings.push(format!("Storage class: the service at `{endpoint}` may not know the one configured"));
        }
        if self.encryption.as_ref().is_some_and(|kind| *kind != ServerSideEncryption::Aes256) {
            warnings.push(format!("Encryption type: the service at `{endpoint}` may not know the one configured"));
        }
        warnings
    }
}

impl Multipart {
    fn read(options: &MultipartOptions, warnings: &mut Vec<String>) -> Result<Self> {
        let part_size = options.part_size.unwrap_or(8 * MIB);
        if !(SMALLEST_PART..=LARGEST_PART).contains(&part_size) {
            let limits = "must be from 5 MiB (5242880) to 5 GiB (5368709120) bytes: S3 takes no other parts";
            return Err(invalid("providerConfig.multipart.partSize", limits));
        }
        let queue_size = options.queue_size.unwrap_or(4);
        if queue_size == 0 {
            return Err(invalid("providerConfig.multipart.queueSize", "must be at least 1"));
        }
        if queue_size > 16 {
            warnings.push(format!("providerConfig.multipart.queueSize = {queue_size} holds that many parts in memory"));
        }
        let memory_budget = options.memory_budget.unwrap_or(128 * MIB);
        if memory_budget == 0 {
            return Err(invalid("providerConfig.multipart.memoryBudget", "must be at least 1"));
        }
        let leave_parts_on_error = options.leave_parts_on_error.unwrap_or(false);
        Ok(Self { part_size, queue_size, leave_parts_on_error, memory_budget })
    }
}

const CHECKSUMS: [&str; 5] = ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"];
const ENCRYPTION: [&str; 3] = ["AES256", "aws:kms", "aws:kms:dsse"];
const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// Whether the endpoint is one of AWS's own.
pub(crate) fn is_aws(endpoint: &str) -> bool {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

/// Tags as the header has them.
pub(crate) fn tagging(tags: &BTreeMap<String, String>) -> Option<String> {
    let pairs: Vec<_> = tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

fn credentials(
    nested: Option<StaticCredentials>,
    id: Option<String>,
    secret: Option<longshore_provider::Secret>,
    warnings: &mut Vec<String>,
) -> Result<Option<Credentials>> {
    let flat = nested.is_none() && (id.is_some() || secret.is_some());
    if flat {
        let text = "s3Options.accessKeyId and s3Options.secretAccessKey are deprecated: move them into \
                    `s3Options.credentials`";
        warnings.push(text.to_owned());
    }
    let (id, secret, token) = nested
        .map_or((id, secret, None), |nested| (nested.access_key_id, nested.secret_access_key, nested.session_token));
    let secret = secret.filter(|secret| !secret.expose().is_empty());
    let token = token.filter(|token| !token.expose().is_empty());
    match (present(id), secret) {
        (Some(id), Some(secret)) => {
            let token = token.map(|token| token.expose().to_owned());
            Ok(Some(Credentials::new(id, secret.expose(), token, None, "providerOptions")))
        }
        (None, None) if token.is_none() => Ok(None),
        _ => {
            let both = "needs both `accessKeyId` and `secretAccessKey`, or neither, to take the credentials of the \
                        environment, the profile or the instance";
            Err(invalid("s3Options.credentials", both))
        }
    }
}

fn root_path(text: String) -> Result<String> {
    check_root(&text).map(|()| text)
}

fn base_url(text: Option<String>) -> Result<Option<String>> {
    let Some(text) = present(text) else { return Ok(None) };
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return Err(invalid("baseUrl", "must start with `https://` or `http://`"));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

fn endpoint(option: &str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = present(text) else { return Ok(None) };
    let url = if text.contains("://") { text } else { format!("https://{text}") };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let wrong = |c: char| c.is_whitespace() || c.is_control() || "?#@\\".contains(c);
    if host.is_empty() || url.contains(wrong) {
        return Err(invalid(option, "must be the address of a service, such as `https://s3.example.com`"));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

fn one_of(option: &str, text: Option<String>, allowed: &[&str]) -> Result<Option<String>> {
    match present(text) {
        Some(text) if allowed.contains(&text.as_str()) => Ok(Some(text)),
        Some(_) => Err(invalid(option, format!("must be one of {}", allowed.join(", ")))),
        None => Ok(None),
    }
}

fn milliseconds(option: &str, value: Option<u64>, default: u64) -> Result<Duration> {
    match value.unwrap_or(default) {
        0 => Err(invalid(option, "must be at least 1 millisecond")),
        value => Ok(Duration::from_millis(value)),
    }
}

/// An empty text is what an unset variable leaves behind: absent.
fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn invalid(option: &str, why: impl AsRef<str>) -> Error {
    Error::invalid_options(format!("providerOptions.{option}: {}", why.as_ref()))
}
