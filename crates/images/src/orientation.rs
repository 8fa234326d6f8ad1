//! Which way up an image is, as EXIF has it (tag 274 of TIFF 6.0).

/// Which way up: 1 is upright, 2 to 8 are its mirrors and turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

const TAG: u16 = 0x0112;
/// The types of integers (TIFF 6.0, section 2): programs write the tag as any of them.
const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const SIGNED_BYTE: u16 = 6;
const SIGNED_SHORT: u16 = 8;
const SIGNED_LONG: u16 = 9;

impl Orientation {
    /// As the pixels are stored.
    pub(crate) const UPRIGHT: Self = Self(1);

    /// The orientation of that number; nonsense is upright.
    pub(crate) fn new(number: u32) -> Self {
        match u8::try_from(number) {
            Ok(number @ 2..=8) => Self(number),
            _ => Self::UPRIGHT,
        }
    }

    /// The orientation that EXIF data (a TIFF header and what follows) tells; nonsense is upright.
    pub(crate) fn of_exif(exif: &[u8]) -> Self {
        number(exif).map_or(Self::UPRIGHT, Self::new)
    }

    /// EXIF data that tells the orientation and nothing else; `None` when there is nothing to tell.
    pub(crate) fn to_exif(self) -> Option<Vec<u8>> {
        if self == Self::UPRIGHT {
            return None;
        }
        let mut exif = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        exif.extend(TAG.to_be_bytes());
        exif.extend(SHORT.to_be_bytes());
        exif.extend([0, 0, 0, 1, 0, self.0, 0, 0]);
        exif.extend([0; 4]);
        Some(exif)
    }

    /// The tag's value.
    pub(crate) fn value(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// Width and height once the pixels are turned upright.
    pub(crate) fn turned(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }
}

/// The tag's value in the first directory.
fn number(exif: &[u8]) -> Option<u32> {
    let little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    let mut entries = (0..entries).map(|index| directory + 2 + index * 12);
    let entry = entries.find(|at| short(*at) == Some(TAG))?;
    // The value stands at the front of its field, in as many bytes as its type has.
    match short(entry + 2)? {
        BYTE | SIGNED_BYTE => exif.get(entry + 8).map(|value| (*value).into()),
        SHORT | SIGNED_SHORT => short(entry + 8).map(u32::from),
        LONG | SIGNED_LONG => long(entry + 8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for number in 2..=8 {
            let exif = Orientation::new(number).to_exif().unwrap();
            assert_eq!(Orientation::of_exif(&exif), Orientation::new(number));
        }
        assert_eq!(Orientation::UPRIGHT.to_exif(), None);
    }

    #[test]
    fn orientations_are_read_from_integers_of_all_types() {
        for (kind, value) in
            [(1, [6, 0, 0, 0]), (3, [0, 6, 0, 0]), (4, [0, 0, 0, 6]), (6, [6, 0, 0, 0]), (9, [0, 0, 0, 6])]
        {
            let mut exif = Orientation::new(6).to_exif().unwrap();
            exif[13] = kind;
            exif[18..22].copy_from_slice(&value);
            assert_eq!(Orientation::of_exif(&exif), Orientation::new(6), "{kind}");
        }
    }

    #[test]
    fn nonsense_is_upright() {
        let mut exif = Orientation::new(6).to_exif().unwrap();
        exif[19] = 9;
        assert_eq!(Orientation::of_exif(&exif), Orientation::UPRIGHT);
        exif[19] = 0;
        assert_eq!(Orientation::of_exif(&exif), Orientation::UPRIGHT);
        assert_eq!(Orientation::of_exif(b""), Orientation::UPRIGHT);
        assert_eq!(Orientation::of_exif(b"II*\0\xFF\xFF\xFF\xFF"), Orientation::UPRIGHT);
    }

    #[test]
    fn a_cut_directory_is_upright() {
        let exif = Orientation::new(6).to_exif().unwrap();
        for end in 0..20 {
            assert_eq!(Orientation::of_exif(&exif[..end]), Orientation::UPRIGHT, "{end}");
        }
    }
}
