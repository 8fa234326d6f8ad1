//! API tokens: how they are generated, and how the database identifies them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The prefix of every token, by which scanners for leaked secrets recognize tokens.
const PREFIX: &str = "lst_";
/// The number of random bytes.
const BYTES: usize = 32;

/// Generates a new random token.
pub fn fresh() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The hash that the database stores: SHA-256 in hexadecimal digits. Tokens are too random to guess, so that a slow
/// password hash is not necessary.
pub fn hash(token: &str) -> String {
    let digits = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    digits.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (fresh(), fresh());
        assert_ne!(one, other);
        assert_eq!(one.len(), PREFIX.len() + 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')), "{one}");
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_whole_token() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
