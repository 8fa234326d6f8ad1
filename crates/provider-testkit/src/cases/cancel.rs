//! Whoever calls may lose interest at any await point.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use longshore_provider::{Bytes, Call, File};
use tokio::time::sleep;

use crate::{
    bench::{Bench, Presence, stored},
    body,
    case::{
        Case,
        Need::{Look, ReadBack},
    },
    content::{content, difference},
    outcome::{Check, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "cancel.upload.every-await",
        description: "an upload that is dropped at any of its awaits leaves nothing",
        rule: "an upload that does not return `Ok` leaves nothing behind, also when its future is dropped",
        remedy: "put what undoes it (abort the parts, remove the temporary file) into a `Cleanup`, before you begin",
        needs: &[Look],
        slow: false,
        check: |bench| Box::pin(upload(bench)),
    },
    Case {
        id: "cancel.replace.every-await",
        description: "a replacement that is dropped at any of its awaits leaves the old file or the new one, whole",
        rule: "unless `old` is replaced whole, it is still there",
        remedy: "touch `old` only after `new` is stored",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(replace(bench)),
    },
    Case {
        id: "cancel.calls",
        description: "calls that are dropped after a few polls harm no later ones",
        rule: "whoever calls may lose interest at any await point",
        remedy: "hold no lock and no half-changed state across an `await` that a drop would leave behind",
        needs: &[Look],
        slow: false,
        check: |bench| Box::pin(calls(bench)),
    },
];

/// Chunks of the body that is cancelled: it is dropped while it waits for each of them.
const CHUNKS: usize = 6;
const CHUNK: usize = 700;

async fn upload(bench: &Bench) -> Check {
    let bytes = content(bench.seed, CHUNK * CHUNKS);
    for count in 0..CHUNKS {
        let file = bench.at(&format!("cancelled-{count}.txt"));
        let call = bench.call().await?;
        let asked = Arc::new(AtomicUsize::new(0));
        let body = body::stalling(&bytes, CHUNK, count, Arc::clone(&asked));
        until_asked(bench.provider().await?.upload(&file, body, &call), &asked, count + 1).await;
        bench.expect_absent(&file, &format!("its upload was dropped after {count} of {CHUNKS} chunks")).await?;
    }
    for polls in 0..24 {
        let file = bench.at(&format!("polled-{polls}.txt"));
        let call = bench.call().await?;
        let body = body::chunked(&bytes, CHUNK, true);
        if after_polls(bench.provider().await?.upload(&file, body, &call), polls).await {
            settles(bench, &file, None, &bytes).await?;
        }
    }
    bench.expect_works("uploads that were dropped").await
}

async fn replace(bench: &Bench) -> Check {
    let (before, after) = (content(bench.seed, 5000), content(bench.seed + 1, CHUNK * CHUNKS));
    let old = bench.put("old.txt", before.clone()).await?;
    for count in 0..CHUNKS {
        let call = bench.call().await?;
        let asked = Arc::new(AtomicUsize::new(0));
        let body = body::stalling(&after, CHUNK, count, Arc::clone(&asked));
        let call = bench.provider().await?.replace(&old.file, &old.file, body, &call);
        until_asked(call, &asked, count + 1).await;
        // A clean-up may run beside it.
        sleep(Duration::from_millis(5)).await;
        bench.expect_content(&old, &before).await?;
    }
    for polls in 0..16 {
        let call = bench.call().await?;
        let body = body::chunked(&after, CHUNK, true);
        after_polls(bench.provider().await?.replace(&old.file, &old.file, body, &call), polls).await;
        settles(bench, &old.file, Some(&before), &after).await?;
        bench.put("old.txt", before.clone()).await?;
    }
    Ok(())
}

async fn calls(bench: &Bench) -> Check {
    let bytes = content(bench.seed, 2000);
    let kept = bench.put("kept.txt", bytes.clone()).await?;
    let handle = bench.provider().await?;
    let call = Call::new();
    for polls in 0..8 {
        after_polls(handle.open(&kept.file, None, &call), polls).await;
        after_polls(handle.head(&kept.file, &call), polls).await;
        after_polls(handle.health(&call), polls).await;
        after_polls(handle.delete(&bench.at("never.txt"), &call), polls).await;
    }
    bench.expect_there(&kept.file, "calls that only read it were dropped").await?;
    bench.expect_works("calls that were dropped").await
}

/// Drives `call` until its body was asked for a chunk `times` times, or it ended; then drops it.
async fn until_asked<T>(call: impl Future<Output = T>, asked: &AtomicUsize, times: usize) {
    let patience = Instant::now() + Duration::from_secs(10);
    let asked = async {
        while asked.load(Ordering::SeqCst) < times && Instant::now() < patience {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = call => {}
        () = asked => {}
    }
}

/// Polls `call` a few times, with a moment between the polls that grows with their number; then drops it. Whether it
/// was dropped before its end.
async fn after_polls<T>(call: impl Future<Output = T>, polls: u32) -> bool {
    let mut call = pin!(call);
    for number in 0..polls {
        let polled = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
        if polled {
            return false;
        }
        if number % 4 == 3 {
            sleep(Duration::from_micros(200)).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
    true
}

/// Fails unless `file` comes to be `before` (absent, if `None`) or `after`, and stays so.
async fn settles(bench: &Bench, file: &File, before: Option<&Bytes>, after: &Bytes) -> Check {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let found = content_of(bench, file).await?;
        let fits = match &found {
            None => before.is_none(),
            Some(bytes) => bytes == after || before == Some(bytes),
        };
        if fits {
            return Ok(());
        }
        if Instant::now() > deadline {
            let expected = if before.is_some() { "the old file or the new one" } else { "nothing, or the whole file" };
            let found = found.map_or("nothing".to_owned(), |bytes| difference(after, &bytes));
            return fail_with("a call that was dropped left something half done", expected, found);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The bytes of a file that may be missing; all of `after` where nobody can read it and it is there.
async fn content_of(bench: &Bench, file: &File) -> Check<Option<Bytes>> {
    if bench.presence(file).await? == Presence::Absent {
        return Ok(None);
    }
    let handle = bench.provider().await?;
    if !bench.has_open().await? {
        let key = file.key.clone().or_else(|| file.relative_key.clone()).unwrap_or_default();
        let url = handle.url(file).await.unwrap_or_default();
        let stored = stored(file, longshore_provider::Uploaded::new(key, url));
        return Ok(bench.try_read(&stored).await.ok().and_then(Result::ok));
    }
    match handle.open(file, None, &Call::new()).await {
        Ok(opened) => Ok(opened.body.into_bytes(usize::MAX).await.ok()),
        Err(_) => Ok(None),
    }
}
