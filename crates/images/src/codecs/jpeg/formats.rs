//! The formats, from the small copy.

use super::{layout::JpegLayout, planes::Planes, reduce::Small};
use crate::{
    ImageError,
    plan::VariantPlan,
    raster::Raster,
    resize::{PixelLayout, resize_whole},
};

/// The formats in the plan's order, upright, all planes equally fine.
///
/// A format is made from the smallest larger one that has at least twice its sides, or else from the small copy: the
/// filter reads every sample of what it begins with, and from twice the sides on nothing is lost.
pub(super) fn formats(
    small: &Small,
    layout: &JpegLayout,
    plan: &VariantPlan,
) -> Result<Vec<(JpegLayout, Planes)>, ImageError> {
    // The turn comes last, when there is little to turn.
    let sideways = |(width, height)| {
        if plan.turn.swaps_sides() { (height, width) } else { (width, height) }
    };
    let sizes: Vec<(u32, u32)> = plan.formats.iter().map(|(_, size)| sideways(*size)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
    let mut made: Vec<Option<Planes>> = sizes.iter().map(|_| None).collect();
    for index in order {
        let (width, height) = sizes[index];
        let serves =
            |planes: &&Planes| planes.0.iter().all(|plane| plane.width >= 2 * width && plane.height >= 2 * height);
        let larger = made.iter().flatten().filter(serves).min_by_key(|planes| planes.0[0].pixels.len());
        let planes = match larger {
            Some(larger) => {
                let scaled = |plane: &Raster| resize_whole(plane, PixelLayout::Gray, (width, height));
                Planes(larger.0.iter().map(scaled).collect::<Result<_, _>>()?)
            }
            None => small.scaled(layout, (width, height))?,
        };
        made[index] = Some(planes);
    }
    let upright = |(planes, (width, height)): (Planes, (u32, u32))| {
        planes.upright(&JpegLayout { width, height, ..layout.full() }, plan.turn)
    };
    Ok(made.into_iter().flatten().zip(sizes).map(upright).collect())
}
