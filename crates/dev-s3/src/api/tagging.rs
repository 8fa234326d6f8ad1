//! The tags of objects, kept in the form of the header `x-amz-tagging`.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3s::S3Response;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};

use super::{Answer, Api};

pub(super) fn get(api: &Api, input: &GetObjectTaggingInput) -> Answer<GetObjectTaggingOutput> {
    let object = api.store.object(&input.bucket, &input.key)?;
    let text = object.info.tagging.as_deref().unwrap_or("");
    let tags = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Tag { key: Some(decode(key)), value: Some(decode(value)) }
    });
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set: tags.collect(), version_id: None }))
}

pub(super) fn put(api: &Api, input: &PutObjectTaggingInput) -> Answer<PutObjectTaggingOutput> {
    let pairs = input.tagging.tag_set.iter().map(|tag| {
        let encode =
            |text: &Option<String>| utf8_percent_encode(text.as_deref().unwrap_or(""), NON_ALPHANUMERIC).to_string();
        format!("{}={}", encode(&tag.key), encode(&tag.value))
    });
    let text = pairs.collect::<Vec<_>>().join("&");
    api.store.amend(&input.bucket, &input.key, |info| info.tagging = Some(text))?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(super) fn delete(api: &Api, input: &DeleteObjectTaggingInput) -> Answer<DeleteObjectTaggingOutput> {
    api.store.amend(&input.bucket, &input.key, |info| info.tagging = None)?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
