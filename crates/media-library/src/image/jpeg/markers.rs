//! What the decoder does not tell of the segments before the image.

/// The transform of Adobe's segment (0 none, 1 YCbCr, 2 YCCK), and whether there is a JFIF segment.
pub(super) fn adobe_and_jfif(file: &[u8]) -> (Option<u8>, bool) {
    const SOS: u8 = 0xDA;
    const APP0: u8 = 0xE0;
    const APP14: u8 = 0xEE;
    let (mut adobe, mut jfif) = (None, false);
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        // Segments may be preceded by any number of fill bytes.
        let Some(at) = rest.iter().position(|byte| *byte != 0xFF) else { break };
        let [marker, high, low, ..] = rest[at..] else { break };
        if at == 0 || marker == SOS {
            break;
        }
        let end = at + 1 + usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = rest.get(at + 3..end) else { break };
        match (marker, body) {
            (APP0, [b'J', b'F', b'I', b'F', 0, ..]) => jfif = true,
            (APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => adobe = Some(*transform),
            _ => {}
        }
        rest = &rest[end..];
    }
    (adobe, jfif)
}
