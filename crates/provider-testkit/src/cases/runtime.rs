//! The library's runtime: calls must not block its threads.

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

/// More concurrent calls than a library's runtime has threads, which is at most eight.
const AT_ONCE: usize = 10;
/// Much longer than the delay of a short call on a busy machine.
const LONG: Duration = Duration::from_millis(120);

type Method = for<'a> fn(&'a CaseContext, &'a RecordedHandle, usize) -> BoxFuture<'a, ()>;

/// Each method with its name, in a call that does some work. Other cases check the results.
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
            // No provider has this extension. The lookup must not block either.
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
    // A second, idle provider of the same library. Its `shutdown` returns as soon as a thread is free.
    let idle = match context.open(context.target.options()).await {
        Ok(idle) => idle,
        Err(error) => return skip(format!("no second provider could be made: {}", describe(&error))),
    };
    for (name, method) in METHODS {
        let mut shortest = Duration::MAX;
        for _ in 0..3 {
            // A busy machine causes delays without any calls. They are measured here and subtracted below.
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

/// The result of work that may know for how long it blocked its caller.
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

/// The longest time for which a trivial call waited for the library's runtime while `work` ran, or for which `work`
/// blocked its caller.
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

/// The duration of the longest poll of `call`, during which the caller's thread is blocked.
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
