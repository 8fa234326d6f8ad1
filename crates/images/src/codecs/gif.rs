//! GIF. The file itself is kept; its formats move as it does.

mod blocks;
pub(crate) mod canvas;
mod palette;
mod writer;

use std::{io::Cursor, num::NonZeroU64};

use bytes::Bytes;
use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use self::{blocks::Measured, canvas::Canvas, writer::Writer};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan},
    resize::{PixelLayout, resize_whole},
};

/// A GIF file whose blocks have been counted.
pub(crate) struct Gif {
    file: Bytes,
    header: ImageHeader,
    /// Pixels of the largest frame.
    largest: u64,
}

impl Gif {
    /// Walks over the blocks without decoding any.
    pub(crate) fn open(file: Bytes) -> Result<Self, ImageError> {
        let Measured { width, height, pixels, largest } = blocks::measure(&file).ok_or(ImageError::NotAnImage)?;
        let header =
            ImageHeader { width, height, pixels, orientation: Orientation::UPRIGHT, rewriting: Rewriting::Poorer };
        Ok(Self { file, header, largest })
    }
}

impl Codec for Gif {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let canvas = u64::from(self.header.width) * u64::from(self.header.height);
        let formats = plan.formats.iter().map(|(_, (width, height))| u64::from(*width) * u64::from(*height));
        // The canvas, a saved copy of it and the frame; of a format two frames, and the palette's indices.
        canvas * 8 + self.largest + formats.sum::<u64>() * 14 + (8 << 20) + 2 * self.file.len() as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.set_memory_limit(NonZeroU64::new(self.largest).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
        let mut decoder = options.read_info(Cursor::new(&self.file)).map_err(ImageError::codec)?;
        let global = decoder.global_palette().map(<[u8]>::to_vec);
        let mut canvas = Canvas::new(self.header.width, self.header.height);
        let writer = |(_, size): &(String, (u32, u32))| Writer::new(*size);
        let mut formats = plan.formats.iter().map(writer).collect::<Result<Vec<_>, _>>()?;
        let mut seen = false;
        while let Some(frame) = decoder.read_next_frame().map_err(ImageError::codec)? {
            job.check_cancelled()?;
            canvas.draw(frame, global.as_deref())?;
            let picture = canvas.picture();
            let (delay, repeat) = (frame.delay, decoder.repeat());
            let add = |format: &mut Writer| {
                format.add(resize_whole(picture, PixelLayout::Rgba, format.size())?, delay, repeat)
            };
            let half = formats.len() / 2;
            let (one, other) = formats.split_at_mut(half);
            let (one, other) = job.join(|| one.iter_mut().try_for_each(add), || other.iter_mut().try_for_each(add));
            one.and(other)?;
            canvas.dispose();
            seen = true;
        }
        if !seen {
            return Err(ImageError::Invalid("there is no frame".to_owned()));
        }
        let formats = formats.into_iter().map(Writer::finish).collect::<Result<_, _>>()?;
        Ok(CodecOutput { main: None, formats })
    }
}
