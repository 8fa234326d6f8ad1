//! GIF. The file itself is kept; its formats move as it does.

mod blocks;
pub(crate) mod canvas;
mod palette;
mod writer;

use std::{borrow::Cow, io::Cursor, num::NonZeroU64};

use bytes::Bytes;
use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use self::{
    blocks::Blocks,
    canvas::{Canvas, Change},
    writer::Writer,
};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan},
    resize::{self, PixelLayout, resize_whole},
};

/// A GIF file whose blocks have been counted.
pub(crate) struct Gif {
    blocks: Blocks,
    header: ImageHeader,
}

impl Gif {
    /// Walks over the blocks without decoding any.
    pub(crate) fn open(file: &Bytes) -> Result<Self, ImageError> {
        let blocks = blocks::walk(file).ok_or(ImageError::NotAnImage)?;
        let Blocks { width, height, pixels, .. } = blocks;
        let header =
            ImageHeader { width, height, pixels, orientation: Orientation::UPRIGHT, rewriting: Rewriting::Poorer };
        Ok(Self { blocks, header })
    }
}

impl Codec for Gif {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let canvas = u64::from(self.header.width) * u64::from(self.header.height);
        let formats = plan.formats.iter().map(|(_, (width, height))| u64::from(*width) * u64::from(*height));
        let resizing = 2 * resize::memory(self.header.width, PixelLayout::Rgba, plan);
        // The canvas, a saved copy of it and the frame; of a format two frames, and the palette's indices.
        canvas * 8
            + self.blocks.largest
            + formats.sum::<u64>() * 14
            + resizing
            + (8 << 20)
            + 2 * self.blocks.file.len() as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options
            .set_memory_limit(NonZeroU64::new(self.blocks.largest).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
        let mut decoder = options.read_info(Cursor::new(&self.blocks.file)).map_err(ImageError::codec)?;
        let global = decoder.global_palette().map(<[u8]>::to_vec);
        let mut canvas = Canvas::new(self.header.width, self.header.height);
        let writer = |(_, size): &(String, (u32, u32))| Writer::new(*size);
        let mut formats = plan.formats.iter().map(writer).collect::<Result<Vec<_>, _>>()?;
        let mut seen = 0;
        let mut indices = Vec::new();
        while let Some(frame) = decoder.next_frame_info().map_err(ImageError::codec)? {
            job.check_cancelled()?;
            let mut frame = frame.clone();
            seen += 1;
            indices.clear();
            // The pixels that a cut frame lacks show what was there before.
            indices.resize(decoder.buffer_size(), frame.transparent.unwrap_or_default());
            match decoder.read_into_buffer(&mut indices) {
                Ok(()) => {}
                Err(_) if seen == self.blocks.frames => {}
                Err(error) => return Err(ImageError::codec(error)),
            }
            frame.buffer = Cow::Borrowed(&indices);
            let changed = canvas.draw(&frame, global.as_deref())?;
            let (delay, repeat) = (frame.delay, decoder.repeat());
            let picture = canvas.picture();
            let add = |format: &mut Writer| match changed {
                Change::Same if format.prolong(delay) => Ok(()),
                _ => format.add(resize_whole(picture, PixelLayout::Rgba, format.size())?, delay, repeat),
            };
            let half = formats.len() / 2;
            let (one, other) = formats.split_at_mut(half);
            let (one, other) = job.join(|| one.iter_mut().try_for_each(add), || other.iter_mut().try_for_each(add));
            one.and(other)?;
            canvas.dispose();
        }
        if seen == 0 {
            return Err(ImageError::Invalid("there is no frame".to_owned()));
        }
        let formats = formats.into_iter().map(Writer::finish).collect::<Result<_, _>>()?;
        Ok(CodecOutput { main: None, formats })
    }
}
