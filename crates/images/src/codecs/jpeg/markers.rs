//! What the decoder does not tell of the segments before the image.

/// What the segments before the first scan say.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// The transform of Adobe's segment: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe: Option<u8>,
    /// Whether there is a JFIF segment.
    pub(super) jfif: bool,
    /// Components of the first scan.
    pub(super) scanned: u8,
}

/// Reads them.
pub(super) fn segments(file: &[u8]) -> Segments {
    const SOS: u8 = 0xDA;
    const APP0: u8 = 0xE0;
    const APP14: u8 = 0xEE;
    let mut found = Segments::default();
    let mut rest = file.get(2..).unwrap_or_default();
    // Segments may be preceded by any number of fill bytes.
    while let Some(at) = rest.iter().position(|byte| *byte != 0xFF) {
        let [marker, high, low, ..] = rest[at..] else { break };
        if at == 0 {
            break;
        }
        let end = at + 1 + usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = rest.get(at + 3..end) else { break };
        match (marker, body) {
            (APP0, [b'J', b'F', b'I', b'F', 0, ..]) => found.jfif = true,
            (APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                found.adobe = Some(*transform);
            }
            (SOS, [components, ..]) => {
                found.scanned = *components;
                break;
            }
            _ => {}
        }
        rest = &rest[end..];
    }
    found
}
