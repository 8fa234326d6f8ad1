//! The rules for the name of a provider.

/// Whether `name` is a valid provider name: `[a-z0-9][a-z0-9._-]{0,63}`, without `..`. A valid name is also one safe
/// segment of a path.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&name.len())
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || b"._-".contains(&byte))
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_safe_segment_of_a_path() {
        for name in ["memory", "aws-s3", "0", "a.b_c-d", &"x".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "a..b", "-a", ".a", "A", "a/b", "a b", "a\0", "ä", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
