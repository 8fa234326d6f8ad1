//! API tokens: how they are made, and by what the table knows them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What every token begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "lst_";
/// Its random bytes.
const BYTES: usize = 32;

/// A token that nobody has.
pub fn fresh() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// What the table keeps of a token: its SHA-256 in hexadecimal digits. A token is as random as its hash, so that
/// nothing slower is needed.
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
