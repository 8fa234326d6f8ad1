//! Images: what kind they are, their smaller formats, and the re-encoded main file.
//!
//! One way through: [`Kind::of`] looks at the bytes; [`Studio::process`] reads the header, refuses what is larger than
//! the settings allow *before* anything is decoded, waits for its share of memory and a thread, decodes once, and
//! encodes the main file and the formats from that one decoding.
//!
//! - [`kind`]: which bytes are which kind
//! - [`studio`]: threads, memory, cancellation
//! - [`recipe`]: what is to be made of an image, from the settings and its header
//! - [`raster`], [`resize`], [`orientation`]: pixels
//! - one module a codec: it reads headers (`header`) and works (`make`)

mod avif;
mod difference;
mod gif;
mod jpeg;
mod kind;
mod orientation;
mod png;
mod raster;
mod recipe;
mod resize;
mod studio;
mod svg;
mod tiff;
mod webp;

use bytes::Bytes;
use thiserror::Error;

pub(crate) use kind::Kind;
pub(crate) use studio::Studio;

/// What an image became.
#[derive(Debug)]
pub(crate) struct Processed {
    /// The main file: re-encoded when that made it smaller or had to turn it, else the bytes that came.
    pub(crate) main: Bytes,
    /// Pixels of the main file; `None` when they cannot be told.
    pub(crate) width: Option<u32>,
    /// Pixels of the main file; `None` when they cannot be told.
    pub(crate) height: Option<u32>,
    /// The smaller versions: the thumbnail, then the breakpoints in the order of the settings.
    pub(crate) formats: Vec<MadeFormat>,
}

/// A smaller version of an image, of the same kind.
#[derive(Debug)]
pub(crate) struct MadeFormat {
    /// `thumbnail`, or the name of a breakpoint.
    pub(crate) format: String,
    /// The encoded file.
    pub(crate) bytes: Bytes,
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
}

/// Why nothing was made of an image.
#[derive(Debug, Error)]
pub(crate) enum ImageError {
    /// Not even the header can be read: a file like any other, that happens to begin like an image.
    #[error("the file is no image")]
    NotAnImage,
    /// The header is that of an image, and the rest is cut, damaged, or of a form that no decoder here knows.
    #[error("the image cannot be decoded: {0}")]
    Invalid(String),
    /// Working on it would take more than the settings allow; nothing was decoded.
    #[error("the image is too large: {0}")]
    TooLarge(String),
    /// The studio has been closed.
    #[error("the media library is shutting down")]
    Closed,
}

impl ImageError {
    /// What a codec said.
    fn codec(error: impl std::fmt::Display) -> Self {
        Self::Invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests;
