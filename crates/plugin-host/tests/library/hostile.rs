//! A malicious file causes an error, never a panic.

use longshore_plugin_host::library::manifest;
use proptest::prelude::*;

use crate::build::good;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Header bytes are changed most often, because they determine offsets and counts.
    #[test]
    fn changed_bytes_of_a_library_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = good().to_vec();
        let table = usize::try_from(u64::from_ne_bytes(bytes[40..48].try_into().unwrap())).unwrap();
        for (at, part, value) in changes {
            let at = match part {
                0 => at.index(64),
                1 => 64 + at.index(56 * 12),
                2 => table + at.index(bytes.len() - table),
                _ => at.index(bytes.len()),
            };
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // Every result is acceptable, and an error's message must fit on a screen.
        if let Err(error) = manifest::read(&bytes) {
            prop_assert!(error.to_string().lines().count() < 10);
        }
    }

    #[test]
    fn any_bytes_after_the_magic_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut bytes = good()[..20].to_vec();
        bytes.extend(tail);
        prop_assert!(manifest::read(&bytes).is_err());
    }
}

#[test]
fn sizes_that_overflow_are_errors() {
    let table = usize::try_from(u64::from_ne_bytes(good()[40..48].try_into().unwrap())).unwrap();
    // Each section header has 64 bytes, with the offset at byte 24 and the size at byte 32.
    for field in (table..good().len() - 64).step_by(64).flat_map(|header| [header + 24, header + 32]) {
        let mut bytes = good().to_vec();
        bytes[field..field + 8].fill(0xff);
        drop(manifest::read(&bytes));
    }
    for field in [32, 40] {
        let mut bytes = good().to_vec();
        bytes[field..field + 8].fill(0xff);
        assert!(manifest::read(&bytes).is_err());
    }
}
