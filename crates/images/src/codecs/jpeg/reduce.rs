//! A small copy, made while the strips of the large one pass by.

#![expect(clippy::cast_possible_truncation, reason = "means of bytes are bytes, and factors are at most 8")]

use super::{
    layout::{Colours, JpegLayout, Sampling},
    planes::Planes,
};
use crate::{
    ImageError,
    plan::VariantPlan,
    raster::Raster,
    resize::{PixelLayout, resize},
};

/// Averages squares of samples: a plane is made smaller by a power of two, such that it keeps at least twice the sides
/// of the largest format. The proper filter then takes it from there, and sees no difference. What differs in colour
/// is kept half as fine, as it will be in the format's file.
pub(super) struct Reducer {
    planes: Vec<Reduction>,
    wanted: bool,
}

/// A plane on its way.
struct Reduction {
    /// Samples in a row of the large plane.
    width: usize,
    /// How many samples of a row become one.
    across: u16,
    /// How many rows become one.
    down: u16,
    /// The size of the small plane.
    size: (u32, u32),
    pixels: Vec<u8>,
    /// The sum of rows.
    sums: Vec<u16>,
}

impl Reducer {
    /// One for whatever `plan` makes of an image with that layout.
    pub(super) fn new(layout: &JpegLayout, plan: &VariantPlan) -> Self {
        let largest = plan.largest();
        let (width, height) = largest.unwrap_or((1, 1));
        let (width, height) = if plan.turn.swaps_sides() { (height, width) } else { (width, height) };
        let reduction = |(index, plane): (usize, &Sampling)| {
            let kept = if index > 0 && matches!(layout.colours, Colours::YCbCr | Colours::Rgb) { 1 } else { 2 };
            let size = layout.size(*plane);
            // Rows of a strip are a multiple of 8.
            let factor =
                |side: u32, wanted: u32| [8, 4, 2].into_iter().find(|by| side / by >= kept * wanted).unwrap_or(1);
            let (across, down) = (factor(size.0, width), factor(size.1, height));
            Reduction {
                width: size.0 as usize,
                across: across as u16,
                down: down as u16,
                size: (size.0.div_ceil(across), size.1.div_ceil(down)),
                pixels: Vec::new(),
                sums: Vec::new(),
            }
        };
        Self { planes: layout.planes.iter().enumerate().map(reduction).collect(), wanted: largest.is_some() }
    }

    /// Samples of the small copy.
    pub(super) fn samples(&self) -> u64 {
        let sizes = self.planes.iter().map(|plane| u64::from(plane.size.0) * u64::from(plane.size.1));
        if self.wanted { sizes.sum() } else { 0 }
    }

    /// Adds the next rows of every plane.
    pub(super) fn add<'a>(&mut self, planes: impl Iterator<Item = &'a [u8]>) {
        if self.wanted {
            for (plane, rows) in self.planes.iter_mut().zip(planes) {
                plane.add(rows);
            }
        }
    }

    /// The small copy, once all rows have been added.
    pub(super) fn finish(self) -> Small {
        let finish = |plane: Reduction| SmallPlane {
            factors: (plane.across.into(), plane.down.into()),
            raster: Raster::new(plane.size.0, plane.size.1, 1, plane.pixels),
        };
        let planes = if self.wanted { self.planes } else { Vec::new() };
        Small(planes.into_iter().map(finish).collect())
    }
}

impl Reduction {
    fn add(&mut self, rows: &[u8]) {
        let room = self.size.0 as usize * self.size.1 as usize;
        self.pixels.reserve_exact(room.saturating_sub(self.pixels.len()));
        for rows in rows.chunks(self.width * usize::from(self.down)) {
            if self.across == 1 && self.down == 1 {
                self.pixels.extend_from_slice(rows);
                continue;
            }
            self.sums.clear();
            self.sums.resize(self.width, 0);
            for row in rows.chunks_exact(self.width) {
                for (sum, sample) in self.sums.iter_mut().zip(row) {
                    *sum += u16::from(*sample);
                }
            }
            let count = (rows.len() / self.width) as u16;
            match self.across {
                1 => average::<1>(&self.sums, count, &mut self.pixels),
                2 => average::<2>(&self.sums, count, &mut self.pixels),
                4 => average::<4>(&self.sums, count, &mut self.pixels),
                _ => average::<8>(&self.sums, count, &mut self.pixels),
            }
        }
    }
}

/// Averages of `ACROSS` neighbouring sums of `count` samples each.
fn average<const ACROSS: usize>(sums: &[u16], count: u16, into: &mut Vec<u8>) {
    let mean = |sum: u16, of: u16| ((sum + of / 2) / of) as u8;
    let (whole, rest) = sums.as_chunks::<ACROSS>();
    let all = count * ACROSS as u16;
    if all.is_power_of_two() {
        let shift = all.trailing_zeros();
        into.extend(whole.iter().map(|sums| ((sums.iter().sum::<u16>() + all / 2) >> shift) as u8));
    } else {
        into.extend(whole.iter().map(|sums| mean(sums.iter().sum(), all)));
    }
    if !rest.is_empty() {
        into.push(mean(rest.iter().sum(), count * rest.len() as u16));
    }
}

/// The small copy.
pub(super) struct Small(Vec<SmallPlane>);

/// A plane of it.
struct SmallPlane {
    /// How much smaller than the image's it is, across and down.
    factors: (f64, f64),
    raster: Raster,
}

impl Small {
    /// The image of `layout` scaled to `size`, all planes equally fine.
    pub(super) fn scaled(&self, layout: &JpegLayout, size: (u32, u32)) -> Result<Planes, ImageError> {
        let mut planes = Vec::with_capacity(self.0.len());
        for (small, plane) in self.0.iter().zip(&layout.planes) {
            let covered = layout.covered(*plane);
            let window = (covered.0 / small.factors.0, covered.1 / small.factors.1);
            planes.push(resize(&small.raster, PixelLayout::Gray, window, size)?);
        }
        Ok(Planes(planes))
    }
}
