//! The authors' guide (`docs/`), as far as it is code: each block of Rust in it is a test of this crate's documentation,
//! and the providers that it shows whole are here to be run.

#![forbid(unsafe_code)]

/// The provider of the chapter "Write a provider".
#[expect(missing_docs, clippy::pedantic, reason = "it is the text of a chapter")]
pub mod shelf {
    include!(concat!(env!("OUT_DIR"), "/shelf.rs"));
}

/// The chapters.
#[cfg(doctest)]
mod chapters {
    #[doc = include_str!("../../../docs/introduction.md")]
    mod introduction {}
    #[doc = include_str!("../../../docs/provider/write.md")]
    mod write {}
    #[doc = include_str!("../../../docs/provider/private.md")]
    mod private {}
    #[doc = include_str!("../../../docs/provider/overlay.md")]
    mod overlay {}
    #[doc = include_str!("../../../docs/provider/options.md")]
    mod options {}
    #[doc = include_str!("../../../docs/provider/errors.md")]
    mod errors {}
    #[doc = include_str!("../../../docs/provider/logging.md")]
    mod logging {}
    #[doc = include_str!("../../../docs/provider/test.md")]
    mod test {}
    #[doc = include_str!("../../../docs/provider/ship.md")]
    mod ship {}
    #[doc = include_str!("../../../docs/provider/versions.md")]
    mod versions {}
    #[doc = include_str!("../../../docs/provider/port.md")]
    mod port {}
    #[doc = include_str!("../../../docs/provider/side-by-side.md")]
    mod side_by_side {}
    #[doc = include_str!("../../../docs/provider/services.md")]
    mod services {}
}
