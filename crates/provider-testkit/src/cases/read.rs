//! `open`, with its ranges.

use longshore_provider::{Body, ByteRange, Bytes, Call, ErrorKind};

use crate::{
    case::{Case, Need::Open},
    content::{content, difference},
    context::{CaseContext, Stored},
    outcome::{Check, describe, fail, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "open.meta",
        description: "the metadata of an opened range is that of the whole file",
        rule: "`Opened::meta` has the whole file's facts, also when a range was asked for",
        remedy: "take the size from the file, not from the range that was returned (S3: `Content-Range`)",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(meta(context)),
    },
    Case {
        id: "open.announced",
        description: "a body has as many bytes as it announces, also if the file is replaced before it is read",
        rule: "a body is as long as `Body::size` says; a reader sees the old bytes or the new ones",
        remedy: "take the size and the bytes from one answer of the service, or bind the second request to the ETag of \
                 the first",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(announced(context)),
    },
    Case {
        id: "open.missing",
        description: "opening a missing file is `not_found`",
        rule: "a missing file is `not_found`",
        remedy: "distinguish a missing file from a failure",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(open_missing(context)),
    },
    Case {
        id: "range.start",
        description: "the first bytes of a file are read",
        rule: "a range has `length` bytes from `start` on",
        remedy: "a range of HTTP ends with its last byte: `bytes=0-9` are ten",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(range(context, &[(0, Some(10)), (0, Some(1))])),
    },
    Case {
        id: "range.middle",
        description: "bytes from the middle of a file are read",
        rule: "a range has `length` bytes from `start` on",
        remedy: "a range of HTTP ends with its last byte: `bytes=5-14` are ten",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(range(context, &[(100, Some(50)), (4095, Some(2)), (9_998, Some(1))])),
    },
    Case {
        id: "range.tail",
        description: "everything from a byte on is read",
        rule: "a range without a length goes up to the end",
        remedy: "ask the service for `bytes=start-`",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(range(context, &[(1, None), (9_999, None)])),
    },
    Case {
        id: "range.past-end",
        description: "a range that ends behind the file gives what there is",
        rule: "a length of more than there is is no error",
        remedy: "cut the range at the end of the file",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(range(context, &[(9_990, Some(100)), (2, Some(u64::MAX - 1))])),
    },
    Case {
        id: "range.behind-end",
        description: "a range that starts at the end of the file, or behind it, is refused",
        rule: "a range that starts at the end of a file that has bytes, or behind it, is `invalid_input`",
        remedy: "return `Error::invalid_input` when `start > 0 && start >= size` (HTTP: 416)",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(behind_end(context)),
    },
    Case {
        id: "range.empty-file",
        description: "of an empty file the range that starts at its first byte is empty",
        rule: "a range that starts at 0 always is one: an empty file has no bytes in it",
        remedy: "HTTP has no such range, and returns 416: request the whole file then",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(of_empty(context)),
    },
];

const LENGTH: usize = 10_000;

async fn stored(context: &CaseContext) -> Check<(Stored, Bytes)> {
    let bytes = content(context.seed, LENGTH);
    Ok((context.put("file.txt", bytes.clone()).await?, bytes))
}

async fn range(context: &CaseContext, ranges: &[(u64, Option<u64>)]) -> Check {
    let (stored, bytes) = stored(context).await?;
    for (start, length) in ranges {
        let range = ByteRange { start: *start, length: *length };
        let text = format!("{} bytes from {start} on", length.map_or("all".to_owned(), |length| length.to_string()));
        let opened = match context.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
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
            Err(error) => return fail_with(format!("{text} of {LENGTH} are refused"), "those bytes", describe(&error)),
        }
    }
    Ok(())
}

async fn behind_end(context: &CaseContext) -> Check {
    let (stored, _) = stored(context).await?;
    for start in [LENGTH as u64, LENGTH as u64 + 1, 1 << 40] {
        let range = ByteRange { start, length: Some(10) };
        match context.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) => {
                let reason = format!("a range from {start} on, of {LENGTH} bytes, is refused with another kind");
                return fail_with(reason, "invalid_input", describe(&error));
            }
            Ok(_) => {
                let reason = format!("a range from {start} on, of {LENGTH} bytes, is accepted");
                return fail_with(reason, "invalid_input", "an opened file");
            }
        }
    }
    Ok(())
}

async fn of_empty(context: &CaseContext) -> Check {
    let file = context.at("empty.txt");
    let stored = match context.try_upload(&file, Body::empty()).await? {
        Ok(uploaded) => crate::context::stored(&file, uploaded),
        Err(error) => return skip(format!("no empty file could be stored, see `upload.empty`: {}", describe(&error))),
    };
    for length in [None, Some(0), Some(10)] {
        let range = ByteRange { start: 0, length };
        let opened = match context.provider().await?.open(&stored.file, Some(range), &Call::new()).await {
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
                    describe(&error),
                );
            }
        }
    }
    match context.provider().await?.open(&stored.file, Some(ByteRange { start: 1, length: None }), &Call::new()).await {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        Err(error) => {
            fail_with("a range behind an empty file is another kind of error", "invalid_input", describe(&error))
        }
        Ok(_) => fail_with("a range behind an empty file is accepted", "invalid_input", "an opened file"),
    }
}

async fn meta(context: &CaseContext) -> Check {
    let (stored, bytes) = stored(context).await?;
    for range in [None, Some(ByteRange { start: 10, length: Some(20) })] {
        let opened = match context.provider().await?.open(&stored.file, range, &Call::new()).await {
            Ok(opened) => opened,
            Err(error) => return fail_with("a stored file cannot be opened", "the file", describe(&error)),
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

async fn announced(context: &CaseContext) -> Check {
    let stored = context.put("announced.txt", content(context.seed, 3000)).await?;
    let opened = match context.provider().await?.open(&stored.file, None, &Call::new()).await {
        Ok(opened) => opened,
        Err(error) => return fail_with("a stored file cannot be opened", "the file", describe(&error)),
    };
    context.put("announced.txt", content(context.seed + 1, 5000)).await?;
    match opened.body.into_bytes(LENGTH).await {
        Err(error) if error.kind() == ErrorKind::BrokenBody => {
            let reason = "the body of a file that is replaced before it is read is longer than it announced";
            fail_with(reason, "the old bytes, or the new ones with their size", describe(&error))
        }
        // `concurrent.readers` checks the content. Any other error is acceptable, because it reports that the file has
        // changed.
        _ => Ok(()),
    }
}

async fn open_missing(context: &CaseContext) -> Check {
    for file in [context.at("never.txt"), context.at("never/there.txt")] {
        match context.provider().await?.open(&file, None, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return fail_with("a missing file is another kind of error", "not_found", describe(&error)),
            Ok(_) => return fail("a missing file can be opened"),
        }
    }
    Ok(())
}
