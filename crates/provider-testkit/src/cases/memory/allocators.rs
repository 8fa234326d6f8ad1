//! Passes every kind of value across the boundary once, while the host and the library have separate allocators.
//!
//! Code that frees the other side's memory ends the process. The results are not examined, because other cases check
//! them.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use longshore_provider::{
    Body, ByteRange, Bytes, Call, Error, ErrorKind, File, ListRequest, Result, SignOptions, Uploaded,
    futures::StreamExt, host::PANIC, serde_json::json,
};

use crate::{
    body::{self, LARGE, LARGE_CHUNK, WANTED},
    content::content,
    context::{CaseContext, RecordedHandle, stored},
    outcome::{Check, describe, skip},
};

pub(super) async fn allocators(context: &CaseContext) -> Check {
    let options = context.target.options();
    let _ = context.target.schema();
    let _ = context.target.objections(options);
    let _ = context.open(&json!({ "longshore-validate": [1, "two"] })).await;
    let handle = match context.open(options).await {
        Ok(handle) => handle,
        Err(error) => return skip(format!("no second provider could be made: {}", describe(&error))),
    };
    let uploaded = uploads(context, &handle).await?;
    let read = reads(context, &handle).await;
    questions(context, &handle).await;
    errors(context, &handle).await?;
    let _ = handle.shutdown(Duration::from_secs(5)).await;
    drop(handle);
    let _ = context.target.log();
    // The host drops these values after their provider is gone.
    drop((uploaded, read));
    Ok(())
}

/// A body of separately allocated chunks, of which the host keeps no reference.
fn given_away(count: usize, size: usize, known: bool) -> Body {
    let chunks = body::made(count, size);
    Body::from_stream(chunks, known.then_some((count * size) as u64))
}

/// Uploads bodies of every kind, and replaces each uploaded file.
async fn uploads(context: &CaseContext, handle: &RecordedHandle) -> Check<Vec<Result<Uploaded>>> {
    let call = context.call().await?.with_timeout(Duration::from_secs(30));
    let mut answers = Vec::new();
    for (name, body) in [
        ("empty.txt", Body::empty()),
        ("static.txt", Body::from(Bytes::from_static(b"never freed"))),
        ("small.txt", Body::from(content(context.seed, 3000))),
        ("large.bin", given_away(LARGE / LARGE_CHUNK, LARGE_CHUNK, true)),
        ("unknown.txt", given_away(5, 1000, false)),
        ("large-unknown.bin", given_away(LARGE / LARGE_CHUNK, LARGE_CHUNK, false)),
        // A slice of a larger block, and chunks with an owner of their own.
        ("part.txt", Body::from(content(context.seed, 5000).slice(17..4000))),
        ("owned.txt", body::owned(&content(context.seed, 5000), 1000, &Arc::new(()))),
    ] {
        let file = context.at(name);
        let answer = handle.upload(&file, body, &call).await;
        if let Ok(uploaded) = &answer {
            let old = stored(&file, uploaded.clone());
            answers.push(handle.replace(&old.file, &old.file, given_away(3, 700, true), &call).await);
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Reads a file in several ways: as a whole, only its first chunk, no chunk, a range, and a range behind its end.
async fn reads(context: &CaseContext, handle: &RecordedHandle) -> Vec<Result<Bytes>> {
    let middle = ByteRange { start: 100, length: Some(900) };
    let behind = ByteRange { start: u64::MAX / 2, length: None };
    let mut answers = Vec::new();
    for (range, chunks) in
        [(None, usize::MAX), (None, 1), (None, 0), (Some(middle), usize::MAX), (Some(behind), usize::MAX)]
    {
        match handle.open(&context.at("small.txt"), range, &Call::new()).await {
            Ok(opened) => answers.extend(opened.body.take(chunks).collect::<Vec<_>>().await),
            Err(error) => answers.push(Err(error)),
        }
    }
    answers
}

/// Calls the methods that take no body, and an extension with a body.
async fn questions(context: &CaseContext, handle: &RecordedHandle) {
    let (call, file) = (Call::new(), context.at("small.txt"));
    let _ = handle.head(&file, &call).await;
    let _ = handle.list(&ListRequest::prefix(context.prefix()), &call).await;
    let _ = handle.is_private().await;
    let _ = handle.url(&file).await;
    let _ = handle.check_file_size(&file, 1).await;
    let _ = handle.get_signed_url(&file, &SignOptions::default()).await;
    let files: Vec<File> = (0..40).map(|number| context.at(&format!("batch-{}.txt", number % 8))).collect();
    let _ = handle.get_signed_urls(&files, &SignOptions::default()).await;
    let _ = handle.health(&call).await;
    let input = json!({ "text": "x".repeat(500), "list": [1, 2, 3] });
    let answer = handle.extension("longshore.validate/unknown", input, Some(given_away(3, 900, true)), &call).await;
    if let Ok((_, Some(body))) = answer {
        let _ = body.into_bytes(1 << 20).await;
    }
}

/// Makes calls that fail, panic, or are dropped.
async fn errors(context: &CaseContext, handle: &RecordedHandle) -> Check {
    let call = context.call().await?;
    let (missing, broken, bytes) = (context.at("never.txt"), context.at("broken.txt"), content(context.seed, 48 << 10));
    let _ = handle.head(&missing, &call).await;
    let _ = handle.open(&missing, None, &call).await;
    let _ = handle.upload(&File::at(".."), Body::from("x"), &call).await;
    let cause = Error::new(ErrorKind::BrokenBody, format!("broken, {WANTED}")).with_retryable(true);
    let _ = handle.upload(&broken, body::failing(&bytes, 8192, 2, cause), &call).await;
    let _ = handle.upload(&broken, body::panicking(&bytes, 8192, 2), &call).await;
    let _ = handle.upload(&broken, body::lying(&bytes, 8192, 100), &call).await;
    for known in [true, false] {
        let asked = Arc::new(AtomicUsize::new(0));
        let stalled = body::stalling(&bytes, 8192, 1, Arc::clone(&asked));
        let stalled = if known { stalled } else { Body::from_stream(stalled, None) };
        body::until_asked(handle.upload(&broken, stalled, &call), &asked, 2).await;
    }
    let _ = handle.extension(PANIC, json!(null), Some(given_away(2, 100, false)), &Call::new()).await;
    for name in ["small.txt", "unknown.txt", "never.txt"] {
        let _ = handle.delete(&context.at(name), &Call::new()).await;
    }
    Ok(())
}
