//! Making rasters smaller.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use crate::{ImageError, raster::Raster};

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PixelLayout {
    /// One sample: gray, or one plane of several.
    Gray,
    /// Gray and how opaque it is.
    GrayAlpha,
    /// Three colours.
    Rgb,
    /// Three colours and how opaque they are.
    Rgba,
    /// Four samples that have nothing to do with each other, such as inks.
    Four,
}

impl PixelLayout {
    /// Samples of a pixel.
    pub(crate) fn samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Four => 4,
        }
    }

    fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// `raster`, 8 bits a sample, scaled to `width` × `height`.
///
/// `window` is how much of it counts, from its top left corner, in its own pixels: a subsampled plane of an image with
/// an odd side reaches half a pixel further than the image. Colours are weighted by their alpha, so that what is
/// transparent leaves no dark fringe.
pub(crate) fn resize(
    raster: &Raster,
    layout: PixelLayout,
    window: (f64, f64),
    (width, height): (u32, u32),
) -> Result<Raster, ImageError> {
    let kind = match layout {
        PixelLayout::Gray => PixelType::U8,
        PixelLayout::GrayAlpha => PixelType::U8x2,
        PixelLayout::Rgb => PixelType::U8x3,
        PixelLayout::Rgba | PixelLayout::Four => PixelType::U8x4,
    };
    let from = ImageRef::new(raster.width, raster.height, &raster.pixels, kind).map_err(ImageError::codec)?;
    let mut into = Image::new(width, height, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(0.0, 0.0, window.0, window.1)
        .use_alpha(layout.has_alpha());
    Resizer::new().resize(&from, &mut into, &options).map_err(ImageError::codec)?;
    Ok(Raster::new(width, height, layout.samples(), into.into_vec()))
}

/// The whole of `raster`, 8 bits a sample, scaled to `width` × `height`.
pub(crate) fn resize_whole(raster: &Raster, layout: PixelLayout, size: (u32, u32)) -> Result<Raster, ImageError> {
    resize(raster, layout, (raster.width.into(), raster.height.into()), size)
}
