//! The plan of the files that are made of an image.

use crate::ImageSettings;
use crate::{ImageError, orientation::Orientation};

/// The box that a thumbnail fits in.
const THUMBNAIL: (u32, u32) = (245, 156);
/// The quality of formats, and of main files that are made smaller.
pub(crate) const QUALITY: u8 = 80;
/// The quality of main files that are turned only.
const TURNING_QUALITY: u8 = 100;

/// The properties of an image that are known from its header, before decoding.
#[derive(Clone, Debug)]
pub(crate) struct ImageHeader {
    /// Pixels, as they are stored.
    pub(crate) width: u32,
    /// Pixels, as they are stored.
    pub(crate) height: u32,
    /// Pixels that will be decoded and drawn, one frame after the other.
    pub(crate) pixels: u64,
    /// Which way up they are stored.
    pub(crate) orientation: Orientation,
    /// How a new main file would compare with the old one.
    pub(crate) rewriting: Rewriting,
}

/// How a new main file would compare with the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rewriting {
    /// Likely smaller than the old one.
    Smaller,
    /// Likely larger: a new main file is made only to turn the image.
    Larger,
    /// Poorer, because it would lose frames or pages: a new main file is never made.
    Poorer,
}

/// The files that are made of one image.
#[derive(Clone, Debug)]
pub(crate) struct VariantPlan {
    /// The quality of a new main file; `None` when the old one stays.
    pub(crate) main: Option<u8>,
    /// How the pixels have to be turned.
    pub(crate) turn: Orientation,
    /// The orientation that has to be written into the files because their pixels are not turned.
    pub(crate) keep: Orientation,
    /// The formats, and the size of each.
    pub(crate) formats: Vec<(String, (u32, u32))>,
}

impl VariantPlan {
    /// The plan for the image with this header.
    pub(crate) fn new(settings: &ImageSettings, breakpoints: &[(String, u32)], header: &ImageHeader) -> Self {
        let turns = settings.auto_orientation
            && header.orientation != Orientation::UPRIGHT
            && header.rewriting != Rewriting::Poorer;
        let (turn, keep) =
            if turns { (header.orientation, Orientation::UPRIGHT) } else { (Orientation::UPRIGHT, header.orientation) };
        let main = match (settings.size_optimization && header.rewriting == Rewriting::Smaller, turns) {
            (true, _) => Some(QUALITY),
            (false, true) => Some(TURNING_QUALITY),
            (false, false) => None,
        };
        let size = turn.turned((header.width, header.height));
        let breakpoints = if settings.responsive_dimensions { breakpoints } else { &[] };
        Self { main, turn, keep, formats: formats(size, breakpoints) }
    }

    /// Whether the new main file has to be taken even if it is larger than the old one.
    pub(crate) fn must_turn(&self) -> bool {
        self.turn != Orientation::UPRIGHT
    }

    /// The sides that no format exceeds; `None` when there are no formats.
    pub(crate) fn largest(&self) -> Option<(u32, u32)> {
        let largest = |sides: (u32, u32), (_, (width, height)): &(String, (u32, u32))| {
            (sides.0.max(*width), sides.1.max(*height))
        };
        (!self.formats.is_empty()).then(|| self.formats.iter().fold((1, 1), largest))
    }
}

/// Pixels that an image may have regardless of the length of its file.
const FREE_PIXELS: u64 = 16_000_000;
/// Pixels that an image may have for each byte of its file, in addition to [`FREE_PIXELS`]. The densest file has one
/// bit a pixel and deflate's best ratio, which is 1032 to 1: a file with more pixels declares pixels that it does not
/// have.
const PIXELS_PER_BYTE: u64 = 8 * 1032;

/// Refuses an image that is larger than the settings allow, or whose work is out of proportion to the `length` of its file.
/// `memory` is the number of bytes that the work takes.
pub(crate) fn check(
    settings: &ImageSettings,
    header: &ImageHeader,
    memory: u64,
    length: usize,
) -> Result<(), ImageError> {
    let side = header.width.max(header.height);
    if side > settings.max_side {
        let limit = settings.max_side;
        return Err(ImageError::TooLarge(format!("a side of {side} pixels, where {limit} are allowed")));
    }
    let pixels = header.pixels;
    if pixels > settings.max_pixels {
        let limit = settings.max_pixels;
        return Err(ImageError::TooLarge(format!("{pixels} pixels, where {limit} are allowed")));
    }
    let limit = FREE_PIXELS + PIXELS_PER_BYTE.saturating_mul(length as u64);
    if pixels > limit {
        let reason = format!("{pixels} pixels in {length} bytes, where {limit} are allowed");
        return Err(ImageError::TooLarge(reason));
    }
    if memory > settings.memory as u64 {
        let limit = settings.memory;
        return Err(ImageError::TooLarge(format!("it takes {memory} bytes of memory, where {limit} are allowed")));
    }
    Ok(())
}

/// Pixels of a picture.
pub(crate) fn area(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

/// The formats of an image of `size`: those that are smaller than it, each fitting in its box.
fn formats(size: (u32, u32), breakpoints: &[(String, u32)]) -> Vec<(String, (u32, u32))> {
    let thumbnail = ("thumbnail".to_owned(), THUMBNAIL);
    let breakpoints = breakpoints.iter().map(|(name, side)| (name.clone(), (*side, *side)));
    std::iter::once(thumbnail)
        .chain(breakpoints)
        .filter(|(_, (width, height))| size.0 > *width || size.1 > *height)
        .map(|(name, bounds)| (name, fit(size, bounds)))
        .collect()
}

/// `size` scaled to fit in `bounds`; halves are rounded up, and no side is shorter than a pixel.
fn fit((width, height): (u32, u32), bounds: (u32, u32)) -> (u32, u32) {
    let scaled = |side: u32, to: u32, of: u32| {
        let (side, to, of) = (u64::from(side), u64::from(to), u64::from(of));
        u32::try_from((2 * side * to + of) / (2 * of)).unwrap_or(u32::MAX).max(1)
    };
    if u64::from(width) * u64::from(bounds.1) >= u64::from(height) * u64::from(bounds.0) {
        (bounds.0.max(1), scaled(height, bounds.0, width))
    } else {
        (scaled(width, bounds.1, height), bounds.1.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u32, height: u32) -> Vec<(u32, u32)> {
        let breakpoints =
            [("large", 1000), ("medium", 750), ("small", 500)].map(|(name, side)| (name.to_owned(), side));
        formats((width, height), &breakpoints).into_iter().map(|(_, size)| size).collect()
    }

    #[test]
    fn sizes_are_those_of_strapi() {
        for (size, sizes) in [
            ((1600, 1200), vec![(208, 156), (1000, 750), (750, 563), (500, 375)]),
            ((600, 400), vec![(234, 156), (500, 333)]),
            ((245, 156), vec![]),
            ((246, 10), vec![(245, 10)]),
            ((500, 500), vec![(156, 156)]),
            ((501, 2000), vec![(39, 156), (251, 1000), (188, 750), (125, 500)]),
            ((600, 300), vec![(245, 123), (500, 250)]),
            ((4000, 3000), vec![(208, 156), (1000, 750), (750, 563), (500, 375)]),
            ((1, 20_000), vec![(1, 156), (1, 1000), (1, 750), (1, 500)]),
            ((20_000, 1), vec![(245, 1), (1000, 1), (750, 1), (500, 1)]),
            ((1, 1), vec![]),
        ] {
            assert_eq!(of(size.0, size.1), sizes, "{size:?}");
        }
    }
}
