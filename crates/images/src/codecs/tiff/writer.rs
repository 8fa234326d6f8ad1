//! Writing, without loss.

use std::io::Cursor;

use tiff::{
    encoder::{
        Compression, DeflateLevel, Predictor, Rational, TiffEncoder, TiffValue,
        colortype::{CMYK8, CMYK16, ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16},
    },
    tags::{ExtraSamples, ResolutionUnit, Tag},
};

use crate::{ImageError, orientation::Orientation, raster::Raster, resize::PixelLayout};

/// The metadata of the source that goes into every file made from it.
pub(super) struct Extras {
    /// The colour profile.
    pub(super) profile: Option<Vec<u8>>,
    /// The meaning of a fourth sample beside three colours.
    pub(super) extra: Option<ExtraSamples>,
    /// How large the pixels are on paper.
    pub(super) density: Option<Density>,
    /// Which way up the pixels are.
    pub(super) orientation: Orientation,
}

/// Pixels of a unit, as fractions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Density {
    pub(super) unit: ResolutionUnit,
    pub(super) x: (u32, u32),
    pub(super) y: (u32, u32),
}

/// An encoded image; `wide` samples have two bytes, in the machine's order.
pub(super) fn encode(raster: &Raster, layout: PixelLayout, wide: bool, extras: &Extras) -> Result<Vec<u8>, ImageError> {
    let has_inks = layout == PixelLayout::Four && extras.extra.is_none();
    if wide {
        let (samples, _) = raster.pixels.as_chunks();
        let samples: Vec<u16> = samples.iter().map(|sample| u16::from_ne_bytes(*sample)).collect();
        match layout {
            PixelLayout::Gray | PixelLayout::GrayAlpha => write::<Gray16>(raster, &samples, extras),
            PixelLayout::Rgb => write::<RGB16>(raster, &samples, extras),
            PixelLayout::Four if has_inks => write::<CMYK16>(raster, &samples, extras),
            PixelLayout::Rgba | PixelLayout::Four => write::<RGBA16>(raster, &samples, extras),
        }
    } else {
        let samples = &raster.pixels;
        match layout {
            PixelLayout::Gray | PixelLayout::GrayAlpha => write::<Gray8>(raster, samples, extras),
            PixelLayout::Rgb => write::<RGB8>(raster, samples, extras),
            PixelLayout::Four if has_inks => write::<CMYK8>(raster, samples, extras),
            PixelLayout::Rgba | PixelLayout::Four => write::<RGBA8>(raster, samples, extras),
        }
    }
    .map_err(ImageError::codec)
}

fn write<C: ColorType>(raster: &Raster, samples: &[C::Inner], extras: &Extras) -> tiff::TiffResult<Vec<u8>>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let encoder = TiffEncoder::new(&mut file)?;
    let encoder = encoder.with_compression(Compression::Deflate(DeflateLevel::Balanced));
    let mut encoder = encoder.with_predictor(Predictor::Horizontal);
    let mut image = encoder.new_image::<C>(raster.width, raster.height)?;
    if let Some(Density { unit, x, y }) = extras.density {
        image.resolution_unit(unit);
        image.x_resolution(Rational { n: x.0, d: x.1 });
        image.y_resolution(Rational { n: y.0, d: y.1 });
    }
    if let Some(profile) = &extras.profile {
        image.encoder().write_tag(Tag::IccProfile, &profile[..])?;
    }
    if let Some(extra) = extras.extra {
        image.encoder().write_tag(Tag::ExtraSamples, &[extra.to_u16()][..])?;
    }
    if extras.orientation != Orientation::UPRIGHT {
        image.encoder().write_tag(Tag::Orientation, u16::from(extras.orientation.value()))?;
    }
    image.write_data(samples)?;
    Ok(file.into_inner())
}
