//! The W3C trace parent of a request, kept with the span of the request: every call of a provider that is made within
//! carries it, on to the service.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;
use tracing_subscriber::{Registry, registry::LookupSpan};

/// Whether there has ever been one: nobody else pays for the look.
static KEPT: AtomicBool = AtomicBool::new(false);

struct TraceParent(String);

/// Keeps `parent` with `span`, and says whether it did: it must be a valid `traceparent` of version 00, and the host's
/// subscriber must be made of a [`Registry`] that lets the span through.
pub fn keep(span: &Span, parent: &str) -> bool {
    if !is_valid(parent) {
        return false;
    }
    let kept = span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.extensions_mut().replace(TraceParent(parent.to_owned()));
        Some(())
    });
    let kept = kept.flatten().is_some();
    if kept {
        KEPT.store(true, Ordering::Relaxed);
    }
    kept
}

/// The trace parent of the span that this code is in, or of the nearest one around it.
pub(crate) fn current() -> Option<String> {
    if !KEPT.load(Ordering::Relaxed) {
        return None;
    }
    let found = Span::current().with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.scope().find_map(|span| span.extensions().get::<TraceParent>().map(|parent| parent.0.clone()))
    });
    found.flatten()
}

/// `00-<32 hexadecimal digits>-<16>-<2>` in lower case, the first two not all zero.
fn is_valid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts[..] else { return false };
    let is_hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    version == "00"
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && !is_zero(trace)
        && !is_zero(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn only_valid_parents_are_taken() {
        assert!(is_valid(PARENT));
        let trace_of_zeros = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        for text in ["", "00", &PARENT[1..], &PARENT.to_uppercase(), &format!("{PARENT}-x"), trace_of_zeros] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn a_parent_is_found_from_the_spans_within() {
        tracing::subscriber::with_default(tracing_subscriber::registry(), || {
            let request = tracing::error_span!("request");
            assert!(!keep(&request, "no parent"));
            assert!(keep(&request, PARENT));
            let within = request.in_scope(|| tracing::error_span!("within"));
            assert_eq!(within.in_scope(current).as_deref(), Some(PARENT));
            assert_eq!(current(), None);
        });
    }
}
