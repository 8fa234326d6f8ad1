//! Decoded pixels.

use crate::orientation::Orientation;

/// Pixels are turned in squares of such sides: both images stay in the cache although one is walked across its rows.
const TILE: usize = 64;

/// Pixels in rows without gaps; every pixel has the same number of bytes.
#[derive(Clone, Debug)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bytes of a pixel.
    pub(crate) depth: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Raster {
    /// A raster of those pixels.
    ///
    /// # Panics
    /// When there are more or fewer than `width` × `height`.
    pub(crate) fn new(width: u32, height: u32, depth: usize, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), width as usize * height as usize * depth, "a raster has all of its pixels");
        Self { width, height, depth, pixels }
    }

    /// The row at `y`.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let length = self.width as usize * self.depth;
        &self.pixels[y * length..][..length]
    }

    /// The same image with one byte a sample in place of two, which `sample` reads.
    pub(crate) fn narrow(&self, sample: fn([u8; 2]) -> u16) -> Self {
        let (samples, _) = self.pixels.as_chunks();
        #[expect(clippy::cast_possible_truncation, reason = "it is at most 255")]
        let narrow = samples.iter().map(|bytes| ((u32::from(sample(*bytes)) * 255 + 0x8000) >> 16) as u8);
        Self::new(self.width, self.height, self.depth / 2, narrow.collect())
    }

    /// The same image with its pixels put upright.
    pub(crate) fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::UPRIGHT {
            return self;
        }
        let (width, height) = orientation.turned((self.width, self.height));
        let mut pixels = vec![0; self.pixels.len()];
        match self.depth {
            1 => self.turn::<1>(orientation, &mut pixels),
            2 => self.turn::<2>(orientation, &mut pixels),
            3 => self.turn::<3>(orientation, &mut pixels),
            4 => self.turn::<4>(orientation, &mut pixels),
            6 => self.turn::<6>(orientation, &mut pixels),
            8 => self.turn::<8>(orientation, &mut pixels),
            depth => unreachable!("no codec makes pixels of {depth} bytes"),
        }
        Self { width, height, depth: self.depth, pixels }
    }

    fn turn<const DEPTH: usize>(&self, orientation: Orientation, into: &mut [u8]) {
        let (from, _) = self.pixels.as_chunks::<DEPTH>();
        let (into, _) = into.as_chunks_mut::<DEPTH>();
        let (width, height) = (self.width as usize, self.height as usize);
        // Where the pixel of the new image's corner comes from, and the steps in the old one for a step right and down.
        let last = (width - 1, (height - 1) * width);
        let (w, one) = (width.cast_signed(), 1isize);
        let (corner, right, down) = match orientation.value() {
            2 => (last.0, -one, w),
            3 => (last.0 + last.1, -one, -w),
            4 => (last.1, one, -w),
            5 => (0, w, one),
            6 => (last.1, -w, one),
            7 => (last.0 + last.1, -w, -one),
            8 => (last.0, w, -one),
            _ => (0, one, w),
        };
        let columns = if orientation.swaps_sides() { height } else { width };
        let rows = into.len() / columns;
        for top in (0..rows).step_by(TILE) {
            for left in (0..columns).step_by(TILE) {
                for y in top..(top + TILE).min(rows) {
                    let start = corner.cast_signed() + y.cast_signed() * down;
                    for x in left..(left + TILE).min(columns) {
                        into[y * columns + x] = from[(start + x.cast_signed() * right).cast_unsigned()];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_turn_as_exif_says() {
        // The letter F: the pictures of the eight orientations that everybody draws, in 2 × 3.
        let stored = Raster::new(2, 3, 1, b"abcdef".to_vec());
        for (number, upright) in [
            (1, "abcdef"),
            (2, "badcfe"),
            (3, "fedcba"),
            (4, "efcdab"),
            (5, "acebdf"),
            (6, "ecafdb"),
            (7, "fdbeca"),
            (8, "bdface"),
        ] {
            let turned = stored.clone().upright(Orientation::new(number));
            assert_eq!(String::from_utf8(turned.pixels).unwrap(), upright, "{number}");
            assert_eq!((turned.width, turned.height), if number < 5 { (2, 3) } else { (3, 2) });
        }
    }

    #[test]
    fn large_images_turn_back_to_what_they_were() {
        let pixels: Vec<u8> =
            (0..131u32 * 70 * 3).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let stored = Raster::new(131, 70, 3, pixels);
        let turned = stored.clone().upright(Orientation::new(6)).upright(Orientation::new(8));
        assert!(turned.pixels == stored.pixels);
    }
}
