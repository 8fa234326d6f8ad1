//! Human-readable sizes.

/// Formats a size in decimal units, rounded to a whole number: 1500 is `2 KB`.
pub(super) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["Bytes", "KB", "MB", "GB", "TB", "PB"];
    let mut unit = 0;
    let mut size = 1;
    while unit + 1 < UNITS.len() && bytes / size >= 1000 {
        unit += 1;
        size *= 1000;
    }
    // Round half up.
    let rounded = bytes / size + u64::from(bytes % size >= size.div_ceil(2) && size > 1);
    format!("{rounded} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_to_whole_thousands() {
        for (bytes, shown) in [
            (0, "0 Bytes"),
            (1, "1 Bytes"),
            (999, "999 Bytes"),
            (1000, "1 KB"),
            (1499, "1 KB"),
            (1500, "2 KB"),
            (999_999, "1000 KB"),
            (1_000_000, "1 MB"),
            (1_000_000_000, "1 GB"),
            (1_500_000_000, "2 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(human(bytes), shown);
        }
    }
}
