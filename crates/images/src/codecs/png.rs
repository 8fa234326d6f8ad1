//! PNG. An animated one is kept as it is, and its formats show the picture that stands for it.

use std::{borrow::Cow, io::Cursor};

use bytes::Bytes;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Info, Limits, Transformations};

use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan, area},
    raster::Raster,
    resize::{PixelLayout, resize_whole},
};

/// A PNG file whose header has been read.
pub(crate) struct Png {
    file: Bytes,
    header: ImageHeader,
    /// Bytes of a decoded pixel.
    depth: usize,
    /// Whether a sample has two bytes.
    wide: bool,
}

/// What chunks before the image may take once they are decompressed; a profile that takes more is left out.
const CHUNKS: usize = 8 << 20;

impl Png {
    /// Reads the header.
    pub(crate) fn open(file: Bytes) -> Result<Self, ImageError> {
        let mut decoder = decoder(&file);
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
        Ok(Self { file, header, depth, wide })
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
        let decoded = self.pixels() * self.depth as u64;
        let turned = if plan.must_turn() { decoded } else { 0 };
        let narrow = if self.wide { decoded / 2 } else { 0 };
        let (width, height) = plan.largest().unwrap_or_default();
        let formats = u64::from(width) * u64::from(height) * 8;
        decoded + turned + narrow + formats + 2 * self.file.len() as u64 + CHUNKS as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let decoder = decoder(&self.file);
        let mut reader = decoder.read_info().map_err(ImageError::codec)?;
        let length = reader.output_buffer_size().ok_or_else(|| ImageError::codec("more pixels than fit in memory"))?;
        let mut pixels = vec![0; length];
        reader.next_frame(&mut pixels).map_err(ImageError::codec)?;
        reader.finish().map_err(ImageError::codec)?;
        job.check_cancelled()?;
        let info = reader.info();
        let (colours, bits) = reader.output_color_type();
        let raster =
            Raster::new(info.width, info.height, length / (info.width as usize * info.height as usize), pixels);
        let raster = raster.upright(plan.turn);
        let image = Image { raster, colours, bits };
        let kept = kept(info, plan.keep);
        let (main, formats) = job.join(
            || plan.main.map(|_| image.encode(&kept)).transpose(),
            || {
                let narrow = image.narrow();
                let sizes = plan.formats.iter().map(|(_, size)| *size);
                let format = |size| {
                    job.check_cancelled()?;
                    let small = resize_whole(&narrow, layout(colours), size)?;
                    encode(&small, colours, BitDepth::Eight, &kept)
                };
                sizes.map(format).collect::<Result<_, _>>()
            },
        );
        Ok(CodecOutput { main: main?, formats: formats? })
    }
}

fn decoder(file: &[u8]) -> Decoder<Cursor<&[u8]>> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: CHUNKS });
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    decoder
}

/// What of the file's header goes into each file that is made of it.
fn kept(info: &Info<'static>, keep: Orientation) -> Info<'static> {
    let mut kept = Info::default();
    kept.icc_profile.clone_from(&info.icc_profile);
    kept.srgb = info.srgb;
    kept.source_gamma = info.source_gamma;
    kept.source_chromaticities = info.source_chromaticities;
    kept.coding_independent_code_points = info.coding_independent_code_points;
    kept.exif_metadata = keep.to_exif().map(Cow::from);
    kept
}

/// Decoded pixels, and what they are.
struct Image {
    raster: Raster,
    colours: ColorType,
    bits: BitDepth,
}

impl Image {
    /// The same with 8 bits a sample.
    fn narrow(&self) -> Cow<'_, Raster> {
        if self.bits != BitDepth::Sixteen {
            return Cow::Borrowed(&self.raster);
        }
        Cow::Owned(self.raster.narrow(u16::from_be_bytes))
    }

    fn encode(&self, kept: &Info<'static>) -> Result<Vec<u8>, ImageError> {
        encode(&self.raster, self.colours, self.bits, kept)
    }
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
