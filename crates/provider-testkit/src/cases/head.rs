//! `head`: the metadata of a file, without reading its content.

use std::time::{Duration, SystemTime};

use longshore_provider::{Body, Call, ErrorKind, ObjectMeta};

use crate::{
    body::LARGE,
    case::{Case, Need::Head},
    content::content,
    context::{CaseContext, Stored},
    outcome::{Check, Finding, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "head.size",
        description: "`head` returns the size in bytes",
        rule: "`ObjectMeta::size` is the number of bytes that were stored",
        remedy: "count the stored bytes, not the announced ones",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(size(context)),
    },
    Case {
        id: "head.etag",
        description: "the ETag is the same wherever it is returned, and changes with the content",
        rule: "`etag` is the service's tag of this version, without quotes",
        remedy: "return the tag of the stored version from `upload`, `head` and `open` alike, or none from any",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(etag(context)),
    },
    Case {
        id: "head.modified",
        description: "the time of the last change is about now",
        rule: "`last_modified` is when this version was written",
        remedy: "return the service's time; mind seconds and milliseconds, and time zones",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(modified(context)),
    },
    Case {
        id: "head.missing",
        description: "`head` of a missing file is `not_found`",
        rule: "a missing file is `not_found`",
        remedy: "distinguish a missing file from a failure",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(head_missing(context)),
    },
    Case {
        id: "head.folder",
        description: "a folder is no file: `head` and `open` of it are `not_found`",
        rule: "a missing file is `not_found`, also when other keys begin with its key and a `/`",
        remedy: "look at the kind of what the service found: a folder, a prefix or a marker is no file",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(folder(context)),
    },
];

const LENGTH: usize = 10_000;

async fn head(context: &CaseContext, stored: &Stored) -> Check<ObjectMeta> {
    match context.provider().await?.head(&stored.file, &Call::new()).await {
        Ok(meta) => Ok(meta),
        Err(error) => fail_with("`head` of a stored file fails", "its metadata", describe(&error)),
    }
}

async fn head_missing(context: &CaseContext) -> Check {
    for file in [context.at("never.txt"), context.at("never/there.txt")] {
        match context.provider().await?.head(&file, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail_with("a missing file is another kind of error", "not_found", describe(&error)),
            Ok(meta) => return fail_with("a missing file has a `head`", "not_found", format!("{} bytes", meta.size)),
        }
    }
    Ok(())
}

async fn size(context: &CaseContext) -> Check {
    for length in [0, 3, LENGTH, LARGE] {
        let file = context.at(&format!("size-{length}.txt"));
        let stored = match context.try_upload(&file, Body::from(content(context.seed, length))).await? {
            Ok(uploaded) => crate::context::stored(&file, uploaded),
            // Other cases check large and empty files.
            Err(error) if length == LARGE && error.kind() == ErrorKind::TooLarge => continue,
            Err(_) if length == 0 => continue,
            Err(error) => {
                let reason = format!("a file of {length} bytes could not be uploaded");
                return fail_with(reason, "an upload that succeeds", describe(&error));
            }
        };
        let meta = head(context, &stored).await?;
        if meta.size != length as u64 {
            return fail_with("`head` returns another size than was stored", length, meta.size);
        }
    }
    Ok(())
}

async fn etag(context: &CaseContext) -> Check {
    let first = context.put("etag.txt", content(context.seed, 500)).await?;
    let meta = head(context, &first).await?;
    if let (Some(uploaded), Some(headed)) = (&first.uploaded.etag, &meta.etag)
        && uploaded != headed
    {
        return fail_with("`head` returns another ETag than the upload did", uploaded, headed);
    }
    if let Some(etag) = meta.etag.as_deref().filter(|etag| etag.contains('"')) {
        return fail_with("the ETag has quotes", "the service's tag, without quotes", etag);
    }
    let second = context.put("etag.txt", content(context.seed + 1, 600)).await?;
    let again = head(context, &second).await?;
    match (&meta.etag, &again.etag) {
        (Some(before), Some(after)) if before == after => {
            fail_with("the ETag stays the same when the content changes", "another tag", after)
        }
        _ => Ok(()),
    }
}

async fn modified(context: &CaseContext) -> Check {
    let stored = context.put("modified.txt", content(context.seed, 100)).await?;
    let Some(modified) = head(context, &stored).await?.last_modified else {
        context.warn(
            Finding::new("`head` does not tell when a file was last changed")
                .advice("return `last_modified`: caches and browsers need it"),
        );
        return Ok(());
    };
    is_about_now("the time of the last change", modified)
}

/// Fails unless `time` is close to the current time. The tolerance covers differing clocks and slow uploads.
pub(super) fn is_about_now(what: &str, time: SystemTime) -> Check {
    const TOLERANCE: Duration = Duration::from_mins(15);
    let (distance, side) = match SystemTime::now().duration_since(time) {
        Ok(before) => (before, "before"),
        Err(after) => (after.duration(), "after"),
    };
    if distance < TOLERANCE {
        return Ok(());
    }
    fail_with(format!("{what} is not that of the upload"), "about now", format!("{distance:?} {side} now"))
}

async fn folder(context: &CaseContext) -> Check {
    context.put("folder/file.txt", content(context.seed, 120)).await?;
    for name in ["folder", "folder/file.txt/below"] {
        // `head.missing` and `open.missing` check the kind of the error.
        if let Ok(meta) = context.provider().await?.head(&context.at(name), &Call::new()).await {
            let found = format!("a file of {} bytes", meta.size);
            return fail_with(format!("`{name}` is no file, and has a `head`"), "not_found", found);
        }
        if context.provider().await?.open(&context.at(name), None, &Call::new()).await.is_ok() {
            return fail_with(format!("`{name}` is no file, and can be opened"), "not_found", "an open file");
        }
    }
    Ok(())
}
