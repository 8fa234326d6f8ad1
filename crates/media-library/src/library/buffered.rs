//! Reads the beginning of a file to find out its type, and whether it is small enough to be buffered.

use bytes::{Bytes, BytesMut};
use longshore_images::ImageKind;
use longshore_provider::Body;

use super::{
    Context, Incoming,
    image_memory::{ImageReservation, STEP},
};
use crate::{Error, Rejection, Result, mime, name};

/// A file whose type is known, with the part of it that is buffered.
pub(super) struct BufferedUpload {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) content: Content,
}

/// The bytes of a file.
pub(super) enum Content {
    /// All bytes.
    Whole {
        bytes: Bytes,
        /// The kind of image that the first bytes indicate.
        image: Option<ImageKind>,
        /// The reservation of memory for images.
        memory: Option<ImageReservation>,
    },
    /// The beginning, and the rest that has not arrived yet.
    Flowing { beginning: Bytes, rest: Body, size: Option<u64> },
}

/// The outcome of reading a file's beginning.
pub(super) enum Sniffed {
    Buffered(BufferedUpload),
    /// The file has no bytes.
    Empty,
    Rejected(Rejection),
}

impl BufferedUpload {
    /// The memory that the file takes while it waits, in bytes.
    pub(super) fn buffered_bytes(&self) -> usize {
        match &self.content {
            Content::Whole { bytes, .. } => bytes.len(),
            Content::Flowing { beginning, .. } => beginning.len(),
        }
    }

    /// In the place of one that was taken.
    pub(super) fn nothing() -> Self {
        let content = Content::Whole { bytes: Bytes::new(), image: None, memory: None };
        Self { name: String::new(), mime: String::new(), content }
    }

    pub(super) fn is_flowing(&self) -> bool {
        matches!(self.content, Content::Flowing { .. })
    }
}

impl Context {
    /// Reads the beginning of `incoming`, and all of it if it is small or an image.
    pub(super) async fn peek(&self, incoming: Incoming) -> Result<Sniffed> {
        let Incoming { name, declared_mime, size, at_most, mut body } = incoming;
        if size.is_some_and(|size| !self.size_limit.allows(size)) {
            return Ok(Sniffed::Rejected(self.size_limit.rejection(&name)));
        }
        let mut reading = ReadState::default();
        let mut ended = reading.up_to(mime::SNIFF, &mut body).await?;
        if reading.is_empty() {
            // Before the name is checked: a browser sends an empty file without a name if the user chose no file.
            return Ok(Sniffed::Empty);
        }
        if let Err(rejection) = name::check(&name) {
            return Ok(Sniffed::Rejected(rejection));
        }
        let sniffed = reading.first(mime::SNIFF);
        let mime = match mime::decide(&self.settings.types, &name, declared_mime.as_deref(), &sniffed) {
            Ok(mime) => mime,
            Err(rejection) => return Ok(Sniffed::Rejected(rejection)),
        };
        let largest = self.settings.images.max_bytes;
        let image = ImageKind::of(&sniffed).filter(|_| largest > 0);
        if !ended {
            ended = reading.up_to(self.settings.small_file, &mut body).await?;
        }
        let mut memory = None;
        if !ended && image.is_some() && size.is_none_or(|size| size <= largest as u64) {
            let reservation;
            (ended, reservation) = self.read_image(&mut reading, &mut body, size.or(at_most)).await?;
            memory = Some(reservation);
        }
        let bytes = reading.into_bytes();
        // A file that is small enough to be held may be too large for an image.
        let image = image.filter(|_| bytes.len() <= largest);
        let content = match (ended, memory) {
            (true, memory) => Content::Whole { bytes, image, memory },
            // The body turned out to be too large for an image.
            (false, Some(reservation)) => Content::Flowing { beginning: reservation.attach(bytes), rest: body, size },
            (false, None) => Content::Flowing { beginning: bytes, rest: body, size },
        };
        Ok(Sniffed::Buffered(BufferedUpload { name, mime, content }))
    }

    /// Reads an image whole, if it is not too large; returns whether it is whole, and its reservation of
    /// memory, which grows as the bytes arrive.
    async fn read_image(
        &self,
        reading: &mut ReadState,
        body: &mut Body,
        at_most: Option<u64>,
    ) -> Result<(bool, ImageReservation)> {
        let largest = self.settings.images.max_bytes;
        let most = at_most.map_or(largest, |bytes| usize::try_from(bytes).unwrap_or(largest).min(largest));
        let mut reservation = self.image_memory.reserve(most);
        let mut room = 0;
        while room < most {
            room = most.min(reading.len() + STEP);
            reservation.grow_to(room).await?;
            if reading.up_to(room, body).await? {
                reservation.finalize(reading.len());
                return Ok((true, reservation));
            }
        }
        reservation.finalize(reading.len());
        Ok((false, reservation))
    }
}

/// The bytes that have been read. A single chunk is not copied.
#[derive(Default)]
struct ReadState {
    first: Bytes,
    more: BytesMut,
}

impl ReadState {
    /// Reads until there are more than `limit` bytes; returns whether the body ended before that.
    async fn up_to(&mut self, limit: usize, body: &mut Body) -> Result<bool> {
        while self.len() <= limit {
            match body.next().await {
                None => return Ok(true),
                Some(Ok(chunk)) => self.push(&chunk),
                Some(Err(error)) => return Err(Error::BrokenBody(error)),
            }
        }
        Ok(false)
    }

    fn push(&mut self, chunk: &Bytes) {
        if self.is_empty() {
            self.first = chunk.clone();
        } else {
            if self.more.is_empty() {
                self.more.reserve((self.first.len() + chunk.len()) * 2);
                self.more.extend_from_slice(&self.first);
                self.first = Bytes::new();
            }
            self.more.extend_from_slice(chunk);
        }
    }

    fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn first(&self, count: usize) -> Bytes {
        if self.more.is_empty() {
            self.first.slice(..self.first.len().min(count))
        } else {
            Bytes::copy_from_slice(&self.more[..self.more.len().min(count)])
        }
    }

    fn into_bytes(self) -> Bytes {
        if self.more.is_empty() { self.first } else { self.more.freeze() }
    }
}
