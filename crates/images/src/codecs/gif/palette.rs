//! Palettes: few colours that represent the many of an image.

use std::collections::HashSet;

/// Up to [`MOST`] colours, and which of them is nearest to any other.
pub(super) struct Palette {
    colours: Vec<[u8; 3]>,
    /// Whether every pixel's own colour is among them.
    exact: bool,
    /// The nearest palette colour by the upper bits of a colour. Entries are computed on first use.
    nearest: Vec<Option<u8>>,
}

/// The largest number of colours. The last of the 256 indices is reserved for transparent pixels.
pub(super) const MOST: usize = 255;
/// The number of upper bits of each component by which colours are grouped.
const BITS: u32 = 5;
/// How often each palette colour is moved to the mean of the colours that it represents.
const ROUNDS: usize = 3;

/// Colours that are alike: their sum, and how many pixels have them.
#[derive(Clone, Copy, Default)]
struct Bucket {
    sum: [f64; 3],
    count: f64,
}

impl Bucket {
    fn mean(&self) -> [f64; 3] {
        self.sum.map(|sum| sum / self.count)
    }

    fn add(&mut self, other: &Self) {
        (0..3).for_each(|part| self.sum[part] += other.sum[part]);
        self.count += other.count;
    }
}

impl Palette {
    /// The palette that represents the pixels best.
    pub(super) fn of(pixels: impl Iterator<Item = [u8; 3]> + Clone) -> Self {
        let mut different = HashSet::new();
        let few = pixels.clone().all(|colour| {
            different.insert(colour);
            different.len() <= MOST
        });
        let colours = if few {
            let mut colours: Vec<_> = different.into_iter().collect();
            // Equal pictures must give equal files.
            colours.sort_unstable();
            colours
        } else {
            reduced(pixels)
        };
        Self { colours, exact: few, nearest: vec![None; 1 << (3 * BITS)] }
    }

    /// The colours.
    pub(super) fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// Whether the palette contains the exact colour of every pixel.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The index of the nearest colour.
    pub(super) fn nearest(&mut self, colour: [u8; 3]) -> u8 {
        if self.exact {
            let index = self.colours.binary_search(&colour);
            return index.ok().and_then(|index| u8::try_from(index).ok()).unwrap_or_default();
        }
        if let Some(known) = self.nearest[key(colour)] {
            return known;
        }
        let middle = colour.map(|part| f64::from(part >> (8 - BITS) << (8 - BITS)) + f64::from(1 << (7 - BITS)));
        let colours = self.colours.iter().map(|colour| colour.map(f64::from));
        let index = closest(colours, middle);
        self.nearest[key(colour)] = Some(index);
        index
    }
}

fn key(colour: [u8; 3]) -> usize {
    colour.iter().fold(0, |key, part| key << BITS | usize::from(part >> (8 - BITS)))
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    // Green counts most for the eye, and blue least.
    const WEIGHTS: [f64; 3] = [3.0, 6.0, 1.0];
    (0..3).map(|part| WEIGHTS[part] * (one[part] - other[part]).powi(2)).sum()
}

fn closest(colours: impl Iterator<Item = [f64; 3]>, to: [f64; 3]) -> u8 {
    let mut best = (0, f64::INFINITY);
    for (index, colour) in (0..=u8::MAX).zip(colours) {
        let far = distance(colour, to);
        if far < best.1 {
            best = (index, far);
        }
    }
    best.0
}

/// A palette for an image with too many colours. The set of colours is split in two repeatedly, each time where the
/// split reduces the error most. Then each palette colour moves to the mean of the colours that it represents.
fn reduced(pixels: impl Iterator<Item = [u8; 3]>) -> Vec<[u8; 3]> {
    let mut buckets = vec![Bucket::default(); 1 << (3 * BITS)];
    for colour in pixels {
        buckets[key(colour)].add(&Bucket { sum: colour.map(f64::from), count: 1.0 });
    }
    buckets.retain(|bucket| bucket.count > 0.0);
    let mut groups = vec![Group::new(&mut buckets)];
    while groups.len() < MOST {
        let worst = groups.iter().enumerate().max_by(|(_, one), (_, other)| one.error.total_cmp(&other.error));
        let Some((index, _)) = worst.filter(|(_, group)| group.error > 0.0 && group.buckets.len() > 1) else {
            break;
        };
        let (one, other) = groups.swap_remove(index).cut();
        groups.extend([one, other]);
    }
    let mut colours: Vec<[f64; 3]> = groups.iter().map(|group| group.total.mean()).collect();
    drop(groups);
    for _ in 0..ROUNDS {
        let mut sums = vec![Bucket::default(); colours.len()];
        for bucket in &buckets {
            sums[usize::from(closest(colours.iter().copied(), bucket.mean()))].add(bucket);
        }
        for (colour, sum) in colours.iter_mut().zip(&sums) {
            if sum.count > 0.0 {
                *colour = sum.mean();
            }
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "means of bytes are bytes")]
    let byte = |part: f64| part.round() as u8;
    let mut colours: Vec<[u8; 3]> = colours.iter().map(|colour| colour.map(byte)).collect();
    colours.sort_unstable();
    colours.dedup();
    colours
}

/// Buckets that one palette colour represents.
struct Group<'a> {
    buckets: &'a mut [Bucket],
    total: Bucket,
    /// The colour component in which the buckets differ most.
    widest: usize,
    /// The error of representing the buckets by one colour.
    error: f64,
}

impl<'a> Group<'a> {
    fn new(buckets: &'a mut [Bucket]) -> Self {
        let mut total = Bucket::default();
        for bucket in buckets.iter() {
            total.add(bucket);
        }
        let mean = total.mean();
        let mut spread = [0.0; 3];
        for bucket in buckets.iter() {
            let colour = bucket.mean();
            (0..3).for_each(|part| {
                let mut apart = [0.0; 3];
                apart[part] = colour[part] - mean[part];
                spread[part] += bucket.count * distance(apart, [0.0; 3]);
            });
        }
        let widest = (0..3).max_by(|one, other| spread[*one].total_cmp(&spread[*other])).unwrap_or_default();
        Self { buckets, total, widest, error: spread.iter().sum() }
    }

    /// Two groups, on both sides of the mean.
    fn cut(self) -> (Self, Self) {
        let (part, mean) = (self.widest, self.total.mean()[self.widest]);
        self.buckets.sort_unstable_by(|one, other| one.mean()[part].total_cmp(&other.mean()[part]));
        let at = self.buckets.partition_point(|bucket| bucket.mean()[part] <= mean);
        let (one, other) = self.buckets.split_at_mut(at.clamp(1, self.buckets.len() - 1));
        (Self::new(one), Self::new(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_what_they_are() {
        let pixels = (0..=200u8).map(|number| [number, 255 - number, 7]);
        let mut palette = Palette::of(pixels.clone().chain(pixels.clone()));
        assert!(palette.is_exact());
        for colour in pixels {
            let index = palette.nearest(colour);
            assert_eq!(palette.colours()[usize::from(index)], colour);
        }
    }

    #[test]
    fn many_colours_are_stood_for_well() {
        let pixels = (0..64u8).flat_map(|y| (0..64u8).map(move |x| [x * 4, y * 4, 100]));
        let mut palette = Palette::of(pixels.clone());
        assert!(!palette.is_exact());
        assert!(palette.colours().len() <= MOST && palette.colours().len() > 200);
        for colour in pixels {
            let index = palette.nearest(colour);
            let stands = palette.colours()[usize::from(index)];
            let far = (0..3).map(|part| colour[part].abs_diff(stands[part])).max();
            assert!(far < Some(20), "{colour:?} is {stands:?}");
        }
    }
}
