//! How the samples of a page are stored, and the pixels that they become.

use std::io::Cursor;

use tiff::{
    ColorType,
    decoder::Decoder,
    tags::{CompressionMethod, ExtraSamples, PhotometricInterpretation, PlanarConfiguration, SampleFormat, Tag},
};

use crate::resize::PixelLayout;

pub(super) type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

/// The pixels of a decoded page, and how they are stored.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// The samples of a decoded pixel.
    pub(super) layout: PixelLayout,
    /// Whether a sample has two bytes, in the machine's order.
    pub(super) wide: bool,
    /// The meaning of a fourth sample beside three colours.
    pub(super) extra: Option<ExtraSamples>,
    pub(super) storage: Storage,
}

/// How the decoder returns the samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// As pixels.
    Pixels,
    /// One plane for each sample.
    Planes,
    /// Gray samples of so many bits, each row padded to a byte.
    Bits(u8),
    /// Indices of so many bits into a palette.
    Palette(u8, Vec<[u8; 3]>),
    /// Gray with further samples, so many in a pixel: the first of them is opacity, or they mean nothing here.
    GrayAnd(usize),
    /// A JPEG file for each strip or tile.
    Jpeg,
}

impl Form {
    /// Bytes of a decoded pixel.
    pub(super) fn depth(&self) -> usize {
        self.layout.samples() * if self.wide { 2 } else { 1 }
    }
}

/// The form of the first page, if it is one that can be decoded.
pub(super) fn form(decoder: &mut Reader<'_>) -> Option<Form> {
    let mut number = |tag, default| decoder.find_tag_unsigned::<u16>(tag).ok().map(|value| value.unwrap_or(default));
    let compression = CompressionMethod::from_u16(number(Tag::Compression, 1)?)?;
    let planar = number(Tag::PlanarConfiguration, 1)? == PlanarConfiguration::Planar.to_u16();
    let samples = usize::from(number(Tag::SamplesPerPixel, 1)?);
    let photometric = PhotometricInterpretation::from_u16(number(Tag::PhotometricInterpretation, 1)?)?;
    let format = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok()?.unwrap_or_default();
    let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok()?.unwrap_or_default();
    let bits = decoder.find_tag_unsigned_vec::<u16>(Tag::BitsPerSample).ok()?.unwrap_or_default();
    if format.iter().any(|format| *format != SampleFormat::Uint.to_u16()) {
        return None;
    }
    let pixels = |layout, bits, extra| {
        let storage = if planar && samples > 1 { Storage::Planes } else { Storage::Pixels };
        matches!(bits, 8 | 16).then_some(Form { layout, wide: bits == 16, extra, storage })
    };
    match compression {
        CompressionMethod::None
        | CompressionMethod::LZW
        | CompressionMethod::Deflate
        | CompressionMethod::OldDeflate
        | CompressionMethod::PackBits => {}
        CompressionMethod::ModernJPEG => return jpeg_form(photometric, samples, &bits, planar),
        _ => return None,
    }
    if photometric == PhotometricInterpretation::RGBPalette {
        let bits = u8::try_from(*bits.first()?).ok().filter(|bits| matches!(bits, 1 | 2 | 4 | 8))?;
        let colours = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok()??;
        let storage = Storage::Palette(bits, palette(&colours, bits)?);
        return (samples == 1).then_some(Form { layout: PixelLayout::Rgb, wide: false, extra: None, storage });
    }
    let extra = extra.first().and_then(|extra| ExtraSamples::from_u16(*extra));
    match decoder.colortype().ok()? {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            Some(Form { layout: PixelLayout::Gray, wide: false, extra: None, storage: Storage::Bits(bits) })
        }
        ColorType::Gray(bits) => pixels(PixelLayout::Gray, bits, None),
        ColorType::Multiband { bit_depth: bits @ (8 | 16), .. } if !planar => {
            let layout = match extra {
                Some(ExtraSamples::UnassociatedAlpha) => PixelLayout::Rgba,
                // Colours that alpha is multiplied into are resized as they are.
                Some(ExtraSamples::AssociatedAlpha) => PixelLayout::Four,
                _ => PixelLayout::Gray,
            };
            let extra = extra.filter(|_| layout != PixelLayout::Gray);
            Some(Form { layout, wide: bits == 16, extra, storage: Storage::GrayAnd(samples) })
        }
        ColorType::RGB(bits) if samples == 3 || samples <= 6 && !planar => pixels(PixelLayout::Rgb, bits, None),
        ColorType::RGBA(_) if samples != 4 => None,
        ColorType::RGBA(bits) if extra == Some(ExtraSamples::AssociatedAlpha) => pixels(PixelLayout::Four, bits, extra),
        ColorType::RGBA(bits) => pixels(PixelLayout::Rgba, bits, Some(ExtraSamples::UnassociatedAlpha)),
        ColorType::CMYK(bits) if samples == 4 => pixels(PixelLayout::Four, bits, None),
        _ => None,
    }
}

fn jpeg_form(photometric: PhotometricInterpretation, samples: usize, bits: &[u16], planar: bool) -> Option<Form> {
    let layout = match (photometric, samples) {
        (PhotometricInterpretation::BlackIsZero, 1) => PixelLayout::Gray,
        (PhotometricInterpretation::RGB | PhotometricInterpretation::YCbCr, 3) => PixelLayout::Rgb,
        _ => return None,
    };
    let plain = bits.iter().all(|bits| *bits == 8) && !planar;
    plain.then_some(Form { layout, wide: false, extra: None, storage: Storage::Jpeg })
}

/// The colours of a colour map: all reds, all greens, all blues, two bytes each.
fn palette(colours: &[u16], bits: u8) -> Option<Vec<[u8; 3]>> {
    let count = 1_usize << bits;
    let part = |index: usize| colours.get(index * count..(index + 1) * count);
    let (red, green, blue) = (part(0)?, part(1)?, part(2)?);
    // Some programs write one byte where two are meant.
    let narrow = colours.iter().all(|sample| *sample < 256);
    let byte = |sample: u16| u8::try_from(if narrow { sample } else { sample >> 8 }).unwrap_or(u8::MAX);
    let colour = |index: usize| [byte(red[index]), byte(green[index]), byte(blue[index])];
    Some((0..count).map(colour).collect())
}

/// The pixels of samples that the decoder returned, `width` in a row.
pub(super) fn pixels_of(form: &Form, samples: Vec<u8>, width: u32) -> Vec<u8> {
    let width = width as usize;
    match &form.storage {
        Storage::Pixels | Storage::Jpeg => samples,
        Storage::Planes => interleaved(&samples, form.layout.samples(), if form.wide { 2 } else { 1 }),
        Storage::Bits(bits) => {
            let scale = 255 / ((1_u16 << bits) - 1);
            let gray = |index: u8| u8::try_from(u16::from(index) * scale).unwrap_or(u8::MAX);
            indices(&samples, *bits, width).map(gray).collect()
        }
        Storage::Palette(bits, palette) => {
            let colour = |index: u8| palette.get(usize::from(index)).copied().unwrap_or_default();
            indices(&samples, *bits, width).flat_map(colour).collect()
        }
        Storage::GrayAnd(count) => {
            let size = if form.wide { 2 } else { 1 };
            let mut pixels = Vec::with_capacity(samples.len() / count * form.layout.samples());
            for pixel in samples.chunks_exact(count * size) {
                let (gray, rest) = pixel.split_at(size);
                if form.layout == PixelLayout::Gray {
                    pixels.extend_from_slice(gray);
                } else {
                    (0..3).for_each(|_| pixels.extend_from_slice(gray));
                    pixels.extend_from_slice(&rest[..size]);
                }
            }
            pixels
        }
    }
}

/// Numbers of `bits` each, `width` in a row, which is padded to a byte.
fn indices(samples: &[u8], bits: u8, width: usize) -> impl Iterator<Item = u8> {
    let (in_byte, mask) = (usize::from(8 / bits), u8::MAX >> (8 - bits));
    let rows = samples.chunks_exact(width.div_ceil(in_byte).max(1));
    rows.flat_map(move |row| {
        (0..width).map(move |x| row[x / in_byte] >> (8 - bits - bits * u8::try_from(x % in_byte).unwrap_or(0)) & mask)
    })
}

fn interleaved(samples: &[u8], planes: usize, size: usize) -> Vec<u8> {
    let plane = samples.len() / planes;
    let mut pixels = Vec::with_capacity(samples.len());
    for at in (0..plane / size).map(|index| index * size) {
        (0..planes).for_each(|index| pixels.extend_from_slice(&samples[index * plane + at..][..size]));
    }
    pixels
}
