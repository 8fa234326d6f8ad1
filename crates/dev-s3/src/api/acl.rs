//! Reading and setting ACLs.

use s3s::dto::{
    GetBucketAclInput, GetBucketAclOutput, GetObjectAclInput, GetObjectAclOutput, PutObjectAclInput, PutObjectAclOutput,
};
use s3s::{S3Response, s3_error};

use super::{Answer, Api};
use crate::acl::{Acl, owner};

pub(super) fn get(api: &Api, input: &GetObjectAclInput) -> Answer<GetObjectAclOutput> {
    let object = api.store.object(&input.bucket, &input.key)?;
    let output = GetObjectAclOutput {
        grants: Some(object.info.acl.grants()),
        owner: Some(owner()),
        ..GetObjectAclOutput::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn get_of_bucket(api: &Api, input: &GetBucketAclInput) -> Answer<GetBucketAclOutput> {
    super::bucket::exists(api, &input.bucket)?;
    let output = GetBucketAclOutput { grants: Some(Acl::Private.grants()), owner: Some(owner()) };
    Ok(S3Response::new(output))
}

pub(super) fn put(api: &Api, input: &PutObjectAclInput) -> Answer<PutObjectAclOutput> {
    let grants = input.grant_full_control.is_some()
        || input.grant_read.is_some()
        || input.grant_read_acp.is_some()
        || input.grant_write.is_some()
        || input.grant_write_acp.is_some();
    let owner_enforced = api.store.bucket(&input.bucket, |bucket| bucket.owner_enforced)?;
    let policy = input.access_control_policy.as_ref();
    let by_body = policy.is_some() && owner_enforced;
    let acl = match (Acl::requested(input.acl.as_ref(), grants || by_body, owner_enforced)?, policy) {
        (Some(_), Some(_)) => return Err(s3_error!(UnexpectedContent, "This request does not support content")),
        (Some(acl), None) => acl,
        (None, Some(policy)) => Acl::of_policy(policy)?,
        (None, None) => return Err(s3_error!(MissingSecurityHeader, "Your request was missing a required header")),
    };
    api.store.amend(&input.bucket, &input.key, |info| info.acl = acl)?;
    Ok(S3Response::new(PutObjectAclOutput::default()))
}
