//! The library's runtime: nobody waits on its threads.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    time::{Duration, Instant},
};

use longshore_provider::{
    Body, Call, ListRequest, SignOptions,
    futures::future::{BoxFuture, Either, join_all, select},
    serde_json::Value,
};
use tokio::time::sleep;

use crate::{
    case::{Case, Need::Process},
    content::content,
    context::{CaseContext, RecordedHandle},
    outcome::{Check, Finding, describe, skip},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "runtime.blocked",
    description: "no method blocks the thread that it runs on",
    rule: "a method waits with `await`: while it blocks its thread, all other calls on that thread wait with it",
    remedy: "use the async form of what you call, or `longshore_provider::tokio::task::spawn_blocking`",
    needs: &[Process],
    slow: true,
    check: |context| Box::pin(blocked(context)),
}];

/// More calls than a library's runtime has threads: eight at most.
const AT_ONCE: usize = 10;
/// Far more than what a busy machine makes of a moment.
const LONG: Duration = Duration::from_millis(120);

type Method = for<'a> fn(&'a CaseContext, &'a RecordedHandle, usize) -> BoxFuture<'a, ()>;

/// Each method by its name, called so that it has something to do. Other cases check what it returns.
const METHODS: [(&str, Method); 11] = [
    ("upload", |context, handle, number| Box::pin(upload(context, handle, number, 1000))),
    // Large enough to run on the library's threads from the start.
    ("upload", |context, handle, number| Box::pin(upload(context, handle, number, 150_000))),
    ("replace", |context, handle, number| {
        Box::pin(async move {
            let call = context.call().await.unwrap_or_default();
            let file = context.at(&name(number));
            let _ = handle.replace(&file, &file, Body::from(content(context.seed, 1000)), &call).await;
        })
    }),
    ("open", |context, handle, number| {
        Box::pin(async move {
            if let Ok(opened) = handle.open(&context.at(&name(number)), None, &Call::new()).await {
                let _ = opened.body.into_bytes(usize::MAX).await;
            }
        })
    }),
    ("head", |context, handle, number| {
        Box::pin(async move { drop(handle.head(&context.at(&name(number)), &Call::new()).await) })
    }),
    ("list", |context, handle, _| {
        Box::pin(async move { drop(handle.list(&ListRequest::prefix(context.prefix()), &Call::new()).await) })
    }),
    ("get_signed_url", |context, handle, number| {
        Box::pin(async move { drop(handle.get_signed_url(&context.at(&name(number)), &SignOptions::default()).await) })
    }),
    ("url", |context, handle, number| Box::pin(async move { drop(handle.url(&context.at(&name(number))).await) })),
    ("extension", |_, handle, _| {
        Box::pin(async move {
            // One that nobody has: what a provider does to find that out must not block either.
            drop(handle.extension("longshore.validate/unknown", Value::Null, None, &Call::new()).await);
        })
    }),
    ("health", |_, handle, _| Box::pin(async move { drop(handle.health(&Call::new()).await) })),
    ("delete", |context, handle, number| {
        Box::pin(async move { drop(handle.delete(&context.at(&name(number)), &Call::new()).await) })
    }),
];

fn name(number: usize) -> String {
    format!("blocked-{number}.bin")
}

async fn upload(context: &CaseContext, handle: &RecordedHandle, number: usize, size: usize) {
    let call = context.call().await.unwrap_or_default();
    let body = Body::from(content(context.seed, size));
    let _ = handle.upload(&context.at(&name(number)), body, &call).await;
}

async fn blocked(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    // Another provider of the library, which has nothing to do: its `shutdown` returns as soon as a thread is free.
    let idle = match context.open(context.target.options()).await {
        Ok(idle) => idle,
        Err(error) => return skip(format!("no second provider could be made: {}", describe(&error))),
    };
    for (name, method) in METHODS {
        let mut shortest = Duration::MAX;
        for _ in 0..3 {
            // A machine that is busy makes this late as well.
            let alone = lateness(&idle, sleep(LONG)).await;
            let calls = join_all((0..AT_ONCE).map(|number| timed(method(context, handle, number))));
            let late = lateness(&idle, calls).await.saturating_sub(alone * 3);
            shortest = shortest.min(late);
            if shortest < LONG {
                break;
            }
        }
        if shortest >= LONG {
            context.warn(
                Finding::new(format!("`{name}` blocks the thread that it runs on")).expected(
                    "threads that are free for other calls while it waits",
                    format!("none for {shortest:.1?}"),
                ),
            );
        }
    }
    Ok(())
}

/// What can say for how long it was in somebody's way.
trait Late {
    fn late(self) -> Duration;
}

impl Late for () {
    fn late(self) -> Duration {
        Duration::ZERO
    }
}

impl Late for Vec<Duration> {
    fn late(self) -> Duration {
        self.into_iter().max().unwrap_or_default()
    }
}

/// How long the library's runtime let a trifle wait while `work` was done, or the work itself held up its caller.
async fn lateness(idle: &RecordedHandle, work: impl Future<Output: Late>) -> Duration {
    let mut work = pin!(work);
    let mut latest = Duration::ZERO;
    loop {
        let trifle = async {
            sleep(Duration::from_millis(2)).await;
            let began = Instant::now();
            let _ = idle.shutdown(Duration::from_secs(20)).await;
            began.elapsed()
        };
        match select(work.as_mut(), pin!(trifle)).await {
            Either::Left((done, trifle)) => {
                return latest.max(trifle.await).max(done.late());
            }
            Either::Right((late, _)) => latest = latest.max(late),
        }
    }
}

/// The longest time for which `call` did not let go of the thread of its caller.
async fn timed(call: impl Future<Output = ()>) -> Duration {
    let mut call = pin!(call);
    let mut longest = Duration::ZERO;
    poll_fn(|context| {
        let began = Instant::now();
        let polled = call.as_mut().poll(context);
        longest = longest.max(began.elapsed());
        polled
    })
    .await;
    longest
}
