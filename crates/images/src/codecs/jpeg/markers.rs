//! The segments of a file, as far as the decoder does not return them or returns others than viewers go by.

use std::ops::Range;

use super::layout::Sampling;

/// The facts of the segments before the first scan.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// The transform of Adobe's segment: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe: Option<u8>,
    /// Whether there is a JFIF segment.
    pub(super) jfif: bool,
    /// The density of the JFIF segment: its unit, and pixels of it across and down.
    pub(super) density: Option<(u8, u16, u16)>,
    /// EXIF data: that of the first segment, as viewers have it.
    pub(super) exif: Option<Range<usize>>,
    /// Whether there are Huffman tables.
    pub(super) has_tables: bool,
    /// The frame.
    pub(super) frame: Option<Frame>,
    /// Components of the first scan.
    pub(super) scanned: u8,
}

/// The header of a frame (ITU T.81, B.2.2).
#[derive(Debug)]
pub(super) struct Frame {
    /// How it is coded: the marker without its upper half.
    coding: u8,
    /// Bits of a sample.
    precision: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) planes: Vec<Sampling>,
}

const DHT: u8 = 0xC4;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// Reads the segments before the first scan.
pub(super) fn segments(file: &[u8]) -> Segments {
    let mut found = Segments::default();
    let mut start = 2;
    // Segments may be preceded by any number of fill bytes.
    while let Some(fill) = file.get(start..).and_then(|rest| rest.iter().position(|byte| *byte != 0xFF)) {
        let at = start + fill;
        let [marker, high, low, ..] = file[at..] else {
            break;
        };
        if fill == 0 {
            break;
        }
        let end = at + 1 + usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = file.get(at + 3..end) else {
            break;
        };
        match (marker, body) {
            (APP0, [b'J', b'F', b'I', b'F', 0, rest @ ..]) => {
                found.jfif = true;
                if let [_, _, unit, x1, x2, y1, y2, ..] = *rest {
                    found.density = Some((unit, u16::from_be_bytes([x1, x2]), u16::from_be_bytes([y1, y2])));
                }
            }
            (APP1, [b'E', b'x', b'i', b'f', 0, _, ..]) if found.exif.is_none() => found.exif = Some(at + 9..end),
            (APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                found.adobe = Some(*transform);
            }
            (DHT, _) => found.has_tables = true,
            (0xC0..=0xCF, _) if found.frame.is_none() && !matches!(marker, 0xC8 | 0xCC) => {
                found.frame = Frame::read(marker & 0x0F, body);
            }
            (SOS, [components, ..]) => {
                found.scanned = *components;
                break;
            }
            _ => {}
        }
        start = end;
    }
    found
}

impl Frame {
    fn read(coding: u8, body: &[u8]) -> Option<Self> {
        let [precision, h1, h2, w1, w2, count, components @ ..] = body else {
            return None;
        };
        let (components, _) = components.as_chunks::<3>();
        let planes = components.get(..usize::from(*count))?.iter().map(|[_, factors, _]| Sampling {
            horizontal: u32::from(factors >> 4),
            vertical: u32::from(factors & 0x0F),
        });
        let side = |high: u8, low: u8| u32::from(u16::from_be_bytes([high, low]));
        let (width, height) = (side(*w1, *w2), side(*h1, *h2));
        let planes = planes.collect();
        (width > 0 && height > 0).then_some(Self { coding, precision: *precision, width, height, planes })
    }

    /// Whether the decoder knows this coding: Huffman, 8 bits, and planes that are once, twice or four times as fine.
    pub(super) fn is_decodable(&self) -> bool {
        let finest = |side: fn(&Sampling) -> u32| self.planes.iter().map(side).max().unwrap_or(1);
        let (across, down) = (finest(|plane| plane.horizontal), finest(|plane| plane.vertical));
        let whole = |plane: &Sampling| {
            (1..=4).contains(&plane.horizontal)
                && (1..=4).contains(&plane.vertical)
                && across % plane.horizontal == 0
                && down % plane.vertical == 0
                && matches!(across / plane.horizontal, 1 | 2 | 4)
                && matches!(down / plane.vertical, 1 | 2 | 4)
        };
        matches!(self.coding, 0..=2)
            && self.precision == 8
            && matches!(self.planes.len(), 1 | 3 | 4)
            && self.planes.iter().all(whole)
    }

    /// Whether its tables may be left out: those of the standard are meant then.
    pub(super) fn may_lack_tables(&self) -> bool {
        matches!(self.coding, 0 | 1)
    }

    /// Bytes that the scans of a whole file have at least: a code has a bit or more, and a block that is read in order has
    /// two codes.
    pub(super) fn fewest_bytes(&self) -> u64 {
        let finest = |side: fn(&Sampling) -> u32| self.planes.iter().map(side).max().unwrap_or(1).max(1);
        let (across, down) = (finest(|plane| plane.horizontal), finest(|plane| plane.vertical));
        let blocks = self.planes.iter().map(|plane| {
            let side = |pixels: u32, factor: u32, finest: u32| u64::from((pixels * factor).div_ceil(8 * finest));
            side(self.width, plane.horizontal, across) * side(self.height, plane.vertical, down)
        });
        let bits = if self.coding == 2 { 1 } else { 2 };
        blocks.sum::<u64>() * bits / 8
    }
}

/// How many scans a file has.
pub(super) fn scans(file: &[u8]) -> u64 {
    file.windows(2).filter(|bytes| *bytes == [0xFF, SOS]).count() as u64
}

/// The Huffman tables of the standard (ITU T.81, K.3), as a segment: files of cameras that film leave them out.
pub(super) fn standard_tables() -> Vec<u8> {
    const DC_BRIGHTNESS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    const DC_COLOUR: [u8; 16] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
    const AC_BRIGHTNESS: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D];
    const AC_COLOUR: [u8; 16] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77];
    const DC: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    #[rustfmt::skip]
    const BRIGHTNESS: [u8; 162] = [
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
        0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
        0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28,
        0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
        0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
        0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
        0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
        0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5,
        0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
        0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
        0xF9, 0xFA,
    ];
    #[rustfmt::skip]
    const COLOUR: [u8; 162] = [
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
        0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
        0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26,
        0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
        0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
        0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
        0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
        0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
        0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
        0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
        0xF9, 0xFA,
    ];
    let tables: [(u8, [u8; 16], &[u8]); 4] = [
        (0x00, DC_BRIGHTNESS, &DC),
        (0x10, AC_BRIGHTNESS, &BRIGHTNESS),
        (0x01, DC_COLOUR, &DC),
        (0x11, AC_COLOUR, &COLOUR),
    ];
    let mut body = Vec::new();
    for (id, counts, values) in tables {
        body.push(id);
        body.extend(counts);
        body.extend(values);
    }
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    let mut segment = vec![0xFF, DHT];
    segment.extend(length.to_be_bytes());
    segment.extend(body);
    segment
}
