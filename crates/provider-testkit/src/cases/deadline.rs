//! Deadlines.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use longshore_provider::{Body, Call, ErrorKind, ListRequest, Result};
use tokio::time::timeout;

use crate::{
    case::Case,
    content::content,
    context::CaseContext,
    outcome::{Check, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "deadline.kept",
    description: "calls with a deadline end by then",
    rule: "the library ends a call at its deadline: no method may keep it from doing so by blocking a thread",
    remedy: "await instead of blocking; what can only block belongs into `tokio::task::spawn_blocking`",
    needs: &[],
    slow: true,
    check: |context| Box::pin(kept(context)),
}];

const LIMIT: Duration = Duration::from_millis(200);
/// Tolerance for a busy machine.
const LATE: Duration = Duration::from_millis(1800);

async fn kept(context: &CaseContext) -> Check {
    let stored = context.put("deadline.txt", content(context.seed, 300)).await?;
    let handle = context.provider().await?;
    let call = Call::new().with_timeout(LIMIT);
    let upload = context.call().await?.with_timeout(LIMIT);
    in_time("head", handle.head(&stored.file, &call)).await?;
    in_time("open", handle.open(&stored.file, None, &call)).await?;
    in_time("health", handle.health(&call)).await?;
    in_time("list", handle.list(&ListRequest::prefix(context.prefix()), &call)).await?;
    let body = || Body::from(content(context.seed, 300));
    in_time("upload", handle.upload(&stored.file, body(), &upload)).await?;
    in_time("replace", handle.replace(&stored.file, &stored.file, body(), &upload)).await?;
    in_time("delete", handle.delete(&stored.file, &call)).await
}

/// Fails if `call` ends much later than its deadline, or with a timeout before the deadline. Other cases check the
/// other results.
async fn in_time<T>(what: &str, call: impl Future<Output = Result<T>>) -> Check {
    let started = Instant::now();
    let ended = timeout(Duration::from_secs(15), call).await;
    let took = started.elapsed();
    if took > LIMIT + LATE || ended.is_err() {
        return fail_with(format!("`{what}` ignores its deadline"), "an end within 200 ms", format!("{took:.1?}"));
    }
    match ended {
        Ok(Err(error)) if error.kind() == ErrorKind::Timeout && took < LIMIT => fail_with(
            format!("`{what}` times out before its deadline"),
            "200 ms",
            format!("{took:?}: {}", describe(&error)),
        ),
        _ => Ok(()),
    }
}
