//! Pages whose strips or tiles are JPEG files.

use tiff::tags::{PhotometricInterpretation, Tag};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use super::form::{Form, Reader};
use crate::{ImageError, raster::Raster, resize::PixelLayout};

/// Decodes the page of a file, which is `width` × `height`.
pub(super) fn decode(
    reader: &mut Reader<'_>,
    file: &[u8],
    form: &Form,
    (width, height): (u32, u32),
) -> Result<Raster, ImageError> {
    let mut numbers = |tag| reader.find_tag_unsigned_vec::<u64>(tag).ok().flatten().unwrap_or_default();
    let (mut offsets, mut lengths) = (numbers(Tag::TileOffsets), numbers(Tag::TileByteCounts));
    if offsets.is_empty() {
        (offsets, lengths) = (numbers(Tag::StripOffsets), numbers(Tag::StripByteCounts));
    }
    let tables = reader.find_tag(Tag::JPEGTables).ok().flatten().and_then(|tables| tables.into_u8_vec().ok());
    let photometric: Option<u16> = reader.find_tag_unsigned(Tag::PhotometricInterpretation).ok().flatten();
    let mixed = photometric == Some(PhotometricInterpretation::YCbCr.to_u16());
    let chunk = reader.chunk_dimensions();
    let across = width.div_ceil(chunk.0.max(1));
    let depth = form.layout.samples();
    let mut pixels = vec![0; width as usize * height as usize * depth];
    for (number, (offset, length)) in (0_u32..).zip(offsets.iter().zip(&lengths)) {
        let (left, top) = (number % across * chunk.0, number / across * chunk.1);
        if top >= height {
            break;
        }
        let bytes = usize::try_from(*offset).ok().zip(usize::try_from(*length).ok());
        let bytes = bytes.and_then(|(offset, length)| file.get(offset..offset.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| ImageError::Invalid("the file ends early".to_owned()))?;
        let picture = decode_chunk(bytes, tables.as_deref(), form.layout, mixed, chunk)?;
        let (columns, rows) = (picture.width.min(width - left), picture.height.min(height - top));
        for y in 0..rows {
            let into = ((top + y) as usize * width as usize + left as usize) * depth;
            let row = &picture.row(y as usize)[..columns as usize * depth];
            pixels[into..into + row.len()].copy_from_slice(row);
        }
    }
    Ok(Raster::new(width, height, depth, pixels))
}

/// Decodes a strip or tile, which is no larger than `chunk`.
fn decode_chunk(
    bytes: &[u8],
    tables: Option<&[u8]>,
    layout: PixelLayout,
    mixed: bool,
    chunk: (u32, u32),
) -> Result<Raster, ImageError> {
    // The tables are a file of their own, from its start marker to its end marker.
    let tables =
        tables.and_then(|tables| tables.get(..tables.len().checked_sub(2)?)).filter(|tables| !tables.is_empty());
    let file = match tables {
        Some(tables) => [tables, bytes.get(2..).unwrap_or_default()].concat(),
        None => bytes.to_vec(),
    };
    let (width, height) = (chunk.0 as usize, chunk.1 as usize);
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(width).set_max_height(height);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&file[..]), options);
    decoder.decode_headers().map_err(ImageError::codec)?;
    let colours = match (layout, mixed) {
        (PixelLayout::Gray, _) => ColorSpace::Luma,
        (_, true) => ColorSpace::RGB,
        // Red, green and blue as they are stored, whatever the decoder takes them for.
        (_, false) => decoder.input_colorspace().unwrap_or(ColorSpace::RGB),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let pixels = decoder.decode().map_err(ImageError::codec)?;
    let info = decoder.info().ok_or_else(|| ImageError::Invalid("no header".to_owned()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    if pixels.len() != width as usize * height as usize * layout.samples() {
        return Err(ImageError::Invalid("the directory contradicts itself".to_owned()));
    }
    Ok(Raster::new(width, height, layout.samples(), pixels))
}
