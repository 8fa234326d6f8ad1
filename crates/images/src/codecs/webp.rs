//! WebP, still and animated.
//!
//! Read by image-webp, which is memory-safe; written by libwebp, as nothing else writes lossy files well.

mod animation;
mod chunks;
mod container;

use std::{borrow::Cow, io::Cursor, num::NonZeroU16};

use bytes::Bytes;
use image_webp::{LoopCount, WebPDecoder};

use self::{
    animation::Animation,
    container::{Extras, still},
};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, QUALITY, Rewriting, VariantPlan, area},
    raster::Raster,
    resize::{self, PixelLayout, Premultiplied},
};

/// A WebP file whose header has been read.
pub(crate) struct Webp {
    file: Bytes,
    header: ImageHeader,
    layout: PixelLayout,
    animated: bool,
    frames: u32,
}

/// The most bytes that metadata may take.
const CHUNK: usize = 8 << 20;

impl Webp {
    /// Reads the header.
    pub(crate) fn open(file: Bytes) -> Result<Self, ImageError> {
        let file = chunks::mended(file);
        let mut decoder = decoder(&file).map_err(|_| ImageError::NotAnImage)?;
        let (width, height) = decoder.dimensions();
        let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
        // The chunk begins with the TIFF header, but some programs write JPEG's prefix before it.
        let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
        let orientation = Orientation::of_exif(exif);
        let (animated, frames) = (decoder.is_animated(), decoder.num_frames().max(1));
        let layout = if decoder.has_alpha() { PixelLayout::Rgba } else { PixelLayout::Rgb };
        // No frame is larger than the canvas.
        let pixels = area(width, height).saturating_mul(frames.into());
        let header = ImageHeader { width, height, pixels, orientation, rewriting: Rewriting::Smaller };
        Ok(Self { file, header, layout, animated, frames })
    }

    fn make_still(
        &self,
        mut decoder: WebPDecoder<Cursor<&[u8]>>,
        plan: &VariantPlan,
        job: &JobContext,
    ) -> Result<CodecOutput, ImageError> {
        let extras = Extras::read(&mut decoder, plan);
        let mut pixels = vec![0; self.frame_bytes()];
        decoder.read_image(&mut pixels).map_err(ImageError::codec)?;
        drop(decoder);
        job.check_cancelled()?;
        let raster = Raster::new(self.header.width, self.header.height, self.layout.samples(), pixels);
        let raster = raster.upright(plan.turn);
        let formats = |raster: Cow<'_, Raster>| {
            let source = Premultiplied::new(raster, self.layout)?;
            let format = |size| {
                job.check_cancelled()?;
                still(&source.resize(size)?, self.layout, QUALITY, &extras)
            };
            plan.formats.iter().map(|(_, size)| format(*size)).collect::<Result<Vec<_>, _>>()
        };
        let Some(quality) = plan.main else {
            return Ok(CodecOutput { main: None, formats: formats(Cow::Owned(raster))? });
        };
        let (main, formats) =
            job.join(|| still(&raster, self.layout, quality, &extras), || formats(Cow::Borrowed(&raster)));
        Ok(CodecOutput { main: Some(main?), formats: formats? })
    }

    fn make_animation(
        &self,
        mut decoder: WebPDecoder<Cursor<&[u8]>>,
        plan: &VariantPlan,
        job: &JobContext,
    ) -> Result<CodecOutput, ImageError> {
        let extras = Extras::read(&mut decoder, plan);
        let loops = match decoder.loop_count() {
            LoopCount::Forever => 0,
            LoopCount::Times(times) => NonZeroU16::get(times),
        };
        // The canvas outside of the frames is transparent, as in every browser.
        decoder.set_background_color([0; 4]).map_err(ImageError::codec)?;
        let full = plan.turn.turned((self.header.width, self.header.height));
        let animation = |size, quality| Animation::new(size, self.layout, quality, loops);
        let mut main = plan.main.map(|quality| animation(full, quality));
        let mut formats: Vec<_> = plan.formats.iter().map(|(_, size)| animation(*size, QUALITY)).collect();
        for _ in 0..self.frames {
            job.check_cancelled()?;
            let mut pixels = vec![0; self.frame_bytes()];
            let duration = decoder.read_frame(&mut pixels).map_err(ImageError::codec)?;
            let raster = Raster::new(self.header.width, self.header.height, self.layout.samples(), pixels);
            let raster = raster.upright(plan.turn);
            let add = |raster: Cow<'_, Raster>, formats: &mut [Animation]| {
                let source = Premultiplied::new(raster, self.layout)?;
                formats.iter_mut().try_for_each(|format| format.add(source.resize(format.size())?, duration))
            };
            match &mut main {
                None => add(Cow::Owned(raster), &mut formats)?,
                Some(main) => {
                    let (one, other) =
                        job.join(|| main.add(raster.clone(), duration), || add(Cow::Borrowed(&raster), &mut formats));
                    one.and(other)?;
                }
            }
        }
        let main = main.map(|main| main.finish(&extras)).transpose()?;
        let formats = formats.into_iter().map(|format| format.finish(&extras)).collect::<Result<_, _>>()?;
        Ok(CodecOutput { main, formats })
    }

    fn frame_bytes(&self) -> usize {
        self.header.width as usize * self.header.height as usize * self.layout.samples()
    }
}

impl Codec for Webp {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let pixels = u64::from(self.header.width) * u64::from(self.header.height);
        // Decoding: the frame, what it is made of, and of animations the canvas and the frames that are compared.
        let frames = if self.animated { 5 } else { 2 };
        let decoding = pixels * 4 * frames;
        let turned = if plan.must_turn() { pixels * 4 } else { 0 };
        // Encoding: four bytes as the library takes a pixel, two as it works on it, and two more of notes.
        let copy = resize::premultiplied_copy(self.header.width, self.header.height, self.layout);
        let encoding = if plan.main.is_some() { pixels * 8 + copy } else { 0 };
        let formats = plan.formats.iter().map(|(_, (width, height))| area(*width, *height));
        let formats: u64 = if self.animated { formats.sum::<u64>() * 8 } else { formats.max().unwrap_or(0) * 16 };
        let resizing = resize::memory(self.header.width, self.layout, plan);
        decoding + turned + encoding + formats + resizing + 3 * self.file.len() as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let file = self.file.clone();
        chunks::check(&file)?;
        let decoder = decoder(&file).map_err(ImageError::codec)?;
        if self.animated { self.make_animation(decoder, plan, job) } else { self.make_still(decoder, plan, job) }
    }
}

fn decoder(file: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, image_webp::DecodingError> {
    let mut decoder = WebPDecoder::new(Cursor::new(file))?;
    decoder.set_memory_limit(CHUNK);
    Ok(decoder)
}
