//! Writing.

use std::cell::RefCell;

use jpeg_encoder::{
    ChromaSubsamplingMethod, Encoder, ImageBuffer, JpegColorType, PixelDensity, PixelDensityUnit, SamplingFactor,
};

use super::{
    layout::{Colours, JpegLayout},
    planes::Planes,
    source::Strip,
};
use crate::ImageError;

/// From this quality on, colours stay as fine as they are.
const FINE: u8 = 90;

/// How a file is written.
pub(super) struct Style<'a> {
    /// 1 to 100.
    pub(super) quality: u8,
    /// The colour profile.
    pub(super) profile: Option<&'a [u8]>,
    /// The density: see [`JpegLayout::density`].
    pub(super) density: Option<(u8, u16, u16)>,
    /// EXIF data.
    pub(super) exif: Option<Vec<u8>>,
}

/// The rows of an image, as the encoder wants them: each once, from top to bottom, all planes equally fine.
pub(super) struct Rows<'a, N> {
    layout: &'a JpegLayout,
    /// Whether the encoder takes only the first of every four colour samples, as they are the same.
    repeated: bool,
    state: RefCell<State<N>>,
}

struct State<N> {
    next: N,
    strip: Strip,
    /// The first row of the image that the strip has.
    start: u32,
    failed: Option<ImageError>,
}

/// Encodes an image.
pub(super) fn encode<N>(mut rows: Rows<'_, N>, style: &Style<'_>) -> Result<Vec<u8>, ImageError>
where
    N: FnMut() -> Result<Option<Strip>, ImageError>,
{
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, style.quality);
    rows.repeated = rows.layout.has_coarse_colours() && !rows.is_cmyk();
    let coarse = style.quality < FINE && rows.layout.colours != Colours::Gray && !rows.is_cmyk() || rows.repeated;
    encoder.set_sampling_factor(if coarse { SamplingFactor::F_2_2 } else { SamplingFactor::F_1_1 });
    if !rows.repeated {
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    }
    if let Some((unit, x, y)) = style.density.filter(|(_, x, y)| *x > 0 && *y > 0) {
        let unit = match unit {
            1 => PixelDensityUnit::Inches,
            2 => PixelDensityUnit::Centimeters,
            _ => PixelDensityUnit::PixelAspectRatio,
        };
        encoder.set_density(PixelDensity { density: (x, y), unit });
    }
    if let Some(exif) = &style.exif {
        encoder.add_exif_metadata(exif).map_err(ImageError::codec)?;
    }
    if let Some(profile) = style.profile {
        encoder.add_icc_profile(profile).map_err(ImageError::codec)?;
    }
    encoder.encode_image(&rows).map_err(ImageError::codec)?;
    match rows.state.into_inner().failed {
        Some(error) => Err(error),
        None => Ok(file),
    }
}

impl<'a, N> Rows<'a, N>
where
    N: FnMut() -> Result<Option<Strip>, ImageError>,
{
    /// The rows of strips, which `next` gives one after the other.
    pub(super) fn of_strips(layout: &'a JpegLayout, next: N) -> Self {
        let state = State { next, strip: Strip::default(), start: 0, failed: None };
        Self { layout, repeated: false, state: RefCell::new(state) }
    }

    fn is_cmyk(&self) -> bool {
        self.layout.colours == Colours::Cmyk
    }
}

/// The rows of planes that are there as a whole.
pub(super) fn rows_of_planes(
    layout: &JpegLayout,
    planes: Planes,
) -> Rows<'_, impl FnMut() -> Result<Option<Strip>, ImageError>> {
    let planes = planes.0.into_iter().map(|plane| plane.pixels).collect();
    let mut strip = Some(Strip { rows: layout.height, planes });
    Rows::of_strips(layout, move || Ok(strip.take()))
}

impl<N> State<N>
where
    N: FnMut() -> Result<Option<Strip>, ImageError>,
{
    /// Makes sure that the strip with the row `y` is there.
    fn go_to(&mut self, y: u32) -> Result<(), ImageError> {
        while y >= self.start + self.strip.rows {
            self.start += self.strip.rows;
            let strip = (self.next)()?.filter(|strip| strip.rows > 0);
            self.strip = strip.ok_or_else(|| ImageError::Invalid("the file ends early".to_owned()))?;
        }
        Ok(())
    }
}

impl<N> ImageBuffer for &Rows<'_, N>
where
    N: FnMut() -> Result<Option<Strip>, ImageError>,
{
    fn get_jpeg_color_type(&self) -> JpegColorType {
        match self.layout.colours {
            Colours::Gray => JpegColorType::Luma,
            Colours::YCbCr | Colours::Rgb => JpegColorType::Ycbcr,
            Colours::Cmyk => JpegColorType::Cmyk,
            Colours::Ycck => JpegColorType::Ycck,
        }
    }

    fn width(&self) -> u16 {
        u16::try_from(self.layout.width).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from(self.layout.height).unwrap_or(u16::MAX)
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut state = self.state.borrow_mut();
        let y = u32::from(y);
        if state.failed.is_none() {
            state.failed = state.go_to(y).err();
        }
        let width = self.layout.width as usize;
        let finest = self.layout.finest();
        for (index, (buffer, plane)) in buffers.iter_mut().zip(&self.layout.planes).enumerate() {
            let end = buffer.len() + width;
            // After a failure the encoder only has to come to its end. Nor does it look at rows that repeat others.
            if state.failed.is_some() || self.repeated && *plane != finest && y % 2 == 1 {
                buffer.resize(end, 0);
                continue;
            }
            let samples = self.layout.size(*plane).0 as usize;
            let row = ((y - state.start) * plane.vertical / finest.vertical) as usize;
            let row = &state.strip.planes[index][row * samples..][..samples];
            if plane.horizontal == finest.horizontal {
                buffer.extend_from_slice(row);
            } else if plane.horizontal * 2 == finest.horizontal {
                buffer.extend(row.iter().flat_map(|sample| [*sample; 2]).take(width));
            } else {
                let column = |x: usize| x * plane.horizontal as usize / finest.horizontal as usize;
                buffer.extend((0..width).map(|x| row[column(x)]));
            }
        }
    }
}
