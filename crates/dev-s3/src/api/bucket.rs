//! Buckets themselves.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput,
    HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PutBucketOwnershipControlsInput, PutBucketOwnershipControlsOutput,
};
use s3s::{S3Error, S3Response, S3Result, s3_error};

use super::{Answer, Api};
use crate::acl::owner;
use crate::object::timestamp;

pub(super) fn list(api: &Api, input: &ListBucketsInput) -> S3Response<ListBucketsOutput> {
    let prefix = input.prefix.as_deref().unwrap_or("");
    let matching = api.store.buckets().into_iter().filter(|(name, _)| name.starts_with(prefix));
    let buckets = matching.map(|(name, created)| Bucket {
        name: Some(name),
        creation_date: Some(timestamp(created)),
        bucket_region: Some(api.region.clone()),
    });
    S3Response::new(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        owner: Some(owner()),
        prefix: input.prefix.clone(),
        ..ListBucketsOutput::default()
    })
}

pub(super) fn create(api: &Api, input: &CreateBucketInput) -> Answer<CreateBucketOutput> {
    let ownership = input.object_ownership.as_ref().map(ObjectOwnership::as_str);
    let owner_enforced = ownership == Some(ObjectOwnership::BUCKET_OWNER_ENFORCED);
    if !api.store.create_bucket(&input.bucket, owner_enforced).map_err(S3Error::internal_error)? {
        return Err(s3_error!(BucketAlreadyOwnedByYou, "You already own a bucket with this name"));
    }
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
}

pub(super) fn head(api: &Api, input: &HeadBucketInput) -> Answer<HeadBucketOutput> {
    exists(api, &input.bucket)?;
    let output = HeadBucketOutput { bucket_region: Some(api.region.clone()), ..HeadBucketOutput::default() };
    Ok(S3Response::new(output))
}

pub(super) fn delete(api: &Api, input: &DeleteBucketInput) -> Answer<DeleteBucketOutput> {
    api.store.delete_bucket(&input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput {}))
}

pub(super) fn location(api: &Api, input: &GetBucketLocationInput) -> Answer<GetBucketLocationOutput> {
    exists(api, &input.bucket)?;
    // S3 does not name us-east-1 in this response.
    let named = (api.region != "us-east-1").then(|| BucketLocationConstraint::from(api.region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint: named }))
}

pub(super) fn ownership(
    api: &Api,
    input: &GetBucketOwnershipControlsInput,
) -> Answer<GetBucketOwnershipControlsOutput> {
    let owner_enforced = api.store.bucket(&input.bucket, |bucket| bucket.owner_enforced)?;
    let ownership =
        if owner_enforced { ObjectOwnership::BUCKET_OWNER_ENFORCED } else { ObjectOwnership::OBJECT_WRITER };
    let rule = OwnershipControlsRule { object_ownership: ObjectOwnership::from_static(ownership) };
    let controls = OwnershipControls { rules: vec![rule] };
    Ok(S3Response::new(GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) }))
}

pub(super) fn set_ownership(
    api: &Api,
    input: &PutBucketOwnershipControlsInput,
) -> Answer<PutBucketOwnershipControlsOutput> {
    let rules = &input.ownership_controls.rules;
    let owner_enforced =
        rules.iter().any(|rule| rule.object_ownership.as_str() == ObjectOwnership::BUCKET_OWNER_ENFORCED);
    api.store.set_owner_enforced(&input.bucket, owner_enforced)?;
    Ok(S3Response::new(PutBucketOwnershipControlsOutput {}))
}

pub(super) fn exists(api: &Api, bucket: &str) -> S3Result<()> {
    api.store.bucket(bucket, |_| ())
}
