//! Tests with libraries that are really built, opened and mapped, and with files that only look like libraries.

#![expect(clippy::unwrap_used, reason = "a test may panic where it cannot go on, in its helpers too")]

mod build;
mod hostile;
mod image;
mod locate;
mod manifest;
mod trust;
