//! The planes of a JPEG file.

use bytes::Bytes;

/// The planes of an image, and what they mean.
#[derive(Clone, Debug)]
pub(super) struct JpegLayout {
    /// Pixels of the image.
    pub(super) width: u32,
    /// Pixels of the image.
    pub(super) height: u32,
    /// One plane for each component.
    pub(super) planes: Vec<Sampling>,
    /// The meaning of the components.
    pub(super) colours: Colours,
    /// The colour profile.
    pub(super) profile: Option<Bytes>,
    /// The unit of its density (0 none, 1 inch, 2 centimetre), and pixels of it across and down.
    pub(super) density: Option<(u8, u16, u16)>,
    /// Whether the whole file has to be read before the first row can be decoded.
    pub(super) buffered: bool,
}

/// How finely a plane is sampled, in units that are those of its image alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sampling {
    pub(super) horizontal: u32,
    pub(super) vertical: u32,
}

/// The meaning of the components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// Brightness alone.
    Gray,
    /// Brightness and two differences.
    YCbCr,
    /// Red, green and blue; converted to brightness and two differences while they are read.
    Rgb,
    /// Four inks, stored inverted.
    Cmyk,
    /// Four inks, three of them as brightness and differences, inverted.
    Ycck,
}

/// Rows of blocks in a strip.
const BLOCK: u32 = 8;

impl JpegLayout {
    /// The finest sampling of any plane.
    pub(super) fn finest(&self) -> Sampling {
        let one = Sampling { horizontal: 1, vertical: 1 };
        self.planes.iter().fold(one, |finest, plane| Sampling {
            horizontal: finest.horizontal.max(plane.horizontal),
            vertical: finest.vertical.max(plane.vertical),
        })
    }

    /// Whether the colours are half as fine as the brightness both ways.
    pub(super) fn has_coarse_colours(&self) -> bool {
        let (fine, coarse) = (Sampling { horizontal: 2, vertical: 2 }, Sampling { horizontal: 1, vertical: 1 });
        self.planes == [fine, coarse, coarse] || self.planes == [fine, coarse, coarse, fine]
    }

    /// Samples of a plane in a row and in a column.
    pub(super) fn size(&self, plane: Sampling) -> (u32, u32) {
        let finest = self.finest();
        let width = (self.width * plane.horizontal).div_ceil(finest.horizontal);
        (width, (self.height * plane.vertical).div_ceil(finest.vertical))
    }

    /// How many samples of a plane, in a row and in a column, the image covers exactly.
    pub(super) fn covered(&self, plane: Sampling) -> (f64, f64) {
        let finest = self.finest();
        let covered = |side: u32, of: u32, finest: u32| f64::from(side) * f64::from(of) / f64::from(finest);
        (
            covered(self.width, plane.horizontal, finest.horizontal),
            covered(self.height, plane.vertical, finest.vertical),
        )
    }

    /// Rows of the image in a strip; the last one may have fewer.
    pub(super) fn strip_rows(&self) -> u32 {
        self.finest().vertical * BLOCK
    }

    /// Samples of all planes together.
    pub(super) fn samples(&self) -> u64 {
        let sizes = self.planes.iter().map(|plane| self.size(*plane));
        sizes.map(|(width, height)| u64::from(width) * u64::from(height)).sum()
    }

    /// Samples of all planes in a strip.
    pub(super) fn strip_samples(&self) -> u64 {
        u64::from(self.width) * u64::from(self.strip_rows()) * self.planes.len() as u64
    }

    /// The same image with every plane sampled as finely as the finest.
    pub(super) fn full(&self) -> Self {
        let one = Sampling { horizontal: 1, vertical: 1 };
        Self { planes: vec![one; self.planes.len()], ..self.clone() }
    }
}
