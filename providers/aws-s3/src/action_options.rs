//! `actionOptions`: what the configuration lays over single methods, from a closed list with AWS's names.

use std::collections::HashMap;

use aws_sdk_s3::{
    primitives::{DateTime, DateTimeFormat},
    types::{ChecksumAlgorithm, RequestPayer, ServerSideEncryption, StorageClass},
};
use longshore_provider::{
    Call, Error,
    serde_json::{Map, Value},
};

use crate::acl::Acl;

/// The methods that take action options, with what they take besides [`EVERYWHERE`].
const METHODS: [(&str, &[&str]); 9] = [
    ("upload", WRITING),
    ("uploadStream", WRITING),
    ("replace", WRITING),
    ("replaceStream", WRITING),
    ("delete", &[]),
    ("getSignedUrl", SIGNING),
    ("open", &[]),
    ("head", &[]),
    ("list", &[]),
];

const EVERYWHERE: &[&str] = &["RequestPayer", "ExpectedBucketOwner"];
pub(crate) const WRITING: &[&str] = &[
    "ACL",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "StorageClass",
    "Tagging",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "ChecksumAlgorithm",
    "IfNoneMatch",
];
pub(crate) const SIGNING: &[&str] = &[
    "VersionId",
    "ResponseCacheControl",
    "ResponseContentDisposition",
    "ResponseContentEncoding",
    "ResponseContentLanguage",
    "ResponseContentType",
    "ResponseExpires",
];

/// The options of one call, which override those of the configuration. A field that is `None` overrides nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ActionOptions {
    pub(crate) acl: Option<Acl>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) expires: Option<DateTime>,
    pub(crate) metadata: Option<HashMap<String, String>>,
    pub(crate) storage_class: Option<StorageClass>,
    pub(crate) tagging: Option<String>,
    pub(crate) encryption: Option<ServerSideEncryption>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) checksum_algorithm: Option<ChecksumAlgorithm>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) request_payer: Option<RequestPayer>,
    pub(crate) expected_bucket_owner: Option<String>,
    /// Parameters of a signed URL, by their names in the query.
    pub(crate) query: Vec<(&'static str, String)>,
}

/// Checks `actionOptions` of the whole configuration: every method's.
pub(crate) fn check(all: &Map<String, Value>) -> Result<(), String> {
    for (method, options) in all {
        let Some(options) = options.as_object() else {
            return Err(format!("actionOptions.{method}: must be a table"));
        };
        match METHODS.iter().find(|(name, _)| name == method) {
            Some((_, allowed)) => {
                ActionOptions::read(options, allowed).map_err(|why| format!("actionOptions.{method}.{why}"))?;
            }
            None if options.is_empty() => {}
            None => {
                let known: Vec<_> = METHODS.iter().map(|(name, _)| *name).collect();
                return Err(format!("actionOptions.{method}: no such method; there are {}", known.join(", ")));
            }
        }
    }
    Ok(())
}

/// The action options of a call that writes nothing.
pub(crate) fn reading(call: &Call) -> Result<ActionOptions, Error> {
    of(&call.action_options, &[])
}

/// The action options of a call, of those `allowed`.
pub(crate) fn of(options: &Map<String, Value>, allowed: &[&str]) -> Result<ActionOptions, Error> {
    ActionOptions::read(options, allowed).map_err(|why| Error::invalid_input(format!("actionOptions.{why}")))
}

impl ActionOptions {
    /// Reads the options of one method, which takes those `allowed` and a few that all take. The error begins with
    /// the option's name.
    fn read(options: &Map<String, Value>, allowed: &[&str]) -> Result<Self, String> {
        let mut read = Self::default();
        for (name, value) in options {
            if !allowed.contains(&name.as_str()) && !EVERYWHERE.contains(&name.as_str()) {
                return Err(not_allowed(name, allowed));
            }
            if !value.is_null() {
                read.set(name, value).map_err(|why| format!("{name}: {why}"))?;
            }
        }
        Ok(read)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "Metadata" => self.metadata = Some(metadata(value)?),
            "Expires" => self.expires = Some(date(text(value)?)?),
            "ACL" => self.acl = Some(Acl::read(Some(text(value)?))?),
            "StorageClass" => self.storage_class = Some(known(text(value)?, StorageClass::values())?.into()),
            "ServerSideEncryption" => {
                self.encryption = Some(known(text(value)?, ServerSideEncryption::values())?.into());
            }
            "ChecksumAlgorithm" => {
                self.checksum_algorithm = Some(known(text(value)?, ChecksumAlgorithm::values())?.into());
            }
            "RequestPayer" => {
                let payer = known(text(value)?, RequestPayer::values())?;
                self.request_payer = Some(payer.into());
                self.query.push(("x-amz-request-payer", payer.to_owned()));
            }
            "ExpectedBucketOwner" => {
                let owner = text(value)?.to_owned();
                self.query.push(("x-amz-expected-bucket-owner", owner.clone()));
                self.expected_bucket_owner = Some(owner);
            }
            "IfNoneMatch" if text(value)? != "*" => return Err("must be `*`".to_owned()),
            _ => {
                let text = text(value)?.to_owned();
                match self.text_field(name) {
                    Some(field) => *field = Some(text),
                    None => self.query.push((query_name(name).ok_or("is not known")?, text)),
                }
            }
        }
        Ok(())
    }

    fn text_field(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "CacheControl" => &mut self.cache_control,
            "ContentDisposition" => &mut self.content_disposition,
            "ContentEncoding" => &mut self.content_encoding,
            "ContentLanguage" => &mut self.content_language,
            "ContentType" => &mut self.content_type,
            "Tagging" => &mut self.tagging,
            "SSEKMSKeyId" => &mut self.kms_key_id,
            "IfNoneMatch" => &mut self.if_none_match,
            _ => return None,
        })
    }
}

fn query_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "VersionId" => "versionId",
        "ResponseCacheControl" => "response-cache-control",
        "ResponseContentDisposition" => "response-content-disposition",
        "ResponseContentEncoding" => "response-content-encoding",
        "ResponseContentLanguage" => "response-content-language",
        "ResponseContentType" => "response-content-type",
        "ResponseExpires" => "response-expires",
        _ => return None,
    })
}

fn not_allowed(name: &str, allowed: &[&str]) -> String {
    if ["Bucket", "Key", "Body"].contains(&name) {
        return format!("{name}: cannot be set here: where a file goes is decided by providerOptions and the file");
    }
    let all: Vec<_> = allowed.iter().chain(EVERYWHERE).copied().collect();
    format!("{name}: not an option of this method; there are {}", all.join(", "))
}

fn text(value: &Value) -> Result<&str, String> {
    let text = value.as_str().ok_or("must be a text")?;
    if text.chars().any(char::is_control) { Err("must not have control characters".to_owned()) } else { Ok(text) }
}

fn known<'a>(text: &'a str, allowed: &[&'static str]) -> Result<&'a str, String> {
    if allowed.contains(&text) { Ok(text) } else { Err(format!("must be one of {}", allowed.join(", "))) }
}

fn date(text: &str) -> Result<DateTime, String> {
    let http = DateTime::from_str(text, DateTimeFormat::HttpDate);
    http.or_else(|_| DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset))
        .map_err(|_| "must be a date such as `2030-01-31T00:00:00Z`".to_owned())
}

fn metadata(value: &Value) -> Result<HashMap<String, String>, String> {
    let table = value.as_object().ok_or("must be a table of texts")?;
    let is_token = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    table
        .iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) if is_token(name) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) => {
                Ok((name.clone(), text.to_owned()))
            }
            _ => Err("must be a table of ASCII texts: they are sent as headers".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use longshore_provider::serde_json::json;

    use super::*;

    fn read(value: &Value, allowed: &[&str]) -> Result<ActionOptions, String> {
        ActionOptions::read(value.as_object().unwrap(), allowed)
    }

    #[test]
    fn action_options_that_change_bucket_or_key_are_refused() {
        for name in ["Bucket", "Key", "Body"] {
            let why = read(&json!({ name: "x" }), WRITING).unwrap_err();
            assert!(why.contains("cannot be set here"), "{why}");
        }
    }

    #[test]
    fn each_method_takes_its_own_list() {
        assert!(read(&json!({ "CacheControl": "max-age=60" }), WRITING).is_ok());
        assert!(read(&json!({ "CacheControl": "max-age=60" }), SIGNING).is_err());
        assert!(read(&json!({ "RequestPayer": "requester" }), &[]).is_ok());
        let signing = read(&json!({ "ResponseContentDisposition": "attachment" }), SIGNING).unwrap();
        assert_eq!(signing.query, [("response-content-disposition", "attachment".to_owned())]);
    }

    #[test]
    fn values_are_checked() {
        for bad in [
            json!({ "StorageClass": "COLD" }),
            json!({ "ACL": "public" }),
            json!({ "Expires": "tomorrow" }),
            json!({ "Metadata": { "name": "é" } }),
            json!({ "Metadata": { "a name": "x" } }),
            json!({ "CacheControl": "a\r\nx-amz-acl: public-read" }),
            json!({ "CacheControl": 60 }),
            json!({ "IfNoneMatch": "\"etag\"" }),
        ] {
            assert!(read(&bad, WRITING).is_err(), "{bad}");
        }
        let options = json!({ "Expires": "2030-01-31T00:00:00Z", "ACL": "none", "Metadata": { "a": "b" } });
        let options = read(&options, WRITING).unwrap();
        assert_eq!(options.acl, Some(Acl::NotSent));
        assert_eq!(options.expires, Some(DateTime::from_secs(1_896_048_000)));
    }

    #[test]
    fn the_whole_configuration_is_checked_at_once() {
        let all = |value: Value| check(value.as_object().unwrap());
        assert!(all(json!({ "upload": {}, "uploadStream": { "ACL": "private" }, "isPrivate": {} })).is_ok());
        let why = all(json!({ "uploadStream": { "Bucket": "x" } })).unwrap_err();
        assert!(why.starts_with("actionOptions.uploadStream.Bucket: "), "{why}");
        assert!(all(json!({ "upLoad": { "ACL": "private" } })).is_err());
    }
}
