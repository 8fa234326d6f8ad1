//! Tests with libraries that are really built, opened and mapped, and with files that only look like libraries.

#![expect(clippy::unwrap_used, reason = "a test may panic where it cannot go on, in its helpers too")]

mod build;
mod hostile;
mod image;
mod locate;
mod manifest;
mod trust;

/// An error with its hint, as a host prints them.
fn printed(error: &(dyn std::error::Error + 'static)) -> String {
    let hint = longshore_plugin_host::hint_of(error).map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    format!("{error}{hint}")
}
