//! Reading: `open` with its ranges, and `head`.

use std::time::{Duration, SystemTime};

use longshore_provider::{Body, ByteRange, Bytes, Call, ErrorKind, ObjectMeta};

use crate::{
    bench::{Bench, Stored},
    body::LARGE,
    case::{
        Case,
        Need::{Head, Open},
    },
    content::{content, difference},
    outcome::{Check, Finding, fail, fail_with, skip, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "open.meta",
        description: "an opened file, and an opened part, tell of the whole file",
        rule: "`Opened::meta` has the whole file's facts, also when a range was asked for",
        remedy: "take the size from the file, not from the range that was answered (S3: `Content-Range`)",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(meta(bench)),
    },
    Case {
        id: "open.missing",
        description: "opening a missing file is `not_found`",
        rule: "a missing file is `not_found`",
        remedy: "tell what is missing from what failed",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(open_missing(bench)),
    },
    Case {
        id: "range.start",
        description: "the first bytes of a file are read",
        rule: "a range has `length` bytes from `start` on",
        remedy: "a range of HTTP ends with its last byte: `bytes=0-9` are ten",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(range(bench, &[(0, Some(10)), (0, Some(1))])),
    },
    Case {
        id: "range.middle",
        description: "bytes from the middle of a file are read",
        rule: "a range has `length` bytes from `start` on",
        remedy: "a range of HTTP ends with its last byte: `bytes=5-14` are ten",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(range(bench, &[(100, Some(50)), (4095, Some(2)), (9_998, Some(1))])),
    },
    Case {
        id: "range.tail",
        description: "everything from a byte on is read",
        rule: "a range without a length goes up to the end",
        remedy: "ask the service for `bytes=start-`",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(range(bench, &[(1, None), (9_999, None)])),
    },
    Case {
        id: "range.past-end",
        description: "a range that ends behind the file gives what there is",
        rule: "a length of more than there is is no error",
        remedy: "cut the range at the end of the file",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(range(bench, &[(9_990, Some(100)), (2, Some(u64::MAX - 1))])),
    },
    Case {
        id: "range.behind-end",
        description: "a range that starts at the end of the file, or behind it, is refused",
        rule: "a range that starts at the end of a file that has bytes, or behind it, is `invalid_input`",
        remedy: "answer `Error::invalid_input` when `start > 0 && start >= size` (HTTP: 416)",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(behind_end(bench)),
    },
    Case {
        id: "range.empty-file",
        description: "of an empty file the range that starts at its first byte is empty",
        rule: "a range that starts at 0 always is one: an empty file has no bytes in it",
        remedy: "HTTP has no such range, and answers 416: ask again for the whole file then",
        needs: &[Open],
        slow: false,
        check: |bench| Box::pin(of_empty(bench)),
    },
    Case {
        id: "head.size",
        description: "`head` answers the size in bytes",
        rule: "`ObjectMeta::size` is the number of bytes that were stored",
        remedy: "count the bytes that were stored, not those that were announced",
        needs: &[Head],
        slow: false,
        check: |bench| Box::pin(size(bench)),
    },
    Case {
        id: "head.etag",
        description: "the ETag is the same wherever it is answered, and changes with the content",
        rule: "`etag` is the service's tag of this version, without quotes",
        remedy: "answer the tag of the stored version from `upload`, `head` and `open` alike, or none from any",
        needs: &[Head],
        slow: false,
        check: |bench| Box::pin(etag(bench)),
    },
    Case {
        id: "head.modified",
        description: "the time of the last change is about now",
        rule: "`last_modified` is when this version was written",
        remedy: "answer the service's time; mind seconds and milliseconds, and time zones",
        needs: &[Head],
        slow: false,
        check: |bench| Box::pin(modified(bench)),
    },
    Case {
        id: "head.missing",
        description: "`head` of a missing file is `not_found`",
        rule: "a missing file is `not_found`",
        remedy: "tell what is missing from what failed",
        needs: &[Head],
        slow: false,
        check: |bench| Box::pin(head_missing(bench)),
    },
];

const LENGTH: usize = 10_000;

async fn stored(bench: &Bench) -> Check<(Stored, Bytes)> {
    let bytes = content(bench.seed, LENGTH);
    Ok((bench.put("file.txt", bytes.clone()).await?, bytes))
}

async fn head(bench: &Bench, stored: &Stored) -> Check<ObjectMeta> {
    match bench.provider().await?.head(&stored.file, &Call::new()).await {
        Ok(meta) => Ok(meta),
        Err(error) => fail_with("`head` of a stored file fails", "its metadata", told(&error)),
    }
}

async fn range(bench: &Bench, ranges: &[(u64, Option<u64>)]) -> Check {
    let (stored, bytes) = stored(bench).await?;
    for (start, length) in ranges {
        let range = ByteRange { start: *start, length: *length };
        let text = format!("{} bytes from {start} on", length.map_or("all".to_owned(), |length| length.to_string()));
        let opened = match bench.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
            Ok(opened) => opened.body.into_bytes(LENGTH * 2).await,
            Err(error) => Err(error),
        };
        let from = usize::try_from(*start).unwrap_or(LENGTH).min(LENGTH);
        let end = length.map_or(LENGTH, |length| from.saturating_add(usize::try_from(length).unwrap_or(LENGTH)));
        let expected = &bytes[from..end.min(LENGTH)];
        match opened {
            Ok(found) if found == expected => {}
            Ok(found) => {
                let what = format!("{} bytes", expected.len());
                return fail_with(format!("{text} of {LENGTH} are wrong"), what, difference(expected, &found));
            }
            Err(error) => return fail_with(format!("{text} of {LENGTH} are refused"), "those bytes", told(&error)),
        }
    }
    Ok(())
}

async fn behind_end(bench: &Bench) -> Check {
    let (stored, _) = stored(bench).await?;
    for start in [LENGTH as u64, LENGTH as u64 + 1, 1 << 40] {
        let range = ByteRange { start, length: Some(10) };
        match bench.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) => {
                let reason = format!("a range from {start} on, of {LENGTH} bytes, is refused with another kind");
                return fail_with(reason, "invalid_input", told(&error));
            }
            Ok(_) => {
                let reason = format!("a range from {start} on, of {LENGTH} bytes, is answered");
                return fail_with(reason, "invalid_input", "an opened file");
            }
        }
    }
    Ok(())
}

async fn of_empty(bench: &Bench) -> Check {
    let file = bench.at("empty.txt");
    let stored = match bench.try_upload(&file, Body::empty()).await? {
        Ok(uploaded) => crate::bench::stored(&file, uploaded),
        Err(error) => return skip(format!("no empty file could be stored, see `upload.empty`: {}", told(&error))),
    };
    for length in [None, Some(0), Some(10)] {
        let range = ByteRange { start: 0, length };
        let opened = match bench.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
            Ok(opened) if opened.meta.size == 0 => opened.body.into_bytes(LENGTH).await,
            Ok(opened) => return fail_with("an empty file tells another size", "0", opened.meta.size),
            Err(error) => Err(error),
        };
        match opened {
            Ok(found) if found.is_empty() => {}
            Ok(found) => return fail_with("an empty file has bytes", "none", format!("{} bytes", found.len())),
            Err(error) => {
                let length = length.map_or("all".to_owned(), |length| length.to_string());
                return fail_with(
                    format!("{length} bytes from 0 on of an empty file are refused"),
                    "none",
                    told(&error),
                );
            }
        }
    }
    match bench.provider().await?.open(&stored.file, Some(ByteRange { start: 1, length: None }), &Call::new()).await {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        Err(error) => fail_with("a range behind an empty file is another kind of error", "invalid_input", told(&error)),
        Ok(_) => fail_with("a range behind an empty file is answered", "invalid_input", "an opened file"),
    }
}

async fn meta(bench: &Bench) -> Check {
    let (stored, bytes) = stored(bench).await?;
    for range in [None, Some(ByteRange { start: 10, length: Some(20) })] {
        let opened = match bench.provider().await?.open(&stored.file, range, &Call::new()).await {
            Ok(opened) => opened,
            Err(error) => return fail_with("a stored file cannot be opened", "the file", told(&error)),
        };
        let what = if range.is_some() { "a part of a file" } else { "a file" };
        if opened.meta.size != LENGTH as u64 {
            return fail_with(format!("{what} tells another size than the file has"), LENGTH, opened.meta.size);
        }
        if opened.meta.key != stored.uploaded.key {
            let expected = format!("`{}`", stored.uploaded.key);
            return fail_with(format!("{what} tells another key"), expected, format!("`{}`", opened.meta.key));
        }
        let expected = if range.is_some() { &bytes[10..30] } else { &bytes[..] };
        let announced = opened.body.size();
        if announced.is_some_and(|size| size != expected.len() as u64) {
            let found = announced.unwrap_or_default();
            return fail_with(format!("the body of {what} announces another size"), expected.len(), found);
        }
    }
    Ok(())
}

async fn open_missing(bench: &Bench) -> Check {
    for file in [bench.at("never.txt"), bench.at("never/there.txt")] {
        match bench.provider().await?.open(&file, None, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail_with("a missing file is another kind of error", "not_found", told(&error)),
            Ok(_) => return fail("a missing file can be opened"),
        }
    }
    Ok(())
}

async fn head_missing(bench: &Bench) -> Check {
    for file in [bench.at("never.txt"), bench.at("never/there.txt")] {
        match bench.provider().await?.head(&file, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail_with("a missing file is another kind of error", "not_found", told(&error)),
            Ok(meta) => return fail_with("a missing file has a `head`", "not_found", format!("{} bytes", meta.size)),
        }
    }
    Ok(())
}

async fn size(bench: &Bench) -> Check {
    for length in [0, 3, LENGTH, LARGE] {
        let file = bench.at(&format!("size-{length}.txt"));
        let stored = match bench.try_upload(&file, Body::from(content(bench.seed, length))).await? {
            Ok(uploaded) => crate::bench::stored(&file, uploaded),
            // Other cases are about those.
            Err(error) if length == LARGE && error.kind() == ErrorKind::TooLarge => continue,
            Err(_) if length == 0 => continue,
            Err(error) => {
                let reason = format!("a file of {length} bytes could not be uploaded");
                return fail_with(reason, "an upload that succeeds", told(&error));
            }
        };
        let meta = head(bench, &stored).await?;
        if meta.size != length as u64 {
            return fail_with("`head` answers another size than was stored", length, meta.size);
        }
    }
    Ok(())
}

async fn etag(bench: &Bench) -> Check {
    let first = bench.put("etag.txt", content(bench.seed, 500)).await?;
    let meta = head(bench, &first).await?;
    if let (Some(uploaded), Some(headed)) = (&first.uploaded.etag, &meta.etag)
        && uploaded != headed
    {
        return fail_with("`head` answers another ETag than the upload did", uploaded, headed);
    }
    if let Some(etag) = meta.etag.as_deref().filter(|etag| etag.contains('"')) {
        return fail_with("the ETag has quotes", "the service's tag, without quotes", etag);
    }
    let second = bench.put("etag.txt", content(bench.seed + 1, 600)).await?;
    let again = head(bench, &second).await?;
    match (&meta.etag, &again.etag) {
        (Some(before), Some(after)) if before == after => {
            fail_with("the ETag stays the same when the content changes", "another tag", after)
        }
        _ => Ok(()),
    }
}

async fn modified(bench: &Bench) -> Check {
    /// Clocks differ, and storing takes its time.
    const TOLERANCE: Duration = Duration::from_mins(15);
    let (stored, _) = stored(bench).await?;
    let Some(modified) = head(bench, &stored).await?.last_modified else {
        bench.warn(
            Finding::new("`head` does not tell when a file was last changed")
                .advice("answer `last_modified`: caches and browsers ask for it"),
        );
        return Ok(());
    };
    let now = SystemTime::now();
    let (distance, side) = match now.duration_since(modified) {
        Ok(before) => (before, "before"),
        Err(after) => (after.duration(), "after"),
    };
    if distance < TOLERANCE {
        return Ok(());
    }
    fail_with("the time of the last change is not that of the upload", "about now", format!("{distance:?} {side} now"))
}
