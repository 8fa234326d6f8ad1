//! The RIFF container around the chunks that libwebp writes.

use std::io::Cursor;

use image_webp::WebPDecoder;
use webp::Encoder;

use crate::{ImageError, plan::VariantPlan, raster::Raster, resize::PixelLayout};

/// The metadata of the source that goes into every file made from it.
#[derive(Debug, Default)]
pub(super) struct Extras {
    profile: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
}

/// Bits of the extended header.
pub(super) const PROFILE: u8 = 0x20;
pub(super) const ALPHA: u8 = 0x10;
pub(super) const EXIF: u8 = 0x08;
pub(super) const ANIMATION: u8 = 0x02;

impl Extras {
    /// The colour profile of the file, and the orientation if it stays.
    pub(super) fn read(decoder: &mut WebPDecoder<Cursor<&[u8]>>, plan: &VariantPlan) -> Self {
        Self { profile: decoder.icc_profile().ok().flatten(), exif: plan.keep.to_exif() }
    }
}

/// An encoded still image.
pub(super) fn still(raster: &Raster, layout: PixelLayout, quality: u8, extras: &Extras) -> Result<Vec<u8>, ImageError> {
    let file = encode(raster, layout, quality)?;
    if extras.profile.is_none() && extras.exif.is_none() {
        return Ok(file);
    }
    let frame = image_chunks(&file);
    let alpha = if frame.starts_with(b"ALPH") || layout == PixelLayout::Rgba { ALPHA } else { 0 };
    Ok(extended((raster.width, raster.height), alpha, extras, |file| file.extend_from_slice(frame)))
}

/// An animated image of those frames, which are chunks already.
pub(super) fn animated(size: (u32, u32), layout: PixelLayout, loops: u16, frames: &[u8], extras: &Extras) -> Vec<u8> {
    let alpha = if layout == PixelLayout::Rgba { ALPHA } else { 0 };
    extended(size, ANIMATION | alpha, extras, |file| {
        let mut settings = vec![0; 4];
        settings.extend(loops.to_le_bytes());
        chunk(file, *b"ANIM", &settings);
        file.extend_from_slice(frames);
    })
}

/// A frame of an animation as a chunk: shown for `duration` milliseconds, in place of what was there.
pub(super) fn frame(
    raster: &Raster,
    layout: PixelLayout,
    quality: u8,
    (left, top): (u32, u32),
    duration: u32,
) -> Result<Vec<u8>, ImageError> {
    const NO_BLENDING: u8 = 0x02;
    let encoded = encode(raster, layout, quality)?;
    let mut body = Vec::with_capacity(encoded.len() + 16);
    for number in [left / 2, top / 2, raster.width - 1, raster.height - 1, duration.min(0xFF_FFFF)] {
        body.extend(&number.to_le_bytes()[..3]);
    }
    body.push(NO_BLENDING);
    body.extend(image_chunks(&encoded));
    let mut file = Vec::with_capacity(body.len() + 8);
    chunk(&mut file, *b"ANMF", &body);
    Ok(file)
}

fn encode(raster: &Raster, layout: PixelLayout, quality: u8) -> Result<Vec<u8>, ImageError> {
    let encoder = match layout {
        PixelLayout::Rgba => Encoder::from_rgba(&raster.pixels, raster.width, raster.height),
        _ => Encoder::from_rgb(&raster.pixels, raster.width, raster.height),
    };
    let file = encoder.encode_simple(false, f32::from(quality));
    let file = file.map_err(|error| ImageError::Invalid(format!("libwebp: {error:?}")))?;
    Ok(file.to_vec())
}

/// The chunks with pixels of a file that libwebp has written.
fn image_chunks(file: &[u8]) -> &[u8] {
    const RIFF: usize = 12;
    let chunks = &file[RIFF..];
    // Before an image with alpha there is an extended header, which the outermost file has alone.
    if chunks.starts_with(b"VP8X") { &chunks[18..] } else { chunks }
}

fn extended(size: (u32, u32), flags: u8, extras: &Extras, image: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    let profile = if extras.profile.is_some() { PROFILE } else { 0 };
    let exif = if extras.exif.is_some() { EXIF } else { 0 };
    let mut header = vec![flags | profile | exif, 0, 0, 0];
    header.extend(&(size.0 - 1).to_le_bytes()[..3]);
    header.extend(&(size.1 - 1).to_le_bytes()[..3]);
    chunk(&mut file, *b"VP8X", &header);
    if let Some(profile) = &extras.profile {
        chunk(&mut file, *b"ICCP", profile);
    }
    image(&mut file);
    if let Some(exif) = &extras.exif {
        chunk(&mut file, *b"EXIF", exif);
    }
    let length = u32::try_from(file.len() - 8).unwrap_or(u32::MAX);
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    file.extend(name);
    file.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(body);
    if !body.len().is_multiple_of(2) {
        file.push(0);
    }
}
