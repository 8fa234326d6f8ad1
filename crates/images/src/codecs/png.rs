//! PNG. An animated PNG is kept as it is, and its formats show its default image.

use std::{borrow::Cow, io::Cursor};

use bytes::Bytes;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Info, Limits, Transformations};

use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan, area},
    raster::Raster,
    resize::{self, PixelLayout, Premultiplied},
};

/// A PNG file whose header has been read.
pub(crate) struct Png {
    file: Bytes,
    checksums: Checksums,
    header: ImageHeader,
    /// The samples of a decoded pixel.
    pixel_layout: PixelLayout,
    /// Bytes of a decoded pixel.
    depth: usize,
    /// Whether a sample has two bytes.
    wide: bool,
}

/// The most bytes that the chunks before the image may take once decompressed. A larger profile is left out.
const CHUNKS: usize = 8 << 20;

impl Png {
    /// Reads the header.
    pub(crate) fn open(file: Bytes) -> Result<Self, ImageError> {
        let Mended { file, checksums } = mended(file);
        let mut decoder = decoder(&file, checksums);
        let reader = decoder.read_header_info().map_err(|_| ImageError::NotAnImage)?;
        let (width, height) = (reader.width, reader.height);
        let indexed = reader.color_type == ColorType::Indexed || (reader.bit_depth as u8) < 8;
        let reader = decoder.read_info().map_err(|_| ImageError::NotAnImage)?;
        let info = reader.info();
        let orientation = info.exif_metadata.as_deref().map_or(Orientation::UPRIGHT, Orientation::of_exif);
        let rewriting = match (info.animation_control, indexed) {
            (Some(_), _) => Rewriting::Poorer,
            (None, true) => Rewriting::Larger,
            (None, false) => Rewriting::Smaller,
        };
        let (colours, bits) = reader.output_color_type();
        let wide = bits == BitDepth::Sixteen;
        let depth = colours.samples() * if wide { 2 } else { 1 };
        let header = ImageHeader { width, height, pixels: area(width, height), orientation, rewriting };
        Ok(Self { file, checksums, header, pixel_layout: layout(colours), depth, wide })
    }

    fn pixels(&self) -> u64 {
        u64::from(self.header.width) * u64::from(self.header.height)
    }
}

impl Codec for Png {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let Self { depth, wide, header: ImageHeader { width, height, .. }, .. } = *self;
        let decoded = self.pixels() * depth as u64;
        let turned = if plan.must_turn() { decoded } else { 0 };
        let narrow = if wide { decoded / 2 } else { 0 };
        let pixels = self.pixel_layout;
        let copy = if plan.main.is_some() && !wide { resize::premultiplied_copy(width, height, pixels) } else { 0 };
        let formats = 3 * resize::memory(width, pixels, plan);
        decoded + turned.max(narrow + copy + formats) + 4 * self.file.len() as u64 + CHUNKS as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let decoder = decoder(&self.file, self.checksums);
        let mut reader = decoder.read_info().map_err(ImageError::codec)?;
        let length = reader.output_buffer_size().ok_or_else(|| ImageError::codec("more pixels than fit in memory"))?;
        let mut pixels = vec![0; length];
        // The chunks behind the last pixel are not read: damage in them does not affect the picture.
        reader.next_frame(&mut pixels).map_err(ImageError::codec)?;
        job.check_cancelled()?;
        let info = reader.info();
        let (colours, bits) = reader.output_color_type();
        let raster =
            Raster::new(info.width, info.height, length / (info.width as usize * info.height as usize), pixels);
        let kept = kept(info, plan.keep);
        drop(reader);
        let raster = raster.upright(plan.turn);
        let formats = |raster: Cow<'_, Raster>| {
            let wide = bits == BitDepth::Sixteen;
            let narrow = if wide { Cow::Owned(raster.narrow(u16::from_be_bytes)) } else { raster };
            let source = Premultiplied::new(narrow, layout(colours))?;
            let format = |size| {
                job.check_cancelled()?;
                encode(&source.resize(size)?, colours, BitDepth::Eight, &kept)
            };
            plan.formats.iter().map(|(_, size)| format(*size)).collect::<Result<Vec<_>, _>>()
        };
        if plan.main.is_none() {
            return Ok(CodecOutput { main: None, formats: formats(Cow::Owned(raster))? });
        }
        let (main, formats) = job.join(|| encode(&raster, colours, bits, &kept), || formats(Cow::Borrowed(&raster)));
        Ok(CodecOutput { main: Some(main?), formats: formats? })
    }
}

/// Whether the sums of chunks have to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checksums {
    Checked,
    Ignored,
}

/// A file with an end.
struct Mended {
    file: Bytes,
    checksums: Checksums,
}

/// The file with a last chunk, if it was cut: pixels that are there are read, and missing ones are still an error.
fn mended(file: Bytes) -> Mended {
    const SIGNATURE: usize = 8;
    const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";
    let mut at = SIGNATURE;
    while let Some([l0, l1, l2, l3, name @ ..]) = file.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        if name == b"IEND" {
            return Mended { file, checksums: Checksums::Checked };
        }
        let length = u32::from_be_bytes([*l0, *l1, *l2, *l3]) as usize;
        if file.len() - at < length.saturating_add(12) {
            break;
        }
        at += length + 12;
    }
    let mut whole = file[..at.min(file.len())].to_vec();
    let cut = file.get(at + 4..).and_then(|rest| rest.strip_prefix(b"IDAT"));
    if let (Some(cut), Some(length)) = (cut, file.get(at..).and_then(<[u8]>::first_chunk::<4>)) {
        // Its sum may be cut, too.
        let body = &cut[..cut.len().min(u32::from_be_bytes(*length) as usize)];
        whole.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
        whole.extend(b"IDAT");
        whole.extend(body);
        whole.extend([0; 4]);
    }
    whole.extend(END);
    Mended { file: whole.into(), checksums: Checksums::Ignored }
}

fn decoder(file: &[u8], checksums: Checksums) -> Decoder<Cursor<&[u8]>> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: CHUNKS });
    decoder.ignore_checksums(checksums == Checksums::Ignored);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    decoder
}

/// The parts of the file's header that go into each file made from it.
fn kept(info: &Info<'static>, keep: Orientation) -> Info<'static> {
    let mut kept = Info::default();
    kept.icc_profile.clone_from(&info.icc_profile);
    kept.srgb = info.srgb;
    kept.source_gamma = info.source_gamma;
    kept.source_chromaticities = info.source_chromaticities;
    kept.coding_independent_code_points = info.coding_independent_code_points;
    kept.pixel_dims = info.pixel_dims;
    kept.exif_metadata = keep.to_exif().map(Cow::from);
    kept
}

fn layout(colours: ColorType) -> PixelLayout {
    match colours {
        ColorType::Grayscale | ColorType::Indexed => PixelLayout::Gray,
        ColorType::GrayscaleAlpha => PixelLayout::GrayAlpha,
        ColorType::Rgb => PixelLayout::Rgb,
        ColorType::Rgba => PixelLayout::Rgba,
    }
}

fn encode(raster: &Raster, colours: ColorType, bits: BitDepth, kept: &Info<'static>) -> Result<Vec<u8>, ImageError> {
    let mut file = Vec::new();
    let mut info = kept.clone();
    (info.width, info.height) = (raster.width, raster.height);
    (info.color_type, info.bit_depth) = (colours, bits);
    let mut encoder = Encoder::with_info(&mut file, info).map_err(ImageError::codec)?;
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header().map_err(ImageError::codec)?;
    writer.write_image_data(&raster.pixels).map_err(ImageError::codec)?;
    writer.finish().map_err(ImageError::codec)?;
    Ok(file)
}
