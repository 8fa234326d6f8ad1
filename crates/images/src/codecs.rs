//! One module for each kind of image: it reads the header (`open`) and encodes variants, or only measures.

mod avif;
mod difference;
pub(crate) mod gif;
mod jpeg;
mod png;
mod svg;
mod tiff;
mod webp;

use bytes::Bytes;

use crate::{ImageError, ImageKind, codec::OpenedImage};

/// Reads the header of a file of that kind.
pub(crate) fn open(file: Bytes, kind: ImageKind) -> Result<OpenedImage, ImageError> {
    Ok(match kind {
        ImageKind::Jpeg => jpeg::Jpeg::open(file)?,
        ImageKind::Png => OpenedImage::Decodable(Box::new(png::Png::open(file)?)),
        ImageKind::Webp => OpenedImage::Decodable(Box::new(webp::Webp::open(file)?)),
        ImageKind::Gif => OpenedImage::Decodable(Box::new(gif::Gif::open(&file)?)),
        ImageKind::Tiff => tiff::Tiff::open(file)?,
        ImageKind::Avif => OpenedImage::Measured(avif::measure(&file)),
        ImageKind::Svg => OpenedImage::Measured(svg::measure(&file)),
    })
}
