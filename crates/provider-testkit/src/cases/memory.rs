//! Memory: its ownership and its amount.

mod allocators;

use std::time::Duration;

use longshore_provider::{Body, Call, ErrorKind};
use tokio::time::sleep;

use crate::{
    body,
    case::{
        Case,
        Need::{Allocator, Open, Process},
    },
    content::{content, difference},
    context::{CaseContext, stored},
    outcome::{Check, Finding, describe, fail_with, skip},
    process,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "memory.outlives",
        description: "bytes that were read stay as they are when the provider is gone",
        rule: "memory that crosses is freed by the side that made it, with its own allocator, when the other side drops it",
        remedy: "give `Bytes` that own what they show; use no buffer again that was given away",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(outlives(context)),
    },
    Case {
        id: "memory.allocators",
        description: "nothing is freed on the wrong side, in a host that has another allocator than the library",
        rule: "memory that crosses is freed by the side that made it, with its own allocator, when the other side drops it",
        remedy: "drop what the host gave, free none of it yourself, and let the host free nothing of yours; look for \
                 `from_raw_parts`, `from_raw` and C's `free` in `unsafe` code",
        needs: &[Allocator],
        slow: false,
        check: |context| Box::pin(allocators::allocators(context)),
    },
    Case {
        id: "memory.bounded",
        description: "uploading 96 MiB takes much less memory than that",
        rule: "memory is bounded by the options, never by the size of a file",
        remedy: "hand the body on chunk by chunk; do not collect it",
        needs: &[Process],
        slow: true,
        check: |context| Box::pin(bounded(context)),
    },
];

async fn outlives(context: &CaseContext) -> Check {
    let bytes = content(context.seed, 400_000);
    let file = context.at("outlives.bin");
    let call = context.call().await?;
    let first = match context.open(context.target.options()).await {
        Ok(first) => first,
        Err(error) => return skip(format!("no second provider could be made: {}", describe(&error))),
    };
    let file = match first.upload(&file, Body::from(bytes.clone()), &call).await {
        Ok(uploaded) => stored(&file, uploaded).file,
        Err(error) => return fail_with("a file could not be uploaded", "an upload that succeeds", describe(&error)),
    };
    let mut opened = match first.open(&file, None, &Call::new()).await {
        Ok(opened) => opened,
        Err(error) => return fail_with("a stored file cannot be opened", "the file", describe(&error)),
    };
    let mut chunks = Vec::new();
    while let Some(chunk) = opened.body.next().await {
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(error) => return fail_with("a stored file cannot be read", "the file", describe(&error)),
        }
    }
    drop(opened);
    let _ = first.delete(&file, &Call::new()).await;
    let _ = first.shutdown(Duration::from_secs(5)).await;
    drop(first);
    sleep(Duration::from_millis(20)).await;
    // Allocations of the same sizes, which reuse the memory if it was freed.
    let others: Vec<_> = chunks.iter().map(|chunk| vec![0x5a_u8; chunk.len()]).collect();
    let found = chunks.concat();
    drop(others);
    if found != bytes {
        let found = difference(&bytes, &found);
        return fail_with("bytes that were read change when the provider is gone", "the bytes that were read", found);
    }
    Ok(())
}

async fn bounded(context: &CaseContext) -> Check {
    /// Sufficient for parts in flight and write buffers, but far below the size of the file.
    const MOST: u64 = 64 << 20;
    // Allocations of the first use are not counted.
    context.put("first.txt", content(context.seed, 500_000)).await?;
    if process::forget_peak().is_none() {
        return skip("this system does not tell the peak of a process's memory");
    }
    let before = process::peak().unwrap_or_default();
    match context.try_upload(&context.at("endless.bin"), body::made(384, 256 * 1024)).await? {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::TooLarge => return skip("the provider takes no file of 96 MiB"),
        Err(error) => return fail_with("a file of 96 MiB could not be uploaded", "an upload", describe(&error)),
    }
    let grown = process::peak().unwrap_or_default().saturating_sub(before);
    if grown > MOST {
        let found = format!("{} MiB", grown >> 20);
        context.warn(
            Finding::new("uploading 96 MiB takes memory in the order of the file")
                .expected(format!("less than {} MiB", MOST >> 20), found)
                .advice("hand the body on chunk by chunk, unless memory is where the provider keeps files"),
        );
    }
    Ok(())
}
