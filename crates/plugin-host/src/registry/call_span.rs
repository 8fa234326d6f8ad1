//! The host's span of a call of a provider.

use tracing::Span;

/// A span for what belongs to a call of `method`: what the provider logs meanwhile is within. It is there for errors too,
/// so it is of their level.
pub(super) fn call_span(provider: &str, method: &'static str) -> Span {
    tracing::error_span!("provider_call", provider, method)
}
