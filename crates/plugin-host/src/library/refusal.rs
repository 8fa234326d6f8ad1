//! The error of the system's loader for a library.

use std::error::Error as _;

use thiserror::Error;

use crate::hint::Hint;

/// Why the system's loader refuses a library: the loader's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the system's loader says: {reason}")]
pub struct LoaderRefusal {
    /// The loader's message, without the path of the copy.
    pub reason: String,
}

impl LoaderRefusal {
    /// Advice for the user.
    pub fn hint(&self) -> Option<Hint> {
        Some(advice(&self.reason).into())
    }

    pub(super) fn of(error: &libloading::Error) -> Self {
        Self::said(&error.source().map_or_else(|| error.to_string(), ToString::to_string))
    }

    fn said(text: &str) -> Self {
        // In `/proc/1/fd/9: undefined symbol: x` the path is the host's own copy, which means nothing to the user.
        let copy = |path: &str| path.starts_with("/proc/") || path.contains("/longshore-");
        let reason = match text.split_once(": ") {
            Some((path, rest)) if copy(path) => rest,
            _ => text,
        };
        let reason = reason.split(" (required by /").next().unwrap_or(reason);
        Self { reason: reason.to_owned() }
    }
}

fn advice(reason: &str) -> String {
    if let Some((_, symbol)) = reason.split_once("undefined symbol: ") {
        let symbol = symbol.split([',', ' ']).next().unwrap_or(symbol);
        return format!(
            "it calls `{symbol}`, which none of the libraries that it names has: link the one that does (in a `build.rs`: \
             `cargo::rustc-link-lib=…`), and build it again"
        );
    }
    if let Some((library, _)) = reason.split_once(": cannot open shared object file") {
        if library.starts_with("libstd-") {
            return "it is of the type `dylib`, which needs the compiler's own libraries: a provider's Cargo.toml says \
                    `crate-type = [\"cdylib\"]` under `[lib]`"
                .to_owned();
        }
        return format!("install what has `{library}` on this machine, or link it statically into the provider");
    }
    if reason.contains("static TLS") {
        return "the provider's global allocator, or C code in it, takes thread-local memory that is there for a few \
                libraries only: build mimalloc with `local_dynamic_tls`, jemalloc with `disable_initial_exec_tls`, C with \
                `-ftls-model=global-dynamic`"
            .to_owned();
    }
    if reason.contains("GLIBC") && reason.contains("not found") {
        return "it was built on a newer system than this one: build it on the oldest system that it is to run on, such as \
                in a container of that system"
            .to_owned();
    }
    "build it again on this machine; `ldd` shows what it needs".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let refusal = LoaderRefusal::said(text);
        format!("{refusal}\nhint: {}", refusal.hint().unwrap())
    }

    #[test]
    fn a_missing_symbol_is_named() {
        let text = told("/proc/1/fd/9: undefined symbol: sodium_init, version X");
        assert!(
            text.starts_with("the system's loader says: undefined symbol: sodium_init, version X\nhint: "),
            "{text}"
        );
        assert!(text.contains("it calls `sodium_init`"), "{text}");
    }

    #[test]
    fn a_missing_library_is_named() {
        let text = told("libsodium.so.23: cannot open shared object file: No such file or directory");
        assert!(text.contains("install what has `libsodium.so.23`"), "{text}");
    }

    #[test]
    fn a_library_of_another_type_is_told_from_the_rest() {
        let text = told("libstd-0123456789abcdef.so: cannot open shared object file: No such file or directory");
        assert!(text.contains("it is of the type `dylib`"), "{text}");
    }

    #[test]
    fn an_allocator_that_cannot_be_loaded_is_told_from_the_rest() {
        let text = told("/proc/1/fd/9: cannot allocate memory in static TLS block");
        assert!(text.contains("mimalloc with `local_dynamic_tls`"), "{text}");
    }

    #[test]
    fn a_system_that_is_too_old_is_named() {
        let text = told("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.99' not found (required by /proc/1/fd/9)");
        assert!(text.contains("libc.so.6: version `GLIBC_2.99' not found\nhint: it was built on a newer"), "{text}");
    }
}
