//! The headers of an upload: from the options, the file, and the action options of the call.

use std::collections::HashMap;

use aws_sdk_s3::{
    primitives::DateTime,
    types::{ChecksumAlgorithm, ObjectCannedAcl, RequestPayer, ServerSideEncryption, StorageClass},
};
use longshore_provider::{Error, File, Result};

use crate::{acl, action_options::ActionOptions, settings::Settings};

/// The headers of an upload, whether in one request or in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PutHeaders {
    pub(crate) acl: Option<ObjectCannedAcl>,
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
}

impl PutHeaders {
    /// With `private`, an ACL that lets others read is left out; the second value says that there was one.
    pub(crate) fn new(settings: &Settings, file: &File, call: ActionOptions, private: bool) -> Result<(Self, bool)> {
        check_content_type(&file.mime)?;
        let defaults = &settings.defaults;
        let wanted = call.acl.as_ref().unwrap_or(&settings.acl).header();
        let (acl, dropped) = match wanted {
            Some(acl) if private && acl::grants_reading(&acl) => (None, true),
            acl => (acl, false),
        };
        let if_none_match = defaults.prevent_overwrite.then(|| "*".to_owned());
        let content_type = (!file.mime.is_empty()).then(|| file.mime.clone());
        let headers = Self {
            acl,
            cache_control: call.cache_control,
            content_disposition: call.content_disposition,
            content_encoding: call.content_encoding,
            content_language: call.content_language,
            content_type: call.content_type.or(content_type),
            expires: call.expires,
            metadata: call.metadata,
            storage_class: call.storage_class.or_else(|| defaults.storage_class.clone()),
            tagging: call.tagging.or_else(|| defaults.tagging.clone()),
            encryption: call.encryption.or_else(|| defaults.encryption.clone()),
            kms_key_id: call.kms_key_id.or_else(|| defaults.kms_key_id.clone()),
            checksum_algorithm: call.checksum_algorithm.or_else(|| defaults.checksum_algorithm.clone()),
            if_none_match: call.if_none_match.or(if_none_match),
            request_payer: call.request_payer,
            expected_bucket_owner: call.expected_bucket_owner,
        };
        Ok((headers, dropped))
    }
}

impl PutHeaders {
    /// The options that every request of the upload repeats.
    pub(crate) fn call_options(&self) -> ActionOptions {
        ActionOptions {
            request_payer: self.request_payer.clone(),
            expected_bucket_owner: self.expected_bucket_owner.clone(),
            ..ActionOptions::default()
        }
    }
}

/// Refuses a content type that no header can carry: services differ in what they make of it, and refuse its signature.
pub(crate) fn check_content_type(mime: &str) -> Result<()> {
    if mime.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = format!("the type {mime:?} cannot be sent: a header has visible ASCII characters and spaces alone");
    Err(Error::invalid_input(message))
}
