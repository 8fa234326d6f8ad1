//! The host's span of a call of a provider.

use tracing::Span;

/// A span for a call of `method`, which contains the records that the provider logs during the call. Its level is
/// error: a filter that enables only errors must still enable the span.
pub(super) fn call_span(provider: &str, method: &'static str) -> Span {
    tracing::error_span!("provider_call", provider, method)
}
