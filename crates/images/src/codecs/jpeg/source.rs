//! Reading.

use bytes::Bytes;
use jpeg_encoder::rgb_to_ycbcr;
use zune_core::{bytestream::ZCursor, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, RawImcuRowStatus, errors::DecodeErrors};

use super::{
    layout::{Colours, JpegLayout, Sampling},
    markers::Segments,
};
use crate::{ImageError, orientation::Orientation};

/// Some rows of an image, cut out of every plane.
#[derive(Debug, Default)]
pub(super) struct Strip {
    /// Rows of the image.
    pub(super) rows: u32,
    /// Rows without gaps, one entry a plane.
    pub(super) planes: Vec<Vec<u8>>,
}

/// The strips of a file.
pub(super) struct Source<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    layout: &'a JpegLayout,
    /// As the file has the planes; the layout has them as strips do.
    widths: Vec<usize>,
    stored: Vec<Sampling>,
    /// Rows of the image that are still to come.
    left: u32,
}

/// The facts of the header, whose segments are known already.
pub(super) fn read_header(file: &[u8], segments: &Segments) -> Result<(JpegLayout, Orientation), DecodeErrors> {
    let mut decoder = decoder(file);
    decoder.decode_headers()?;
    let info = decoder.info().ok_or(DecodeErrors::FormatStatic("no header"))?;
    let exif = segments.exif.clone().and_then(|exif| file.get(exif));
    let orientation = exif.map_or(Orientation::UPRIGHT, Orientation::of_exif);
    let profile = decoder.icc_profile().map(Bytes::from);
    let raw = decoder.raw_output();
    let names = raw.component_ids().unwrap_or_default();
    let planes = raw.layout().unwrap_or_default();
    let planes: Vec<Sampling> = planes[..names.len()].iter().map(sampling).collect();
    let jfif = segments.jfif;
    let colours = match (names.as_slice(), segments.adobe) {
        ([_], _) => Colours::Gray,
        (b"RGB", None) | ([_, _, _], Some(0)) if !jfif => Colours::Rgb,
        ([_, _, _], _) => Colours::YCbCr,
        ([_, _, _, _], Some(2)) => Colours::Ycck,
        // CMYK without Adobe's segment is inverted too, as browsers and cameras assume.
        ([_, _, _, _], _) => Colours::Cmyk,
        _ => {
            return Err(DecodeErrors::FormatStatic("an unusual number of components"));
        }
    };
    let layout = JpegLayout {
        width: info.width.into(),
        height: info.height.into(),
        planes,
        colours,
        profile,
        density: segments.density,
        buffered: info.sof.is_progressive() || usize::from(segments.scanned) != names.len(),
    };
    // RGB is converted to YCbCr while it is read, and then all planes have the full resolution.
    Ok((if colours == Colours::Rgb { layout.full() } else { layout }, orientation))
}

impl<'a> Source<'a> {
    /// Begins to read `file`, whose header declares `layout`.
    pub(super) fn open(file: &'a [u8], layout: &'a JpegLayout) -> Result<Self, ImageError> {
        let mut decoder = decoder(file);
        decoder.decode_headers().map_err(ImageError::codec)?;
        let planes = decoder.raw_output().layout().unwrap_or_default();
        let planes = &planes[..layout.planes.len()];
        let widths = planes.iter().map(|plane| plane.width).collect();
        let stored = planes.iter().map(sampling).collect();
        Ok(Self { decoder, layout, widths, stored, left: layout.height })
    }

    /// The next strip; `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Strip>, ImageError> {
        let sizes = self.widths.iter().zip(&self.stored);
        let mut planes: Vec<Vec<u8>> =
            sizes.map(|(width, plane)| vec![0; width * plane.vertical as usize * 8]).collect();
        let mut targets: Vec<&mut [u8]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        let read = self.decoder.raw_output().decode_next_imcu_row(&mut targets, &self.widths);
        let rows = match read.map_err(ImageError::codec)? {
            RawImcuRowStatus::RowReady { rows_written } => rows_written,
            RawImcuRowStatus::Complete => return Ok(None),
            _ => return Err(ImageError::Invalid("the file ends early".to_owned())),
        };
        for ((plane, width), rows) in planes.iter_mut().zip(&self.widths).zip(rows) {
            plane.truncate(width * rows);
        }
        match self.layout.colours {
            Colours::Rgb => self.unmix(&mut planes),
            Colours::Gray | Colours::YCbCr | Colours::Cmyk | Colours::Ycck => {}
        }
        let rows = self.whole_rows(&planes).min(self.left);
        self.left -= rows;
        Ok(Some(Strip { rows, planes }))
    }

    /// Rows of the image of which every plane has its samples.
    fn whole_rows(&self, planes: &[Vec<u8>]) -> u32 {
        let finest = self.layout.finest().vertical;
        let sampled = planes.iter().zip(&self.layout.planes);
        let rows = sampled.map(|(samples, plane)| {
            let width = self.layout.size(*plane).0 as usize;
            let rows = u32::try_from(samples.len() / width.max(1)).unwrap_or(u32::MAX);
            rows.saturating_mul(finest) / plane.vertical
        });
        rows.min().unwrap_or_default()
    }

    /// Turns red, green and blue into brightness and differences, all equally fine.
    fn unmix(&self, planes: &mut [Vec<u8>]) {
        let width = self.layout.width as usize;
        let finest = JpegLayout { planes: self.stored.clone(), ..self.layout.clone() }.finest();
        let rows = planes.iter().zip(&self.stored).zip(&self.widths);
        let rows = rows
            .filter(|((_, plane), _)| plane.vertical == finest.vertical)
            .map(|((plane, _), width)| plane.len() / width);
        let rows = rows.min().unwrap_or_default();
        let pixels = (0..rows).flat_map(|y| (0..width).map(move |x| (x, y)));
        let sample = |index: usize, (x, y): (usize, usize)| {
            let plane: Sampling = self.stored[index];
            let x = x * plane.horizontal as usize / finest.horizontal as usize;
            let y = y * plane.vertical as usize / finest.vertical as usize;
            planes[index][y * self.widths[index] + x]
        };
        let mut mixed: [Vec<u8>; 3] = std::array::from_fn(|_| Vec::with_capacity(width * rows));
        for at in pixels {
            let (y, cb, cr) = rgb_to_ycbcr(sample(0, at), sample(1, at), sample(2, at));
            mixed[0].push(y);
            mixed[1].push(cb);
            mixed[2].push(cr);
        }
        for (plane, mixed) in planes.iter_mut().zip(mixed) {
            *plane = mixed;
        }
    }
}

fn decoder(file: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    // Strict, because damaged files are refused. The settings limit the sides.
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    JpegDecoder::new_with_options(ZCursor::new(file), options)
}

fn sampling(plane: &zune_jpeg::PlaneInfo) -> Sampling {
    let number = |factor: usize| u32::try_from(factor).unwrap_or(1);
    Sampling { horizontal: number(plane.horizontal_sampling_factor), vertical: number(plane.vertical_sampling_factor) }
}
