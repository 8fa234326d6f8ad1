//! The W3C trace parent of a call, handed on with its requests to the service.

use std::{future::Future, pin::Pin};

use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents},
    error::BoxError,
};
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use longshore_provider::{tokio, tracing::Instrument};

tokio::task_local! {
    /// The trace parent of the call that this task works for.
    static PARENT: Option<String>;
}

/// Does the work of a call: `$work` is awaited, and what it sends carries the call's trace parent if it has one.
macro_rules! traced {
    ($call:expr, $work:expr) => {
        match &$call.trace_parent {
            None => $work.await,
            Some(parent) => $crate::trace::within(parent.clone(), $work).await,
        }
    };
}

pub(crate) use traced;

/// What `work` sends carries `parent`. Boxed: such a future may have many kilobytes, and most calls have no parent.
pub(crate) fn within<'a, T: 'a>(
    parent: String,
    work: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(PARENT.scope(Some(parent), work))
}

/// The trace parent of the call that this task works for.
pub(crate) fn parent() -> Option<String> {
    PARENT.try_with(Clone::clone).ok().flatten()
}

/// `work` for a task of its own: it belongs to the call that starts it.
pub(crate) fn kept<T>(work: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    PARENT.scope(parent(), work).in_current_span()
}

/// Adds the header, after the request was signed: proxies on the way may put a parent of their own there.
#[derive(Debug)]
pub(crate) struct TraceParent;

impl Intercept for TraceParent {
    fn name(&self) -> &'static str {
        "TraceParent"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(parent) = parent() {
            context.request_mut().headers_mut().try_insert("traceparent", parent)?;
        }
        Ok(())
    }
}
