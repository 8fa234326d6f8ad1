//! Images: the bytes of a file in, its width and height, formats and re-encoded main file out.
//!
//! [`ImageKind::of`] recognizes the kind of an image by its first bytes. [`ImagePipeline::process`] reads the header,
//! refuses an image that is larger than the settings allow *before* anything is decoded, waits for memory and a worker
//! permit, decodes once, and encodes the main file and the formats from that one decoding.
//!
//! Each module uses only the modules above it:
//!
//! - `orientation`, `raster`, `resize`: pixels
//! - `plan`: which files are made of an image, from the settings and the image's header
//! - `permits`: which image gets a worker and memory next
//! - `codec`: what a codec does, and the job that it works for
//! - `codecs`: one module for each kind of image
//! - `pipeline`: worker threads, memory, cancellation

#![forbid(unsafe_code)]

mod codec;
mod codecs;
mod kind;
mod orientation;
mod permits;
mod pipeline;
mod plan;
mod raster;
mod resize;

use bytes::Bytes;
use thiserror::Error;

pub use self::{kind::ImageKind, pipeline::ImagePipeline};

/// How images are processed.
#[derive(Clone, Debug)]
pub struct ImageSettings {
    /// Whether images are re-encoded at quality 80 when that makes them smaller.
    pub size_optimization: bool,
    /// Whether the breakpoints' formats are made.
    pub responsive_dimensions: bool,
    /// Whether images are turned upright by their EXIF orientation.
    pub auto_orientation: bool,
    /// The largest image that is processed, in bytes; larger ones are stored as they are.
    pub max_bytes: usize,
    /// The longest side of an image, in pixels.
    pub max_side: u32,
    /// The most pixels of an image, all frames together.
    pub max_pixels: u64,
    /// How much memory decoded images may take together, in bytes.
    pub memory: usize,
    /// Images that are processed at a time.
    pub workers: usize,
}

/// The result for one image.
#[derive(Debug)]
pub struct ProcessedImage {
    /// The main file: re-encoded when that made it smaller or had to turn it, else the bytes of the upload.
    pub main: Bytes,
    /// The width of the main file in pixels; `None` when it is unknown.
    pub width: Option<u32>,
    /// The height of the main file in pixels; `None` when it is unknown.
    pub height: Option<u32>,
    /// The smaller versions: the thumbnail, then the breakpoints in the order of the settings.
    pub formats: Vec<EncodedFormat>,
}

/// A smaller version of an image, of the same kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFormat {
    /// `thumbnail`, or the name of a breakpoint.
    pub format: String,
    /// The encoded file.
    pub bytes: Bytes,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why an image was not processed.
#[derive(Debug, Error)]
pub enum ImageError {
    /// Not even the header can be read: a file like any other, that happens to begin like an image.
    #[error("the file is no image")]
    NotAnImage,
    /// The header is that of an image, and the rest is cut, damaged, or of a form that no decoder here knows.
    #[error("the image cannot be decoded: {0}")]
    Invalid(String),
    /// Processing the image would take more than the settings allow; nothing was decoded.
    #[error("the image is too large: {0}")]
    TooLarge(String),
    /// The pipeline has been closed.
    #[error("the media library is shutting down")]
    Closed,
}

impl ImageError {
    /// The error of a codec.
    fn codec(error: impl std::fmt::Display) -> Self {
        Self::Invalid(error.to_string())
    }
}

#[cfg(test)]
mod tests;
