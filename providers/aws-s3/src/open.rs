//! Reading files.

use aws_sdk_s3::primitives::ByteStream;
use longshore_provider::{
    Body, ByteRange, Bytes, Call, Error, ErrorKind, File, ObjectMeta, Opened, Result,
    futures::{Stream, stream},
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
        let key = self.key(file)?;
        let options = reading(call)?;
        let request = self.client.get_object().bucket(&self.location.bucket).key(&key);
        let output = request
            .set_range(range.and_then(header))
            .set_request_payer(options.request_payer)
            .set_expected_bucket_owner(options.expected_bucket_owner)
            .send()
            .await
            .map_err(|error| self.location.error(Action::OPEN, &key, &error))?;
        let length = output.content_length.and_then(|length| u64::try_from(length).ok());
        let sent = output.content_range.as_deref().and_then(ContentRange::parse);
        let start = range.map_or(0, |range| range.start);
        // A service that ignores the range sends the file from its beginning.
        if sent.as_ref().map_or(0, |sent| sent.start) != start {
            let message = "the service does not support reading a part of a file: it returned other bytes than the requested range";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut meta = ObjectMeta::new(&key, sent.and_then(|sent| sent.whole).or(length).unwrap_or_default());
        meta.etag = output.e_tag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
        meta.content_type = output.content_type;
        meta.last_modified = output.last_modified.and_then(time_of);
        let wanted = range.and_then(|range| range.length);
        if wanted == Some(0) {
            return Ok(Opened::new(meta, Body::empty()));
        }
        let size = length.map(|length| wanted.map_or(length, |wanted| wanted.min(length)));
        let reading = ResponseBody { body: output.body, left: wanted, key, endpoint: self.location.endpoint.clone() };
        Ok(Opened::new(meta, Body::from_stream(reading.chunks(), size)))
    }
}

/// The body of a response, read no faster than its reader asks for.
struct ResponseBody {
    body: ByteStream,
    /// How many bytes are still wanted, if not all of them: the service may send more.
    left: Option<u64>,
    key: String,
    endpoint: String,
}

impl ResponseBody {
    fn chunks(self) -> impl Stream<Item = Result<Bytes>> + Send {
        stream::unfold(Some(self), |state| async {
            let mut reading = state.filter(|reading| reading.left != Some(0))?;
            match reading.body.next().await? {
                Ok(mut chunk) => {
                    if let Some(left) = &mut reading.left {
                        chunk.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                        *left -= chunk.len() as u64;
                    }
                    Some((Ok(chunk), Some(reading)))
                }
                Err(error) => {
                    let message = format!("reading `{}` from {} broke off", reading.key, reading.endpoint);
                    Some((Err(Error::new(ErrorKind::Unavailable, message).caused_by(&error)), None))
                }
            }
        })
    }
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

/// The header `Content-Range`: `bytes 0-9/100`.
struct ContentRange {
    start: u64,
    /// `None` for `*`.
    whole: Option<u64>,
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (range, whole) = text.trim().strip_prefix("bytes")?.split_once('/')?;
        let start = range.trim().split('-').next()?.parse().ok()?;
        Some(Self { start, whole: whole.parse().ok() })
    }
}
