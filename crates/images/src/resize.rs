//! Making rasters smaller.

use std::borrow::Cow;

use fast_image_resize::{
    FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use crate::{
    ImageError,
    plan::{VariantPlan, area},
    raster::Raster,
};

/// The samples of a pixel.
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

    pub(crate) fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    fn pixel_type(self) -> PixelType {
        match self {
            Self::Gray => PixelType::U8,
            Self::GrayAlpha => PixelType::U8x2,
            Self::Rgb => PixelType::U8x3,
            Self::Rgba | Self::Four => PixelType::U8x4,
        }
    }
}

/// A raster whose colours are multiplied by their alpha, if its layout has one: all formats are made from one such copy.
///
/// Colours are weighted by their alpha while they are averaged, so that transparent pixels leave no dark fringe.
pub(crate) struct Premultiplied<'a> {
    raster: Cow<'a, Raster>,
    layout: PixelLayout,
}

impl<'a> Premultiplied<'a> {
    /// Multiplies in place if `raster` is owned, and in a copy if it is borrowed and has alpha.
    pub(crate) fn new(mut raster: Cow<'a, Raster>, layout: PixelLayout) -> Result<Self, ImageError> {
        if layout.has_alpha() {
            let Raster { width, height, pixels, .. } = raster.to_mut();
            let mut image =
                Image::from_slice_u8(*width, *height, pixels, layout.pixel_type()).map_err(ImageError::codec)?;
            MulDiv::new().multiply_alpha_inplace(&mut image).map_err(ImageError::codec)?;
        }
        Ok(Self { raster, layout })
    }

    /// The raster scaled to `width` × `height`, its colours no longer multiplied.
    pub(crate) fn resize(&self, size: (u32, u32)) -> Result<Raster, ImageError> {
        resize_whole(&self.raster, self.layout, size)
    }
}

/// Bytes of memory that [`Premultiplied::new`] takes for a borrowed raster.
pub(crate) fn premultiplied_copy(width: u32, height: u32, layout: PixelLayout) -> u64 {
    if layout.has_alpha() { area(width, height) * layout.samples() as u64 } else { 0 }
}

/// Bytes of memory that the largest format takes while it is made of rasters of that width, one format at a time.
pub(crate) fn memory(width: u32, layout: PixelLayout, plan: &VariantPlan) -> u64 {
    // Rows are averaged first: an image of the old width and the new height, then the format itself.
    let one = |(columns, rows): (u32, u32)| (area(width, rows) + area(columns, rows)) * layout.samples() as u64;
    plan.formats.iter().map(|(_, size)| one(*size)).max().unwrap_or_default()
}

/// `raster`, 8 bits a sample and its colours premultiplied, scaled to `width` × `height`.
///
/// `window` is how much of it counts, from its top left corner, in its own pixels: a subsampled plane of an image with
/// an odd side reaches half a pixel further than the image.
pub(crate) fn resize(
    raster: &Raster,
    layout: PixelLayout,
    window: (f64, f64),
    (width, height): (u32, u32),
) -> Result<Raster, ImageError> {
    let kind = layout.pixel_type();
    let from = ImageRef::new(raster.width, raster.height, &raster.pixels, kind).map_err(ImageError::codec)?;
    let mut into = Image::new(width, height, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(0.0, 0.0, window.0, window.1)
        .use_alpha(false);
    Resizer::new().resize(&from, &mut into, &options).map_err(ImageError::codec)?;
    if layout.has_alpha() {
        MulDiv::new().divide_alpha_inplace(&mut into).map_err(ImageError::codec)?;
    }
    Ok(Raster::new(width, height, layout.samples(), into.into_vec()))
}

/// The whole of `raster`, 8 bits a sample and its colours premultiplied, scaled to `width` × `height`.
pub(crate) fn resize_whole(raster: &Raster, layout: PixelLayout, size: (u32, u32)) -> Result<Raster, ImageError> {
    resize(raster, layout, (raster.width.into(), raster.height.into()), size)
}
