//! TIFF: the first page of those that are gray, RGB or CMYK with whole bytes. Others are measured only.

mod writer;

use std::{borrow::Cow, io::Cursor};

use bytes::Bytes;
use tiff::{
    ColorType,
    decoder::{Decoder, Limits},
    tags::{CompressionMethod, ExtraSamples, PlanarConfiguration, SampleFormat, Tag},
};

use self::writer::{Extras, encode};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan, area},
    raster::Raster,
    resize::{PixelLayout, resize_whole},
};

/// A TIFF file whose first directory has been read.
pub(crate) struct Tiff {
    file: Bytes,
    header: ImageHeader,
    form: Form,
}

/// What the samples are.
#[derive(Clone, Copy, Debug)]
struct Form {
    layout: PixelLayout,
    /// Whether a sample has two bytes, in the machine's order.
    wide: bool,
    /// What the fourth sample of colours is.
    extra: Option<ExtraSamples>,
}

/// A file, or only its width and height.
pub(crate) enum Opened {
    /// It can be decoded.
    Decodable(Tiff),
    /// It cannot.
    Measured((u32, u32)),
}

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

impl Tiff {
    /// Reads the first directory.
    pub(crate) fn open(file: Bytes) -> Result<Opened, ImageError> {
        let mut decoder = Decoder::new(Cursor::new(&file[..])).map_err(|_| ImageError::NotAnImage)?;
        let (width, height) = decoder.dimensions().map_err(|_| ImageError::NotAnImage)?;
        if width == 0 || height == 0 {
            return Err(ImageError::NotAnImage);
        }
        let Some(form) = form(&mut decoder) else { return Ok(Opened::Measured((width, height))) };
        let orientation: Option<u16> = decoder.find_tag_unsigned(Tag::Orientation).ok().flatten();
        let orientation = orientation.map_or(Orientation::UPRIGHT, |number| Orientation::new(number.into()));
        // Further pages would be lost.
        let rewriting = if decoder.more_images() { Rewriting::Poorer } else { Rewriting::Smaller };
        let header = ImageHeader { width, height, pixels: area(width, height), orientation, rewriting };
        Ok(Opened::Decodable(Self { file, header, form }))
    }

    fn frame_bytes(&self) -> u64 {
        let sample = if self.form.wide { 2 } else { 1 };
        u64::from(self.header.width) * u64::from(self.header.height) * (self.form.layout.samples() * sample) as u64
    }

    fn decode(&self) -> Result<(Raster, Extras), ImageError> {
        let length = usize::try_from(self.frame_bytes()).map_err(ImageError::codec)?;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = length;
        limits.intermediate_buffer_size = length;
        let mut decoder = Reader::new(Cursor::new(&self.file[..])).map_err(ImageError::codec)?.with_limits(limits);
        let layout = decoder.image_buffer_layout().map_err(ImageError::codec)?;
        if layout.len != length {
            return Err(ImageError::Invalid("the directory contradicts itself".to_owned()));
        }
        let profile = decoder.find_tag(Tag::IccProfile).ok().flatten().and_then(|value| value.into_u8_vec().ok());
        let mut pixels = vec![0; length];
        decoder.read_image_bytes(&mut pixels).map_err(ImageError::codec)?;
        let depth = self.form.layout.samples() * if self.form.wide { 2 } else { 1 };
        let extras = Extras { profile, extra: self.form.extra, orientation: Orientation::UPRIGHT };
        Ok((Raster::new(self.header.width, self.header.height, depth, pixels), extras))
    }
}

impl Codec for Tiff {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let decoded = self.frame_bytes();
        // A strip may be the whole image; writing works on a copy with differences.
        let copies = 2 + u64::from(plan.must_turn()) + if plan.main.is_some() { 2 } else { 0 };
        decoded * copies + decoded / 2 + 2 * self.file.len() as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let (raster, extras) = self.decode()?;
        job.check_cancelled()?;
        let raster = raster.upright(plan.turn);
        let extras = Extras { orientation: plan.keep, ..extras };
        let Form { layout, wide, .. } = self.form;
        let (main, formats) = job.join(
            || plan.main.map(|_| encode(&raster, layout, wide, &extras)).transpose(),
            || {
                let narrow = if wide { Cow::Owned(raster.narrow(u16::from_ne_bytes)) } else { Cow::Borrowed(&raster) };
                let format = |size| {
                    job.check_cancelled()?;
                    encode(&resize_whole(&narrow, layout, size)?, layout, false, &extras)
                };
                plan.formats.iter().map(|(_, size)| format(*size)).collect::<Result<_, _>>()
            },
        );
        Ok(CodecOutput { main: main?, formats: formats? })
    }
}

/// What the samples are, if it is something that can be worked on.
fn form(decoder: &mut Reader<'_>) -> Option<Form> {
    let mut number = |tag, default| decoder.find_tag_unsigned::<u16>(tag).ok().map(|value| value.unwrap_or(default));
    let compression = CompressionMethod::from_u16(number(Tag::Compression, 1)?)?;
    let planar = number(Tag::PlanarConfiguration, 1)? == PlanarConfiguration::Planar.to_u16();
    let samples = number(Tag::SamplesPerPixel, 1)?;
    let format = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok()?.unwrap_or_default();
    let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok()?.unwrap_or_default();
    let decodable = matches!(
        compression,
        CompressionMethod::None
            | CompressionMethod::LZW
            | CompressionMethod::Deflate
            | CompressionMethod::OldDeflate
            | CompressionMethod::PackBits
    );
    if !decodable || planar || format.iter().any(|format| *format != SampleFormat::Uint.to_u16()) {
        return None;
    }
    let extra = extra.first().and_then(|extra| ExtraSamples::from_u16(*extra));
    let (layout, bits, extra) = match decoder.colortype().ok()? {
        ColorType::Gray(bits) => (PixelLayout::Gray, bits, None),
        ColorType::RGB(bits) => (PixelLayout::Rgb, bits, None),
        // Colours that alpha is multiplied into are resized as they are.
        ColorType::RGBA(bits) if extra == Some(ExtraSamples::AssociatedAlpha) => (PixelLayout::Four, bits, extra),
        ColorType::RGBA(bits) => (PixelLayout::Rgba, bits, Some(ExtraSamples::UnassociatedAlpha)),
        ColorType::CMYK(bits) => (PixelLayout::Four, bits, None),
        _ => return None,
    };
    (matches!(bits, 8 | 16) && usize::from(samples) == layout.samples()).then_some(Form {
        layout,
        wide: bits == 16,
        extra,
    })
}
