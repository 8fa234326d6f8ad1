//! WebP, still and animated.
//!
//! Read by image-webp, which is memory-safe; written by libwebp, as nothing else writes lossy files well.

mod animation;
mod chunks;
mod container;

use std::{io::Cursor, num::NonZeroU16};

use bytes::Bytes;
use image_webp::{LoopCount, WebPDecoder};

use self::{
    animation::Animation,
    container::{Extras, still},
};
use super::{
    ImageError,
    orientation::Orientation,
    raster::Raster,
    recipe::{Header, QUALITY, Recipe, Rewriting, area},
    resize::{Layout, resize_whole},
    studio::{Codec, Desk, Made},
};

/// A WebP file whose header has been read.
pub(super) struct Webp {
    file: Bytes,
    header: Header,
    layout: Layout,
    animated: bool,
    frames: u32,
}

/// What metadata may take.
const CHUNK: usize = 8 << 20;

impl Webp {
    /// Reads the header.
    pub(super) fn open(file: Bytes) -> Result<Self, ImageError> {
        let file = chunks::mended(file);
        let mut decoder = decoder(&file).map_err(|_| ImageError::NotAnImage)?;
        let (width, height) = decoder.dimensions();
        let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
        // The chunk begins with the TIFF header, but some programs write JPEG's prefix before it.
        let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
        let orientation = Orientation::of_exif(exif);
        let (animated, frames) = (decoder.is_animated(), decoder.num_frames().max(1));
        let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
        // No frame is larger than the canvas.
        let pixels = area(width, height).saturating_mul(frames.into());
        let header = Header { width, height, pixels, orientation, rewriting: Rewriting::Smaller };
        Ok(Self { file, header, layout, animated, frames })
    }

    fn make_still(
        &self,
        mut decoder: WebPDecoder<Cursor<&[u8]>>,
        recipe: &Recipe,
        desk: &Desk,
    ) -> Result<Made, ImageError> {
        let extras = Extras::read(&mut decoder, recipe);
        let mut pixels = vec![0; self.frame_bytes()];
        decoder.read_image(&mut pixels).map_err(ImageError::codec)?;
        drop(decoder);
        desk.go_on()?;
        let raster = Raster::new(self.header.width, self.header.height, self.layout.samples(), pixels);
        let raster = raster.upright(recipe.turn);
        let (main, formats) = desk.both(
            || recipe.main.map(|quality| still(&raster, self.layout, quality, &extras)).transpose(),
            || {
                let format = |size| {
                    desk.go_on()?;
                    still(&resize_whole(&raster, self.layout, size)?, self.layout, QUALITY, &extras)
                };
                recipe.formats.iter().map(|(_, size)| format(*size)).collect::<Result<_, _>>()
            },
        );
        Ok(Made { main: main?, formats: formats? })
    }

    fn make_animation(
        &self,
        mut decoder: WebPDecoder<Cursor<&[u8]>>,
        recipe: &Recipe,
        desk: &Desk,
    ) -> Result<Made, ImageError> {
        let extras = Extras::read(&mut decoder, recipe);
        let loops = match decoder.loop_count() {
            LoopCount::Forever => 0,
            LoopCount::Times(times) => NonZeroU16::get(times),
        };
        // What is outside of the frames shows whatever is behind the image, as in every browser.
        decoder.set_background_color([0; 4]).map_err(ImageError::codec)?;
        let full = recipe.turn.turned((self.header.width, self.header.height));
        let animation = |size, quality| Animation::new(size, self.layout, quality, loops);
        let mut main = recipe.main.map(|quality| animation(full, quality));
        let mut formats: Vec<_> = recipe.formats.iter().map(|(_, size)| animation(*size, QUALITY)).collect();
        for _ in 0..self.frames {
            desk.go_on()?;
            let mut pixels = vec![0; self.frame_bytes()];
            let duration = decoder.read_frame(&mut pixels).map_err(ImageError::codec)?;
            let raster = Raster::new(self.header.width, self.header.height, self.layout.samples(), pixels);
            let raster = raster.upright(recipe.turn);
            let (one, other) = desk.both(
                || main.as_mut().map_or(Ok(()), |main| main.add(&raster, duration)),
                || formats.iter_mut().try_for_each(|format| format.add(&raster, duration)),
            );
            one.and(other)?;
        }
        let main = main.map(|main| main.finish(&extras)).transpose()?;
        let formats = formats.into_iter().map(|format| format.finish(&extras)).collect::<Result<_, _>>()?;
        Ok(Made { main, formats })
    }

    fn frame_bytes(&self) -> usize {
        self.header.width as usize * self.header.height as usize * self.layout.samples()
    }
}

impl Codec for Webp {
    fn header(&self) -> &Header {
        &self.header
    }

    fn memory(&self, recipe: &Recipe) -> u64 {
        let pixels = u64::from(self.header.width) * u64::from(self.header.height);
        // Decoding: the frame, what it is made of, and of animations the canvas. Encoding: four bytes as the library
        // takes it, two as it works on it, and two more of notes.
        let frames = if self.animated { 5 } else { 2 };
        let decoding = pixels * 4 * frames;
        let turned = if recipe.must_turn() { pixels * 4 } else { 0 };
        let encoding = if recipe.main.is_some() { pixels * 8 } else { 0 };
        let formats = recipe.formats.iter().map(|(_, (width, height))| u64::from(*width) * u64::from(*height));
        let formats: u64 = if self.animated { formats.sum::<u64>() * 8 } else { formats.max().unwrap_or(0) * 16 };
        decoding + turned + encoding + formats + 2 * self.file.len() as u64
    }

    fn make(self: Box<Self>, recipe: &Recipe, desk: &Desk) -> Result<Made, ImageError> {
        let file = self.file.clone();
        chunks::check(&file)?;
        let decoder = decoder(&file).map_err(ImageError::codec)?;
        if self.animated { self.make_animation(decoder, recipe, desk) } else { self.make_still(decoder, recipe, desk) }
    }
}

fn decoder(file: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, image_webp::DecodingError> {
    let mut decoder = WebPDecoder::new(Cursor::new(file))?;
    decoder.set_memory_limit(CHUNK);
    Ok(decoder)
}
