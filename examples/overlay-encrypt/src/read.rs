//! Reading: the whole file in one request of the base, a part of it in two.

use std::collections::VecDeque;

use longshore_provider::{
    Body, ByteRange, Bytes, Call, Error, ErrorKind, File, ObjectMeta, Opened, Result, futures::stream,
};

use crate::{
    Encrypted,
    format::{Beginning, HEADER, Layout},
    keys::FileCipher,
    unseal::{Part, damaged, unsealed},
};

/// How often a part is read again because the file was replaced between the two requests.
const ATTEMPTS: usize = 3;

/// How a file was stored, by its first bytes.
enum Kind {
    /// It was stored without this overlay, and the options let it through.
    Plain,
    Encrypted(FileCipher, Layout),
}

impl Encrypted {
    /// All of `file`, which the base knows as it is.
    pub(crate) async fn open_whole(&self, file: &File, call: &Call) -> Result<Opened> {
        let Opened { mut meta, mut body, .. } = self.base.open(file, None, call).await?;
        let size = body.size();
        let (beginning, mut ahead) = beginning(&mut body).await?;
        match self.kind(&beginning, &meta)? {
            Kind::Plain => {
                let chunks = stream::iter(ahead.into_iter().map(Ok));
                let rest = Body::from_stream(longshore_provider::futures::StreamExt::chain(chunks, body), size);
                Ok(Opened::new(meta, rest))
            }
            Kind::Encrypted(cipher, layout) => {
                skip(&mut ahead, HEADER);
                meta.size = layout.plain();
                let body = unsealed(&meta.key, Part::whole(layout), cipher, ahead, body);
                Ok(Opened::new(meta, body))
            }
        }
    }

    /// The bytes `range` of `file`: of the base, only the segments that have them are read.
    pub(crate) async fn open_part(&self, file: &File, range: ByteRange, call: &Call) -> Result<Opened> {
        for _ in 0..ATTEMPTS {
            let (stored, beginning) = self.look(file, call).await?;
            let Kind::Encrypted(cipher, layout) = self.kind(&beginning, &stored)? else {
                return self.base.open(file, Some(range), call).await;
            };
            let mut meta = stored.clone();
            meta.size = layout.plain();
            let part = part(layout, range, &meta.key)?;
            if part.start == part.end {
                return Ok(Opened::new(meta, Body::empty()));
            }
            let (start, length) = part.stored();
            let opened = self.base.open(file, Some(ByteRange { start, length: Some(length) }), call).await?;
            if opened.meta == stored {
                let body = unsealed(&meta.key, part, cipher, VecDeque::new(), opened.body);
                return Ok(Opened::new(meta, body));
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "the file is being replaced again and again"))
    }

    /// The metadata of `file`. Its first bytes are read to find out whether it is encrypted.
    pub(crate) async fn known_of(&self, file: &File, call: &Call) -> Result<ObjectMeta> {
        let (mut meta, beginning) = self.look(file, call).await?;
        if let Kind::Encrypted(_, layout) = self.kind(&beginning, &meta)? {
            meta.size = layout.plain();
        }
        Ok(meta)
    }

    /// The base's metadata of a file, and its first bytes.
    async fn look(&self, file: &File, call: &Call) -> Result<(ObjectMeta, Vec<u8>)> {
        let range = ByteRange { start: 0, length: Some(HEADER as u64) };
        match self.base.open(file, Some(range), call).await {
            Ok(mut opened) => {
                let (beginning, _) = beginning(&mut opened.body).await?;
                Ok((opened.meta, beginning))
            }
            // What some services say of every range of an empty file.
            Err(error) if error.kind() == ErrorKind::InvalidInput => match self.base.head(file, call).await {
                Ok(meta) if meta.size == 0 => Ok((meta, Vec::new())),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    fn kind(&self, beginning: &[u8], stored: &ObjectMeta) -> Result<Kind> {
        let key = &stored.key;
        match Beginning::of(beginning) {
            Beginning::Plain if self.allow_plaintext => Ok(Kind::Plain),
            Beginning::Plain => Err(Error::invalid_options(format!(
                "`{key}` was stored without encryption: providerOptions.encryption.allowPlaintext = true hands it out"
            ))),
            Beginning::Cut => Err(damaged(key)),
            Beginning::Newer(version) => Err(Error::unsupported(format_args!(
                "version {version} of the format in which `{key}` was encrypted: a newer one does"
            ))),
            Beginning::Encrypted(header) => {
                let cipher = self.key.stored_file(&header).ok_or_else(|| {
                    Error::invalid_options(format!(
                        "`{key}` was encrypted with another key than providerOptions.encryption.key"
                    ))
                })?;
                let layout = Layout::of_stored(stored.size).ok_or_else(|| damaged(key))?;
                Ok(Kind::Encrypted(cipher, layout))
            }
        }
    }
}

/// The bytes of `range` that there are.
fn part(layout: Layout, range: ByteRange, key: &str) -> Result<Part> {
    let (start, size) = (range.start, layout.plain());
    if start > 0 && start >= size {
        return Err(Error::invalid_input(format!("the range starts at byte {start}, but `{key}` has only {size}")));
    }
    let end = range.length.map_or(size, |length| start.saturating_add(length).min(size));
    Ok(Part { layout, start, end })
}

/// The first bytes of `body`, as many as a header has if there are so many; and the chunks that were read for them.
async fn beginning(body: &mut Body) -> Result<(Vec<u8>, VecDeque<Bytes>)> {
    let (mut bytes, mut chunks) = (Vec::with_capacity(HEADER), VecDeque::new());
    while bytes.len() < HEADER {
        let Some(chunk) = body.next().await else { break };
        let chunk = chunk?;
        bytes.extend_from_slice(&chunk[..chunk.len().min(HEADER - bytes.len())]);
        chunks.push_back(chunk);
    }
    Ok((bytes, chunks))
}

/// Without the first `count` bytes.
fn skip(chunks: &mut VecDeque<Bytes>, mut count: usize) {
    while let Some(chunk) = chunks.front_mut() {
        let skipped = chunk.split_to(count.min(chunk.len()));
        count -= skipped.len();
        if !chunk.is_empty() {
            break;
        }
        chunks.pop_front();
    }
}
