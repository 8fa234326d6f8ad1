//! The planes of a whole image.

use super::{
    layout::{JpegLayout, Sampling},
    source::Strip,
};
use crate::{orientation::Orientation, raster::Raster};

/// One raster a plane.
pub(super) struct Planes(pub(super) Vec<Raster>);

impl Planes {
    /// Planes that rows are to be added to.
    pub(super) fn empty(layout: &JpegLayout) -> Self {
        let raster = |plane: &Sampling| {
            let (width, height) = layout.size(*plane);
            Raster { width, height, depth: 1, pixels: Vec::with_capacity(width as usize * height as usize) }
        };
        Self(layout.planes.iter().map(raster).collect())
    }

    /// Adds the next rows.
    pub(super) fn add(&mut self, strip: &Strip) {
        for (plane, rows) in self.0.iter_mut().zip(&strip.planes) {
            plane.pixels.extend_from_slice(rows);
        }
    }

    /// The image turned upright.
    pub(super) fn upright(self, layout: &JpegLayout, turn: Orientation) -> (JpegLayout, Self) {
        if turn == Orientation::UPRIGHT {
            return (layout.clone(), self);
        }
        // A coarse plane may reach over the right and lower edges; on the left or above it would be out of place.
        let even = layout.planes.iter().all(|plane| {
            let (width, height) = layout.size(*plane);
            layout.covered(*plane) == (f64::from(width), f64::from(height))
        });
        let (mut layout, planes) = if even { (layout.clone(), self) } else { (layout.full(), self.full(layout)) };
        (layout.width, layout.height) = turn.turned((layout.width, layout.height));
        for plane in &mut layout.planes {
            (plane.horizontal, plane.vertical) = turn.turned((plane.horizontal, plane.vertical));
        }
        (layout, Self(planes.0.into_iter().map(|plane| plane.upright(turn)).collect()))
    }

    /// All planes as fine as the finest, by repeating samples.
    fn full(self, layout: &JpegLayout) -> Self {
        let finest = layout.finest();
        let full = |(raster, plane): (Raster, &Sampling)| {
            if *plane == finest {
                return raster;
            }
            let columns: Vec<usize> =
                (0..layout.width).map(|x| (x * plane.horizontal / finest.horizontal) as usize).collect();
            let mut pixels = Vec::with_capacity(layout.width as usize * layout.height as usize);
            for y in 0..layout.height {
                let row = raster.row((y * plane.vertical / finest.vertical) as usize);
                pixels.extend(columns.iter().map(|x| row[*x]));
            }
            Raster::new(layout.width, layout.height, 1, pixels)
        };
        Self(self.0.into_iter().zip(&layout.planes).map(full).collect())
    }
}
