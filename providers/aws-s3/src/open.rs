//! Reading files.

use aws_sdk_s3::primitives::ByteStream;
use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, ObjectMeta, Opened, Result, futures::stream, key::object_key,
};

use crate::{AwsS3, action_options::reading, failure::Action, head::time_of};

impl AwsS3 {
    pub(crate) async fn read(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        match self.read_part(file, range, call).await {
            // S3 refuses every range of an empty file, also the one that starts where the file does.
            Err(refused)
                if refused.kind() == ErrorKind::InvalidInput && range.is_some_and(|range| range.start == 0) =>
            {
                let whole = self.read_part(file, None, call).await?;
                if whole.meta.size == 0 { Ok(whole) } else { Err(refused) }
            }
            answer => answer,
        }
    }

    async fn read_part(&self, file: &File, range: Option<ByteRange>, call: &Call) -> Result<Opened> {
        let key = object_key(&self.settings.root_path, file)?;
        let options = reading(call)?;
        let request = self.client.get_object().bucket(&self.site.bucket).key(&key);
        let output = request
            .set_range(range.and_then(header))
            .set_request_payer(options.request_payer)
            .set_expected_bucket_owner(options.expected_bucket_owner)
            .send()
            .await
            .map_err(|error| self.site.error(Action::OPEN, &key, &error))?;
        let length = output.content_length.and_then(|length| u64::try_from(length).ok());
        let whole = output.content_range.as_deref().and_then(whole_size);
        if range.is_some_and(|range| range.start > 0) && whole.is_none() {
            return Err(Error::new(ErrorKind::Unsupported, "the service does not support reading a part of a file"));
        }
        let mut meta = ObjectMeta::new(&key, whole.or(length).unwrap_or_default());
        meta.etag = output.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
        meta.content_type = output.content_type;
        meta.last_modified = output.last_modified.and_then(time_of);
        if range.is_some_and(|range| range.length == Some(0)) {
            return Ok(Opened::new(meta, Body::empty()));
        }
        let endpoint = self.site.endpoint.clone();
        Ok(Opened::new(meta, Body::from_stream(chunks(output.body, key, endpoint), length)))
    }
}

/// The chunks as they come: nothing is read ahead of whoever reads.
fn chunks(
    body: ByteStream,
    key: String,
    endpoint: String,
) -> impl longshore_provider::futures::Stream<Item = Result<longshore_provider::Bytes>> + Send {
    stream::unfold(Some((body, key, endpoint)), |state| async {
        let (mut body, key, endpoint) = state?;
        match body.next().await? {
            Ok(chunk) => Some((Ok(chunk), Some((body, key, endpoint)))),
            Err(error) => {
                let message = format!("reading `{key}` from {endpoint} broke off");
                Some((Err(Error::new(ErrorKind::Unavailable, message).caused_by(&error)), None))
            }
        }
    })
}

/// `bytes=0-9`. One byte is read of a range of none: S3 has no empty ranges, and the file's facts are wanted.
fn header(range: ByteRange) -> Option<String> {
    let start = range.start;
    match range.length {
        None if start == 0 => None,
        None => Some(format!("bytes={start}-")),
        Some(length) => match start.checked_add(length.max(1) - 1) {
            // No service counts further, and some refuse such a number.
            Some(end) if end <= u64::MAX / 2 => Some(format!("bytes={start}-{end}")),
            _ => Some(format!("bytes={start}-")),
        },
    }
}

/// `100` of `bytes 0-9/100`.
fn whole_size(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/')?.1.parse().ok()
}
