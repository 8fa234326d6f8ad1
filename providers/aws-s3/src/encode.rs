//! Percent-encoding as signatures of version 4 want it.

/// What stays as it is: RFC 3986's unreserved characters.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Encodes a name or value of a query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    append(&mut out, text, false);
    out
}

/// Appends `text` encoded; a `/` stays if it `is_key`.
pub(crate) fn append(out: &mut String, text: &str, is_key: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_unreserved(byte) || (is_key && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Appends two digits for each byte.
pub(crate) fn append_hex(out: &mut String, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode("a b+c/é~%"), "a%20b%2Bc%2F%C3%A9~%25");
        let mut key = String::new();
        append(&mut key, "dir/ä b+c?#.txt", true);
        assert_eq!(key, "dir/%C3%A4%20b%2Bc%3F%23.txt");
    }
}
