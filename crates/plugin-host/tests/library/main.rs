//! Libraries that are really built, really opened and really mapped; and files that only pretend.

#![expect(clippy::unwrap_used, reason = "a test may panic where it cannot go on, in its helpers too")]

mod build;
mod hostile;
mod image;
mod locate;
mod note;
mod trust;
