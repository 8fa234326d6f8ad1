//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition, Error,
};
use s3s::{S3Error, S3Response, s3_error};

use super::{Answer, Api};
use crate::store::Condition;

/// The largest number of keys in one request of S3.
const MOST_KEYS: usize = 1000;

pub(super) fn delete(api: &Api, input: DeleteObjectInput) -> Answer<DeleteObjectOutput> {
    let condition = Condition { if_match: input.if_match, if_none_match: None };
    api.store.delete(&input.bucket, &input.key, &condition)?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) fn delete_all(api: &Api, input: DeleteObjectsInput) -> Answer<DeleteObjectsOutput> {
    super::bucket::exists(api, &input.bucket)?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > MOST_KEYS {
        return Err(s3_error!(MalformedXML, "The XML you provided was not well-formed or did not validate"));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let mut output = DeleteObjectsOutput { deleted: Some(Vec::new()), errors: Some(Vec::new()), request_charged: None };
    for object in input.delete.objects {
        let if_match = object.e_tag.map(ETagCondition::ETag);
        let condition = Condition { if_match, if_none_match: None };
        match api.store.delete(&input.bucket, &object.key, &condition) {
            Ok(()) if quiet => {}
            Ok(()) => {
                let deleted = DeletedObject { key: Some(object.key), ..DeletedObject::default() };
                output.deleted.get_or_insert_default().push(deleted);
            }
            Err(error) => output.errors.get_or_insert_default().push(entry(object.key, &error)),
        }
    }
    Ok(S3Response::new(output))
}

fn entry(key: String, error: &S3Error) -> Error {
    Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(key),
        message: error.message().map(str::to_owned),
        version_id: None,
    }
}
