//! The W3C trace parent of a request. It is stored in the task that works for the request, and not in the request's
//! span, which the log's filter may disable. Every call of a provider within the task passes it on to the service.

use std::sync::Arc;

use tokio::task_local;
use tracing::Instrument;

task_local! {
    static PARENT: Option<Arc<str>>;
}

/// Runs `work` for a request with that `traceparent`. An invalid value, or a version other than 00, counts as none.
pub fn within<F: Future>(parent: Option<&str>, work: F) -> impl Future<Output = F::Output> + use<F> {
    PARENT.scope(parent.filter(|parent| is_valid(parent)).map(Arc::from), work)
}

/// Runs `work` in another task for the current request, with its trace parent and within its span.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    PARENT.scope(kept(), work.in_current_span())
}

/// The trace parent of the current request.
pub(crate) fn current() -> Option<String> {
    kept().map(|parent| parent.to_string())
}

fn kept() -> Option<Arc<str>> {
    PARENT.try_with(Clone::clone).ok().flatten()
}

/// Checks the format `00-<32 hexadecimal digits>-<16>-<2>` in lower case, with the first two not all zero.
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

    const TRACED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn only_valid_parents_are_taken() {
        assert!(is_valid(TRACED));
        let trace_of_zeros = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        for text in ["", "00", &TRACED[1..], &TRACED.to_uppercase(), &format!("{TRACED}-x"), trace_of_zeros] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[tokio::test]
    async fn a_parent_is_that_of_its_request_and_of_the_tasks_that_work_for_it_without_any_span() {
        within(Some(TRACED), async {
            assert_eq!(current().as_deref(), Some(TRACED));
            let task = tokio::spawn(carried(async { current() }));
            assert_eq!(task.await.unwrap().as_deref(), Some(TRACED));
            assert_eq!(tokio::spawn(async { current() }).await.unwrap(), None);
            within(Some("no parent"), async { assert_eq!(current(), None) }).await;
        })
        .await;
        assert_eq!(current(), None);
    }
}
