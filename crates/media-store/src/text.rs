//! Comparing texts, ignoring case.

use std::borrow::Cow;

/// The text in lower case, letter by letter, with one form of sigma. The PostgreSQL function `longshore_fold` does the
/// same.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let lower = text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter });
    Cow::Owned(lower.collect())
}

/// The text without NUL: PostgreSQL cannot store the character, and SQLite's functions end at it.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_lose_their_case() {
        for (text, folded) in [
            ("Photo", "photo"),
            ("photo", "photo"),
            ("ÉCOLE", "école"),
            ("ПРИВЕТ", "привет"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("Straße", "straße"),
            ("写真", "写真"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn a_nul_is_replaced() {
        assert_eq!(storable("a\0b"), "a\u{fffd}b");
        assert!(matches!(storable("ab"), Cow::Borrowed("ab")));
    }
}
