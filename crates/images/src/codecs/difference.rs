//! What differs between two frames of an animation.

use crate::raster::Raster;

/// A rectangle of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The smallest area that has all differences; `None` when there are none.
pub(crate) fn changed(one: &Raster, other: &Raster) -> Option<Area> {
    let differs = |y: &usize| one.row(*y) != other.row(*y);
    let height = one.height as usize;
    let top = (0..height).find(differs)?;
    let bottom = (top..height).rfind(differs)?;
    let (mut left, mut right) = (one.width as usize, 0);
    for y in top..=bottom {
        let pixels = one.row(y).chunks_exact(one.depth).zip(other.row(y).chunks_exact(one.depth));
        let mut differing = pixels.enumerate().filter(|(_, (one, other))| one != other).map(|(x, _)| x);
        if let Some(first) = differing.next() {
            left = left.min(first);
            right = right.max(differing.next_back().unwrap_or(first));
        }
    }
    let number = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    Some(Area {
        left: number(left),
        top: number(top),
        width: number(right + 1 - left),
        height: number(bottom + 1 - top),
    })
}

impl Area {
    /// The area, grown such that it begins at even places.
    pub(crate) fn at_even_places(self) -> Self {
        let (left, top) = (self.left & !1, self.top & !1);
        Self { left, top, width: self.width + self.left - left, height: self.height + self.top - top }
    }

    /// That area of an image.
    pub(crate) fn cut(self, raster: &Raster) -> Raster {
        let (from, length) = (self.left as usize * raster.depth, self.width as usize * raster.depth);
        let rows = (self.top..self.top + self.height).map(|y| &raster.row(y as usize)[from..from + length]);
        let mut pixels = Vec::with_capacity(length * self.height as usize);
        rows.for_each(|row| pixels.extend_from_slice(row));
        Raster::new(self.width, self.height, raster.depth, pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_has_all_differences_and_no_more() {
        let one = Raster::new(5, 4, 1, vec![0; 20]);
        let mut other = one.clone();
        assert_eq!(changed(&one, &other), None);
        other.pixels[5 + 3] = 1;
        assert_eq!(changed(&one, &other), Some(Area { left: 3, top: 1, width: 1, height: 1 }));
        other.pixels[10 + 1] = 1;
        let area = Area { left: 1, top: 1, width: 3, height: 2 };
        assert_eq!(changed(&one, &other), Some(area));
        assert_eq!(area.cut(&other).pixels, [0, 0, 1, 1, 0, 0]);
        assert_eq!(area.at_even_places(), Area { left: 0, top: 0, width: 4, height: 3 });
    }
}
