//! The signature that proves the origin and the time of a message to the receiver.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=<seconds since 1970>,v1=<HMAC-SHA256 in hex>`. The code covers the time, a dot and the body. A receiver that
/// compares the time with its clock detects replayed messages.
pub(super) fn sign(secret: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let mut text = format!("t={time},v1=");
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '5.Hi There' | openssl dgst -sha256 -hmac key`
    #[test]
    fn the_code_is_over_time_dot_and_body() {
        let expected = "t=5,v1=60d12d68990f5f2f3ed1a1d561486595133c518f9fe48321e79e6f6e6289a25c";
        assert_eq!(sign("key", 5, b"Hi There"), expected);
    }
}
