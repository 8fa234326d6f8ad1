//! Reading files and their metadata.

use longshore_provider::{
    Body, ByteRange, Error, ErrorKind, ObjectMeta, Opened, Result,
    futures::{StreamExt, TryStreamExt, stream},
};
use opendal::{Buffer, Metadata, Operator};

use crate::failure::{failed, is_missing};

/// The attempts at opening a file that other calls replace meanwhile.
const ATTEMPTS: usize = 5;

/// The metadata of the file under `key`.
pub(crate) async fn head(operator: &Operator, key: &str) -> Result<ObjectMeta> {
    match operator.stat(key).await {
        Ok(metadata) if metadata.is_dir() => Err(Error::not_found(key)),
        Ok(metadata) => Ok(meta(key, &metadata)),
        Err(error) => Err(unreadable(key, &error)),
    }
}

/// Opens the file under `key`. Metadata and content belong to the same version.
pub(crate) async fn open(operator: &Operator, key: &str, range: Option<ByteRange>) -> Result<Opened> {
    for _ in 0..ATTEMPTS {
        let known = head(operator, key).await?;
        let (start, end) = bounds(range, &known)?;
        if start == end {
            return Ok(Opened::new(known, Body::empty()));
        }
        let reading = async {
            let mut stream = operator.reader(key).await?.into_stream(start..end).await?;
            // OpenDAL opens the file at the first read.
            let first = stream.try_next().await?.unwrap_or_default();
            let read = stream.metadata().await.ok();
            opendal::Result::Ok((first, stream, read))
        };
        let (first, stream, read) = match reading.await {
            Ok(reading) => reading,
            // The file is shorter than at `head`: it was replaced.
            Err(error) if is_shorter(&error) => continue,
            Err(error) => return Err(unreadable(key, &error)),
        };
        let now = match read {
            Some(metadata) => meta(key, &metadata),
            None => head(operator, key).await?,
        };
        if !is_same(&known, &now) {
            continue;
        }
        let name = key.to_owned();
        let rest = stream.map(move |buffer| buffer.map_err(|error| unreadable(&name, &error)));
        let chunks = stream::once(async { Ok(first) }).chain(rest).flat_map(chunks);
        return Ok(Opened::new(known, Body::from_stream(chunks, Some(end - start))));
    }
    Err(Error::new(ErrorKind::Unavailable, format!("`{key}` was replaced during every attempt to open it")))
}

/// The chunks of a buffer, without copying.
fn chunks(
    buffer: Result<Buffer>,
) -> impl longshore_provider::futures::Stream<Item = Result<longshore_provider::Bytes>> {
    let (buffer, error) = match buffer {
        Ok(buffer) => (buffer, None),
        Err(error) => (Buffer::new(), Some(Err(error))),
    };
    stream::iter(Iterator::map(buffer, Ok).chain(error))
}

/// The start and the end of `range`, cut to the size of the file. The end is exclusive.
fn bounds(range: Option<ByteRange>, known: &ObjectMeta) -> Result<(u64, u64)> {
    let (size, range) = (known.size, range.unwrap_or(ByteRange { start: 0, length: None }));
    if range.start > 0 && range.start >= size {
        let message = format!("the range starts at byte {}, but `{}` has only {size}", range.start, known.key);
        return Err(Error::invalid_input(message));
    }
    let end = range.length.map_or(size, |length| range.start.saturating_add(length).min(size));
    Ok((range.start, end))
}

/// Whether both belong to the same version of a file. Fields that one of them lacks are not compared.
fn is_same(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    one.size == other.size
        && agree(one.etag.as_ref(), other.etag.as_ref())
        && agree(one.last_modified.as_ref(), other.last_modified.as_ref())
}

pub(crate) fn meta(key: &str, metadata: &Metadata) -> ObjectMeta {
    let mut meta = ObjectMeta::new(key, metadata.content_length());
    meta.etag = metadata.etag().map(|etag| etag.trim_matches('"').to_owned());
    meta.content_type = metadata.content_type().map(str::to_owned);
    meta.last_modified = metadata.last_modified().map(Into::into);
    meta
}

/// Whether the file ends before the range.
fn is_shorter(error: &opendal::Error) -> bool {
    error.kind() == opendal::ErrorKind::RangeNotSatisfied
}

fn unreadable(key: &str, error: &opendal::Error) -> Error {
    if is_missing(error) { Error::not_found(key) } else { failed(format_args!("read `{key}`"), error) }
}
