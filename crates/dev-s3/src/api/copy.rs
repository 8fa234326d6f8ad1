//! `CopyObject`, within the server.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective, TaggingDirective};
use s3s::{S3Response, S3Result, s3_error};

use super::put::headers_of;
use super::{Answer, Api};
use crate::acl::Acl;
use crate::checksum::echo;
use crate::object::{Info, now_millis};
use crate::store::Condition;

pub(super) fn copy(api: &Api, input: CopyObjectInput) -> Answer<CopyObjectOutput> {
    let CopySource::Bucket { bucket: source_bucket, key: source_key, .. } = &input.copy_source else {
        return Err(s3_error!(NotImplemented, "Only a bucket and key can be copied from"));
    };
    let source = api.store.object(source_bucket, source_key)?;
    check_source(&input, &source.info)?;
    let replaces = |directive: Option<&str>| directive == Some("REPLACE");
    let replaces_headers = replaces(input.metadata_directive.as_ref().map(MetadataDirective::as_str));
    let replaces_tags = replaces(input.tagging_directive.as_ref().map(TaggingDirective::as_str));
    let onto_itself = **source_bucket == input.bucket && **source_key == input.key;
    if onto_itself && !replaces_headers && input.storage_class.is_none() && input.server_side_encryption.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let owner_enforced = api.store.bucket(&input.bucket, |bucket| bucket.owner_enforced)?;
    let grants = input.grant_full_control.is_some()
        || input.grant_read.is_some()
        || input.grant_read_acp.is_some()
        || input.grant_write_acp.is_some();
    // The copy does not inherit the ACL.
    let acl = Acl::requested(input.acl.as_ref(), grants, owner_enforced)?.unwrap_or_default();
    let headers = if replaces_headers { headers_of!(input) } else { source.info.headers.clone() };
    let tagging = if replaces_tags { input.tagging } else { source.info.tagging.clone() };
    let info = Info { key: input.key, modified: now_millis(), acl, headers, tagging, ..source.info.clone() };
    let mut result = CopyObjectResult {
        e_tag: Some(info.etag()),
        last_modified: Some(info.modified()),
        ..CopyObjectResult::default()
    };
    echo!(result, info.checksum.as_ref().map(|stored| (stored.algorithm, stored.text.clone())));
    api.store.copy(&input.bucket, info, &source.content)?;
    Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() }))
}

fn check_source(input: &CopyObjectInput, source: &Info) -> S3Result<()> {
    let condition = Condition {
        if_match: input.copy_source_if_match.clone(),
        if_none_match: input.copy_source_if_none_match.clone(),
    };
    condition.check(Some(source))
}
