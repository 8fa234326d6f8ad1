//! How often a provider was called, and how that went.

use std::sync::atomic::{AtomicU64, Ordering};

use longshore_provider::{ErrorKind, Result};

macro_rules! methods {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// The calls that are counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method { $(#[doc = $doc] $variant,)* }

        impl Method {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, as a provider's trait has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

methods! {
    Upload "upload" "A file was stored.";
    Replace "replace" "A file was stored in place of another.";
    Delete "delete" "A file was removed.";
    Open "open" "A file was read.";
    Head "head" "A file was asked about.";
    Health "health" "The service was asked whether it would accept calls.";
    List "list" "A page of files was listed.";
    Sign "get_signed_urls" "URLs were made, any number of them at once.";
}

/// A counter for each method and outcome. Counting takes one relaxed addition.
pub(super) struct Tally([[AtomicU64; OUTCOMES]; Method::ALL.len()]);

/// Success, and each kind of error at its place in the list of all.
const OUTCOMES: usize = ErrorKind::ALL.len() + 1;

impl Tally {
    pub(super) fn new() -> Self {
        Self([const { [const { AtomicU64::new(0) }; OUTCOMES] }; Method::ALL.len()])
    }

    /// Counts a call that has ended so.
    pub(super) fn count<T>(&self, method: Method, result: Result<T>) -> Result<T> {
        let outcome = result.as_ref().err().map_or(0, |error| {
            1 + ErrorKind::ALL.iter().position(|kind| *kind == error.kind()).unwrap_or(OUTCOMES - 2)
        });
        self.0[method as usize][outcome].fetch_add(1, Ordering::Relaxed);
        result
    }

    /// What has happened at least once, with how often it has.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Method, Option<ErrorKind>, u64)> {
        Method::ALL.iter().zip(&self.0).flat_map(|(method, outcomes)| {
            let kinds = std::iter::once(None).chain(ErrorKind::ALL.into_iter().map(Some));
            let counts = outcomes.iter().map(|count| count.load(Ordering::Relaxed));
            kinds.zip(counts).filter(|(_, count)| *count > 0).map(|(kind, count)| (*method, kind, count))
        })
    }
}

#[cfg(test)]
mod tests {
    use longshore_provider::Error;

    use super::*;

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let tally = Tally::new();
        for _ in 0..2 {
            tally.count(Method::Upload, Ok(5)).unwrap();
        }
        tally.count(Method::Sign, Err::<(), _>(Error::new(ErrorKind::Internal, "x"))).unwrap_err();
        tally.count(Method::Sign, Err::<(), _>(Error::new(ErrorKind::NotFound, "x"))).unwrap_err();
        let expected = [
            (Method::Upload, None, 2),
            (Method::Sign, Some(ErrorKind::NotFound), 1),
            (Method::Sign, Some(ErrorKind::Internal), 1),
        ];
        assert_eq!(tally.counts().collect::<Vec<_>>(), expected);
    }
}
