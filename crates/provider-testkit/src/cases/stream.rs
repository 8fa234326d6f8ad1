//! Streams that break off, stall, panic or misstate their length, in both directions.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use longshore_provider::{Body, Bytes, Call, Error, ErrorKind};
use tokio::time::sleep;

use crate::{
    body::{self, LARGE, SHAPES, Shape},
    case::{
        Case,
        Need::{Look, Open},
    },
    content::content,
    context::{CaseContext, stored},
    outcome::{Check, describe, fail, fail_with},
    process,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "stream.host-error",
        description: "a body that breaks off fails the upload with its own error, and leaves nothing",
        rule: "if `body` fails, return its error; nothing must stay behind",
        remedy: "store under the key only when the whole body has arrived, and keep a `Cleanup` for what lies aside",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(host_error(context)),
    },
    Case {
        id: "stream.host-error-at-once",
        description: "a body that fails before its first byte stores no empty file",
        rule: "if `body` fails, return its error; nothing must stay behind",
        remedy: "tell an error from the end of the body",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(host_error_at_once(context)),
    },
    Case {
        id: "stream.host-short",
        description: "a body that is shorter than announced is not stored",
        rule: "if `body` is not as long as `Body::size` says, return its error; nothing must stay behind",
        remedy: "read to the end of the body: its error stands there",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(lying(context, 500)),
    },
    Case {
        id: "stream.host-long",
        description: "a body that is longer than announced is not stored",
        rule: "if `body` is not as long as `Body::size` says, return its error; nothing must stay behind",
        remedy: "read to the end of the body rather than up to its size: its error stands there",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(lying(context, -500)),
    },
    Case {
        id: "stream.host-panic",
        description: "a panic of the host's stream fails the upload, and leaves nothing",
        rule: "a panic in a stream is an error of kind `panic` for that one call",
        remedy: "treat an error of the body as one, whatever its kind",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(host_panic(context)),
    },
    Case {
        id: "stream.host-stalls",
        description: "an upload whose body stalls ends at its deadline, and leaves nothing",
        rule: "the library ends a call at its deadline; what must still happen belongs into a `Cleanup`",
        remedy: "do not block a thread while you wait, and keep a `Cleanup` for what lies aside",
        needs: &[Look],
        slow: true,
        check: |context| Box::pin(host_stalls(context)),
    },
    Case {
        id: "stream.host-released",
        description: "the host's stream and its chunks are released after the upload",
        rule: "a body ends the call's interest when it is dropped; nothing of it is kept after the file is deleted",
        remedy: "do not keep a body, or a chunk of it, in a field or a task that outlives the call",
        needs: &[],
        slow: false,
        check: |context| Box::pin(host_released(context)),
    },
    Case {
        id: "stream.dropped",
        description: "dropping a half-read file does not affect other calls",
        rule: "dropping an opened body stops the provider's work on it",
        remedy: "let the stream own what it needs, and release it in its drop",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(dropped(context)),
    },
];

async fn host_error(context: &CaseContext) -> Check {
    let bytes = content(context.seed, LARGE);
    let error = Error::new(ErrorKind::BrokenBody, format!("the connection of the sender broke, {}", body::WANTED));
    for shape in SHAPES {
        let file = context.at(&format!("broken-{}{}.txt", shape.size, if shape.known { "" } else { "-unknown" }));
        let counts = if shape.is_large() { vec![shape.chunks() * 4 / 5] } else { vec![1, 2, 4] };
        for count in counts {
            let body = body::failing(&bytes.slice(..shape.size), shape.chunk, count, error.clone());
            let what = shape.what;
            match context.try_upload(&file, shape.sent(body)).await? {
                Ok(_) => return fail(format!("an upload of {what} succeeds although it broke off")),
                Err(found) if found.kind() == ErrorKind::BrokenBody => {}
                Err(found) if shape.may_be_refused_as(found.kind()) => break,
                Err(found) => {
                    let reason = format!("the error of {what} is not the one that is returned");
                    return fail_with(reason, describe(&error), describe(&found));
                }
            }
            context.expect_absent(&file, &format!("its upload failed, as {what} broke off")).await?;
        }
    }
    context.expect_works("an upload that failed").await
}

async fn host_error_at_once(context: &CaseContext) -> Check {
    let file = context.at("nothing.txt");
    let error = Error::new(ErrorKind::BrokenBody, "the sender gave nothing, as the case wants it");
    if context.try_upload(&file, body::failing(&content(context.seed, 5000), 1000, 0, error)).await?.is_ok() {
        return fail("an upload succeeds whose body failed at once");
    }
    context.expect_absent(&file, "its upload failed").await
}

/// `more` is the number of announced bytes that do not arrive. If it is negative, more bytes arrive than were
/// announced.
async fn lying(context: &CaseContext, more: i64) -> Check {
    let bytes = content(context.seed, LARGE);
    for shape in SHAPES.into_iter().filter(|shape| shape.known) {
        let file = context.at(&format!("lying-{}.txt", shape.size));
        let said = (shape.size as u64).saturating_add_signed(more);
        let body = body::lying(&bytes.slice(..shape.size), shape.chunk, said);
        match context.try_upload(&file, body).await? {
            Ok(_) => {
                let found = format!("no error for {} bytes that were announced as {said}", shape.size);
                let reason = "an upload succeeds whose body is not as long as it said";
                return fail_with(reason, "broken_body", found);
            }
            Err(error) if error.kind() == ErrorKind::BrokenBody => {}
            Err(error) if shape.may_be_refused_as(error.kind()) => continue,
            Err(error) => {
                let reason = "a body that is not as long as it said is another kind of error";
                return fail_with(reason, "broken_body", describe(&error));
            }
        }
        context.expect_absent(&file, "its upload failed").await?;
    }
    Ok(())
}

async fn host_panic(context: &CaseContext) -> Check {
    let file = context.at("panic.txt");
    match context.try_upload(&file, body::panicking(&content(context.seed, 5000), 1000, 2)).await? {
        Ok(_) => return fail("an upload succeeds whose body panicked"),
        Err(error) if matches!(error.kind(), ErrorKind::Panic | ErrorKind::BrokenBody) => {}
        Err(error) => return fail_with("the panic is hidden behind another kind of error", "panic", describe(&error)),
    }
    context.expect_absent(&file, "its upload failed").await?;
    context.expect_works("a panic of the host's stream").await
}

async fn host_stalls(context: &CaseContext) -> Check {
    let bytes = content(context.seed, LARGE);
    for shape in SHAPES {
        stalls(context, shape, &bytes.slice(..shape.size)).await?;
    }
    context.expect_works("an upload that ended at its deadline").await
}

async fn stalls(context: &CaseContext, shape: Shape, bytes: &Bytes) -> Check {
    /// Tolerance for a busy machine. A call that ignores its deadline takes much longer.
    const LATE: Duration = Duration::from_secs(10);
    let limit = Duration::from_millis(300);
    let file = context.at(&format!("stalled-{}{}.txt", shape.size, if shape.known { "" } else { "-unknown" }));
    let call = context.call().await?.with_timeout(limit);
    let body = body::stalling(bytes, shape.chunk, shape.chunks() * 4 / 5, Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let ended = tokio::time::timeout(LATE, context.provider().await?.upload(&file, shape.sent(body), &call)).await;
    let what = shape.what;
    match ended {
        Err(_) => {
            return fail_with(format!("an upload of {what} does not end at its deadline"), "300 ms", "no end in 10 s");
        }
        Ok(Ok(_)) => return fail(format!("an upload of {what} succeeds although it stalled")),
        Ok(Err(error)) if error.kind() == ErrorKind::Timeout => {}
        Ok(Err(error)) if shape.may_be_refused_as(error.kind()) => return Ok(()),
        Ok(Err(error)) => {
            return fail_with(
                format!("an upload of {what} past its deadline is another kind"),
                "timeout",
                describe(&error),
            );
        }
    }
    if started.elapsed() < limit {
        return fail_with("an upload ends before its deadline", "300 ms", format!("{:?}", started.elapsed()));
    }
    context.expect_absent(&file, &format!("its upload ended at its deadline, as {what} stalled")).await
}

async fn host_released(context: &CaseContext) -> Check {
    let owner = Arc::new(());
    let file = context.at("released.txt");
    let kept = context.upload(&file, body::owned(&content(context.seed, 5000), 1000, &owner)).await?;
    if let Err(error) = context.provider().await?.delete(&kept.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    let error = Error::new(ErrorKind::BrokenBody, "broken, as the case wants it");
    let broken = body::failing(&content(context.seed, 5000), 1000, 2, error);
    let broken = Body::from_stream(Holding { body: broken, _owner: Arc::clone(&owner) }, None);
    if context.try_upload(&context.at("broken.txt"), broken).await?.is_ok() {
        return fail("an upload succeeds whose body broke off");
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while Arc::strong_count(&owner) > 1 {
        if Instant::now() > deadline {
            let found = format!("{} of them are still held", Arc::strong_count(&owner) - 1);
            return fail_with("the host's stream or chunks are kept after the calls", "nothing is held", found);
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn dropped(context: &CaseContext) -> Check {
    /// Idle connections are not leaks.
    const MANY: usize = 6;
    let bytes = content(context.seed, 900_000);
    let file = context.at("reader.bin");
    let uploaded = match context.try_upload(&file, body::chunked(&bytes, 100_000, true)).await? {
        Ok(uploaded) => uploaded,
        Err(error) => {
            return fail_with("a file of 900 kB could not be uploaded", "an upload that succeeds", describe(&error));
        }
    };
    let reader = stored(&file, uploaded);
    let before = process::descriptors().filter(|_| context.target.is_alone());
    for chunks in [0, 1, 1, 1, 2, 2, 2, 2] {
        let mut opened = match context.provider().await?.open(&reader.file, None, &Call::new()).await {
            Ok(opened) => opened,
            Err(error) => {
                return fail_with(
                    "a file cannot be opened again after a reader went away",
                    "the file",
                    describe(&error),
                );
            }
        };
        for _ in 0..chunks {
            if let Some(Err(error)) = opened.body.next().await {
                return fail_with("a stored file cannot be read", "its first chunks", describe(&error));
            }
        }
    }
    context.expect_content(&reader, &bytes).await?;
    let deadline = Instant::now() + Duration::from_secs(5);
    while let (Some(before), Some(now)) = (before, process::descriptors())
        && now > before + MANY
    {
        if Instant::now() > deadline {
            let found = format!("{} more than before", now - before);
            return fail_with("files or connections stay open after readers went away", "none", found);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// A body that shares ownership of an owner.
struct Holding {
    body: Body,
    _owner: Arc<()>,
}

impl longshore_provider::futures::Stream for Holding {
    type Item = longshore_provider::Result<longshore_provider::Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::pin::Pin::new(&mut self.body).poll_next(context)
    }
}
