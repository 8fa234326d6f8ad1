//! Callers may drop a call at any await point.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use longshore_provider::{Bytes, Call, File, ListRequest, SignOptions, futures::future::BoxFuture};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{
    body::{self, LARGE, SHAPES, Shape},
    case::{
        Case,
        Need::{Look, ReadBack},
    },
    content::{content, difference},
    context::{CaseContext, Presence, RecordedHandle, Stored, stored},
    drop_points::{DropPoints, dropped_at},
    outcome::{Check, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "cancel.upload.every-await",
        description: "an upload that is dropped at any of its awaits leaves nothing",
        rule: "an upload that does not return `Ok` leaves nothing behind, also when its future is dropped",
        remedy: "put what undoes it (abort the parts, remove the temporary file) into a `Cleanup`, before you begin",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(upload(context)),
    },
    Case {
        id: "cancel.replace.every-await",
        description: "a replacement that is dropped at any of its awaits leaves the old file or the new one, whole",
        rule: "unless `old` is replaced whole, it is still there",
        remedy: "touch `old` only after `new` is stored",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(replace(context)),
    },
    Case {
        id: "cancel.calls",
        description: "calls that are dropped at any of their awaits harm no later ones",
        rule: "a caller may drop a call at any await point",
        remedy: "hold no lock and no half-changed state across an `await` that a drop would leave behind",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(calls(context)),
    },
];

/// The time for repeatedly dropping one kind of call.
const PATIENCE: Duration = Duration::from_secs(4);
/// The pause between the chunks of a small body. It gives the call something to wait for.
const PAUSE: Duration = Duration::from_micros(300);

/// The numbers of chunks after which a body stalls and its call is dropped.
fn stalls(shape: Shape) -> Vec<usize> {
    let all = shape.chunks();
    if shape.is_large() { vec![0, all / 2, all * 4 / 5, all - 1] } else { (0..all).collect() }
}

fn flowing(shape: Shape, bytes: &Bytes) -> longshore_provider::Body {
    if shape.is_large() {
        return body::chunked(bytes, shape.chunk, shape.known);
    }
    shape.sent(body::slow(bytes, shape.chunk, PAUSE))
}

async fn upload(context: &CaseContext) -> Check {
    let all = content(context.seed, LARGE);
    for (number, shape) in SHAPES.into_iter().enumerate() {
        let bytes = all.slice(..shape.size);
        for count in stalls(shape) {
            let file = context.at(&format!("cancelled-{number}-{count}.txt"));
            let call = context.call().await?;
            let asked = Arc::new(AtomicUsize::new(0));
            let body = shape.sent(body::stalling(&bytes, shape.chunk, count, Arc::clone(&asked)));
            body::until_asked(context.provider().await?.upload(&file, body, &call), &asked, count + 1).await;
            let because =
                format!("its upload was dropped after {count} of {} chunks of {}", shape.chunks(), shape.what);
            context.expect_absent(&file, &because).await?;
        }
        let (mut points, mut tried) = (DropPoints::new(PATIENCE), 0);
        while let Some(point) = points.next() {
            tried += 1;
            let file = context.at(&format!("polled-{number}-{tried}.txt"));
            let call = context.call().await?;
            match dropped_at(context.provider().await?.upload(&file, flowing(shape, &bytes), &call), point).await {
                None => {
                    let because = format!("an upload of {}, dropped {point}", shape.what);
                    settles(context, &file, None, &bytes, &because).await?;
                }
                Some((Ok(_), took)) => points.came_to(Some(took)),
                Some((Err(error), _)) if shape.may_be_refused_as(error.kind()) => break,
                Some((Err(error), _)) => return fail_with("an upload fails", "no error", describe(&error)),
            }
        }
    }
    for (number, shape) in SHAPES.into_iter().enumerate() {
        upload_at_its_end(context, number, shape, &all.slice(..shape.size)).await?;
    }
    context.expect_works("uploads that were dropped").await
}

/// Drops an upload after the end of its body, at a later time in each step. A provider may then be assembling the parts
/// or renaming the file.
async fn upload_at_its_end(context: &CaseContext, number: usize, shape: Shape, bytes: &Bytes) -> Check {
    const STEPS: u32 = 10;
    let mut rest = None;
    for step in 0..=STEPS {
        let file = context.at(&format!("ended-{number}-{step}.txt"));
        let (call, end) = (context.call().await?, Arc::new(Notify::new()));
        let body = shape.sent(body::ending(bytes, shape.chunk, Arc::clone(&end)));
        let mut upload = Box::pin(context.provider().await?.upload(&file, body, &call));
        tokio::select! {
            ended = &mut upload => match ended {
                Err(error) if !shape.may_be_refused_as(error.kind()) => {
                    return fail_with("an upload fails", "no error", describe(&error));
                }
                // The upload does not read to the end of the body, or does nothing afterwards.
                _ => return Ok(()),
            },
            () = end.notified() => {}
        }
        let began = Instant::now();
        match rest {
            // The first upload completes, which measures the time from the end of the body.
            None => {
                let _ = upload.await;
                rest = Some(began.elapsed());
            }
            Some(rest) => {
                if timeout(rest * (step - 1) / STEPS, &mut upload).await.is_ok() {
                    continue;
                }
                drop(upload);
                let because =
                    format!("an upload of {}, dropped {:.1?} after its body's end", shape.what, began.elapsed());
                settles(context, &file, None, bytes, &because).await?;
            }
        }
    }
    Ok(())
}

async fn replace(context: &CaseContext) -> Check {
    let all = content(context.seed + 1, LARGE);
    let before = content(context.seed, 5001);
    let old = context.put("old.txt", before.clone()).await?;
    for (number, shape) in SHAPES.into_iter().enumerate() {
        let after = all.slice(..shape.size);
        for count in stalls(shape) {
            let call = context.call().await?;
            let asked = Arc::new(AtomicUsize::new(0));
            let body = shape.sent(body::stalling(&after, shape.chunk, count, Arc::clone(&asked)));
            let call = context.provider().await?.replace(&old.file, &old.file, body, &call);
            body::until_asked(call, &asked, count + 1).await;
            // A clean-up may continue after the call was dropped.
            sleep(Duration::from_millis(5)).await;
            context.expect_content(&old, &before).await?;
        }
        let (mut points, mut tried) = (DropPoints::new(PATIENCE), 0);
        while let Some(point) = points.next() {
            tried += 1;
            let old = context.put(&format!("old-{number}-{tried}.txt"), before.clone()).await?;
            let call = context.call().await?;
            let body = flowing(shape, &after);
            let ended = dropped_at(context.provider().await?.replace(&old.file, &old.file, body, &call), point).await;
            let because = format!("a replacement by {}, dropped {point}", shape.what);
            settles(context, &old.file, Some(&before), &after, &because).await?;
            points.came_to(ended.map(|(_, took)| took));
        }
    }
    Ok(())
}

type Method = for<'a> fn(&'a CaseContext, &'a RecordedHandle, &'a Stored) -> BoxFuture<'a, ()>;

/// Methods that change nothing. Other cases check their results.
const READING: [Method; 5] = [
    |_, handle, kept| {
        Box::pin(async move {
            let Ok(mut opened) = handle.open(&kept.file, None, &Call::new()).await else { return };
            // The body is dropped during the read, or after half of the file at the latest.
            let mut left = opened.meta.size / 2;
            while left > 0
                && let Some(Ok(chunk)) = opened.body.next().await
            {
                left = left.saturating_sub(chunk.len() as u64);
            }
        })
    },
    |_, handle, kept| Box::pin(async move { drop(handle.head(&kept.file, &Call::new()).await) }),
    |context, handle, _| {
        Box::pin(async move { drop(handle.list(&ListRequest::prefix(context.prefix()), &Call::new()).await) })
    },
    |_, handle, kept| Box::pin(async move { drop(handle.get_signed_url(&kept.file, &SignOptions::default()).await) }),
    |_, handle, _| Box::pin(async move { drop(handle.health(&Call::new()).await) }),
];

async fn calls(context: &CaseContext) -> Check {
    let bytes = content(context.seed, 300_000);
    let kept = context.put("kept.txt", bytes.clone()).await?;
    let handle = context.provider().await?;
    for method in READING {
        let mut points = DropPoints::new(PATIENCE);
        while let Some(point) = points.next() {
            points.came_to(dropped_at(method(context, handle, &kept), point).await.map(|((), took)| took));
        }
        context.expect_there(&kept.file, "calls that only read it were dropped").await?;
    }
    let small = bytes.slice(..2000);
    let (mut points, mut tried) = (DropPoints::new(PATIENCE), 0);
    while let Some(point) = points.next() {
        tried += 1;
        let gone = context.put(&format!("gone-{tried}.txt"), small.clone()).await?;
        let ended = dropped_at(handle.delete(&gone.file, &Call::new()), point).await;
        settles(context, &gone.file, None, &small, &format!("a `delete`, dropped {point}")).await?;
        points.came_to(ended.map(|(_, took)| took));
    }
    context.expect_works("calls that were dropped").await
}

/// Fails unless the content of `file` becomes `before` (absent if `None`) or `after` within the deadline.
async fn settles(context: &CaseContext, file: &File, before: Option<&Bytes>, after: &Bytes, because: &str) -> Check {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let found = content_of(context, file).await?;
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
            return fail_with(format!("something is left half done by {because}"), expected, found);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The content of `file`. `None` if the file is missing or cannot be read.
async fn content_of(context: &CaseContext, file: &File) -> Check<Option<Bytes>> {
    if context.presence(file).await? == Presence::Absent {
        return Ok(None);
    }
    let handle = context.provider().await?;
    if !context.has_open().await? {
        let key = file.key.clone().or_else(|| file.relative_key.clone()).unwrap_or_default();
        let url = handle.url(file).await.unwrap_or_default();
        let stored = stored(file, longshore_provider::Uploaded::new(key, url));
        return Ok(context.try_read(&stored).await.ok().and_then(Result::ok));
    }
    match handle.open(file, None, &Call::new()).await {
        Ok(opened) => Ok(opened.body.into_bytes(usize::MAX).await.ok()),
        Err(_) => Ok(None),
    }
}
