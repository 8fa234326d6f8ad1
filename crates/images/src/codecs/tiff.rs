//! TIFF: the first page of those that are gray, RGB, CMYK or have a palette. Others are measured only.

mod form;
mod jpeg_chunks;
mod writer;

use std::{borrow::Cow, io::Cursor};

use bytes::Bytes;
use tiff::{
    decoder::Limits,
    tags::{ResolutionUnit, Tag},
};

use self::{
    form::{Form, Reader, Storage, form, pixels_of},
    writer::{Density, Extras, encode},
};
use crate::{
    ImageError,
    codec::{Codec, CodecOutput, JobContext, OpenedImage},
    orientation::Orientation,
    plan::{ImageHeader, Rewriting, VariantPlan, area},
    raster::Raster,
    resize::{self, Premultiplied},
};

/// A TIFF file whose first directory has been read.
pub(crate) struct Tiff {
    file: Bytes,
    header: ImageHeader,
    form: Form,
}

impl Tiff {
    /// Reads the first directory.
    pub(crate) fn open(file: Bytes) -> Result<OpenedImage, ImageError> {
        let mut decoder = Reader::new(Cursor::new(&file[..])).map_err(|_| ImageError::NotAnImage)?;
        let (width, height) = decoder.dimensions().map_err(|_| ImageError::NotAnImage)?;
        if width == 0 || height == 0 {
            return Err(ImageError::NotAnImage);
        }
        let Some(form) = form(&mut decoder) else {
            return Ok(OpenedImage::Measured(Some((width, height))));
        };
        let orientation: Option<u16> = decoder.find_tag_unsigned(Tag::Orientation).ok().flatten();
        let orientation = orientation.map_or(Orientation::UPRIGHT, |number| Orientation::new(number.into()));
        // Further pages would be lost.
        let rewriting = match &form.storage {
            _ if decoder.more_images() => Rewriting::Poorer,
            Storage::Pixels | Storage::Planes => Rewriting::Smaller,
            // As pixels the page would be larger, or lose what its other samples mean.
            Storage::Bits(_) | Storage::Palette(..) | Storage::GrayAnd(_) | Storage::Jpeg => Rewriting::Larger,
        };
        let file = match &form.storage {
            Storage::Palette(..) => match indices_as_gray(&file) {
                Some(file) => file,
                None => return Ok(OpenedImage::Measured(Some((width, height)))),
            },
            _ => file,
        };
        let header = ImageHeader { width, height, pixels: area(width, height), orientation, rewriting };
        Ok(OpenedImage::Decodable(Box::new(Self { file, header, form })))
    }

    /// Bytes of the decoded page.
    fn frame_bytes(&self) -> u64 {
        area(self.header.width, self.header.height) * self.form.depth() as u64
    }

    /// Bytes that the decoder returns for the page.
    fn stored_bytes(&self) -> u64 {
        let (width, height) = (u64::from(self.header.width), u64::from(self.header.height));
        match &self.form.storage {
            Storage::Bits(bits) | Storage::Palette(bits, _) => (width * u64::from(*bits)).div_ceil(8) * height,
            Storage::GrayAnd(samples) => width * height * *samples as u64 * if self.form.wide { 2 } else { 1 },
            Storage::Pixels | Storage::Planes | Storage::Jpeg => self.frame_bytes(),
        }
    }

    fn decode(&self) -> Result<(Raster, Extras), ImageError> {
        let length = usize::try_from(self.stored_bytes()).map_err(ImageError::codec)?;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = length;
        // Samples that mean nothing here are read, and left out.
        limits.intermediate_buffer_size = length.saturating_mul(2);
        let mut decoder = Reader::new(Cursor::new(&self.file[..])).map_err(ImageError::codec)?.with_limits(limits);
        let profile = decoder.find_tag(Tag::IccProfile).ok().flatten().and_then(|value| value.into_u8_vec().ok());
        let (extra, density) = (self.form.extra, density(&mut decoder));
        let extras = Extras { profile, extra, density, orientation: Orientation::UPRIGHT };
        let (width, height) = (self.header.width, self.header.height);
        if self.form.storage == Storage::Jpeg {
            return Ok((jpeg_chunks::decode(&mut decoder, &self.file, &self.form, (width, height))?, extras));
        }
        let layout = decoder.image_buffer_layout().map_err(ImageError::codec)?;
        if layout.complete_len != length {
            return Err(ImageError::Invalid("the directory contradicts itself".to_owned()));
        }
        let mut samples = vec![0; length];
        decoder.read_image_bytes(&mut samples).map_err(ImageError::codec)?;
        Ok((Raster::new(width, height, self.form.depth(), pixels_of(&self.form, samples, width)), extras))
    }
}

/// Pixels of an inch or centimetre.
fn density(decoder: &mut Reader<'_>) -> Option<Density> {
    let mut number = |tag| decoder.find_tag(tag).ok().flatten();
    let rational = |value: Option<tiff::decoder::ifd::Value>| match value {
        Some(tiff::decoder::ifd::Value::Rational(n, d)) if n > 0 && d > 0 => Some((n, d)),
        _ => None,
    };
    let (x, y) = (rational(number(Tag::XResolution))?, rational(number(Tag::YResolution))?);
    let unit = number(Tag::ResolutionUnit).and_then(|unit| unit.into_u16().ok());
    let unit = unit.and_then(ResolutionUnit::from_u16).unwrap_or(ResolutionUnit::Inch);
    Some(Density { unit, x, y })
}

/// The file with its indices into a palette declared as gray samples: the decoder refuses palettes, and reads the same
/// bytes as gray ones. `None` when the entry is not where it is expected.
fn indices_as_gray(file: &Bytes) -> Option<Bytes> {
    let little = file.get(..4)? == b"II*\0";
    let short = |at: usize| {
        let bytes = file.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let offset = file.get(4..8)?.try_into().ok()?;
    let directory = if little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) } as usize;
    let entries = usize::from(short(directory)?);
    let mut entries = (0..entries).map(|index| directory + 2 + index * 12);
    let entry = entries.find(|at| short(*at) == Some(Tag::PhotometricInterpretation.to_u16()))?;
    let mut gray = file.to_vec();
    let value = gray.get_mut(entry + 8..entry + 10)?;
    value.copy_from_slice(&if little { 1_u16.to_le_bytes() } else { 1_u16.to_be_bytes() });
    Some(gray.into())
}

impl Codec for Tiff {
    fn header(&self) -> &ImageHeader {
        &self.header
    }

    fn memory(&self, plan: &VariantPlan) -> u64 {
        let (decoded, stored) = (self.frame_bytes(), self.stored_bytes());
        // A strip may be the whole page; JPEG needs its coefficients besides.
        let decoding = match &self.form.storage {
            Storage::Pixels => stored * 2,
            Storage::Jpeg => decoded * 4,
            _ => stored * 3,
        };
        let turned = if plan.must_turn() { decoded } else { 0 };
        let narrow = if self.form.wide { decoded / 2 } else { 0 };
        let (copy, main) = match plan.main {
            // The encoder works on a copy with differences, and the output may be as large.
            Some(_) => {
                (resize::premultiplied_copy(self.header.width, self.header.height, self.form.layout), decoded * 2)
            }
            None => (0, 0),
        };
        let formats = 3 * resize::memory(self.header.width, self.form.layout, plan);
        decoded + (decoding + turned).max(narrow + copy + main + formats) + turned + 3 * self.file.len() as u64
    }

    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError> {
        let (raster, extras) = self.decode()?;
        job.check_cancelled()?;
        let raster = raster.upright(plan.turn);
        let extras = Extras { orientation: plan.keep, ..extras };
        let Form { layout, wide, .. } = self.form;
        let formats = |raster: Cow<'_, Raster>| {
            let narrow = if wide { Cow::Owned(raster.narrow(u16::from_ne_bytes)) } else { raster };
            let source = Premultiplied::new(narrow, layout)?;
            let format = |size| {
                job.check_cancelled()?;
                encode(&source.resize(size)?, layout, false, &extras)
            };
            plan.formats.iter().map(|(_, size)| format(*size)).collect::<Result<Vec<_>, _>>()
        };
        if plan.main.is_none() {
            return Ok(CodecOutput { main: None, formats: formats(Cow::Owned(raster))? });
        }
        let (main, formats) = job.join(|| encode(&raster, layout, wide, &extras), || formats(Cow::Borrowed(&raster)));
        Ok(CodecOutput { main: Some(main?), formats: formats? })
    }
}
