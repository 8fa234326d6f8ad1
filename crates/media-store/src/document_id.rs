//! Ids that never repeat.

/// A permanent id: 24 letters and digits, the first of them a letter.
pub fn document_id() -> String {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut id = String::with_capacity(24);
    while id.len() < 24 {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).expect("the system has random bytes");
        for byte in random {
            let count = if id.is_empty() { 26 } else { DIGITS.len() };
            // Bytes above the last multiple are skipped: they would make some digits more likely than others.
            if id.len() < 24 && usize::from(byte) < 256 / count * count {
                id.push(char::from(DIGITS[usize::from(byte) % count]));
            }
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_ids_are_letters_and_digits_and_start_with_a_letter() {
        let ids: Vec<String> = std::iter::repeat_with(document_id).take(500).collect();
        for id in &ids {
            assert_eq!(id.len(), 24);
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
            assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
        }
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        let used: std::collections::HashSet<_> = ids.iter().flat_map(|id| id.bytes()).collect();
        assert_eq!(used.len(), 36);
    }
}
