//! The request id: the id from the client or a proxy if it is valid, or else a new id.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header with the id, in requests and responses.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest accepted id, in bytes.
const LONGEST: usize = 128;

/// The id of the request with these headers.
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    headers.get(HEADER).filter(|value| is_sane(value)).cloned().unwrap_or_else(fresh)
}

/// Ids appear in logs and headers. Only letters, digits, and the punctuation of UUIDs, base64 and trace ids are valid.
fn is_sane(value: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    !value.is_empty() && value.len() <= LONGEST && value.as_bytes().iter().all(plain)
}

fn fresh() -> HeaderValue {
    let high = getrandom::u64().expect("the system has random bytes");
    let low = getrandom::u32().expect("the system has random bytes");
    HeaderValue::try_from(format!("{high:016x}{low:08x}")).expect("hexadecimal digits may stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_header(value: &[u8]) -> HeaderValue {
        of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_bytes(value).unwrap())]))
    }

    #[test]
    fn a_sane_id_is_taken_over() {
        assert_eq!(of_header(b"7f3a-B_c.d:e/f+g="), "7f3a-B_c.d:e/f+g=");
    }

    #[test]
    fn any_other_is_replaced() {
        for id in [&b""[..], b"a b", b"\"x\"", b"\xff", &[b'x'; 129]] {
            let made = of_header(id);
            assert_eq!(made.len(), 24, "{made:?}");
        }
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
