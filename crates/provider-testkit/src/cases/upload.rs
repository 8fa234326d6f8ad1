//! Uploads: a provider stores exactly the bytes that it receives, whatever the size and name of the file.

use longshore_provider::{Body, ByteRange, Call, ErrorKind, File, METADATA_LIMIT};

use crate::{
    body::chunked,
    case::{
        Case,
        Need::{Head, ReadBack},
    },
    content::{content, difference},
    context::CaseContext,
    outcome::{Check, Finding, describe, fail, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "upload.works",
        description: "a file is uploaded and deleted",
        rule: "`upload` stores `body` and returns its key and URL; `delete` removes it",
        remedy: "check the options, and whether the service can be reached from here",
        needs: &[],
        slow: false,
        check: |context| Box::pin(works(context)),
    },
    Case {
        id: "upload.empty",
        description: "a file of no bytes is stored and read back",
        rule: "`upload` stores `body`, whatever its size",
        remedy: "do not take an empty body for a missing one",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(empty(context)),
    },
    Case {
        id: "upload.small",
        description: "files of a few bytes are stored and read back",
        rule: "`upload` stores `body`, whatever its size",
        remedy: "look at what happens to the last, or only, chunk of a body",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(small(context)),
    },
    Case {
        id: "upload.large",
        description: "a file of 12 MiB is stored and read back",
        rule: "`upload` stores `body`, whatever its size, or refuses it as `too_large`",
        remedy: "look at what happens where a file is sent or kept in parts",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(large(context)),
    },
    Case {
        id: "upload.behind-16-mib",
        description: "the bytes of a large file behind its first 16 MiB are read back",
        rule: "`upload` stores `body`, whatever its size, or refuses it as `too_large`",
        remedy: "look at the second part of what is sent in parts, and at integers of 24 bits",
        needs: &[ReadBack],
        slow: true,
        check: |context| Box::pin(behind_16_mib(context)),
    },
    Case {
        id: "upload.unknown-length",
        description: "a body of unknown length is stored",
        rule: "`Body::size` is `None` when the host does not know it",
        remedy: "read to the end of the body rather than up to its size",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(unknown_length(context)),
    },
    Case {
        id: "upload.chunks",
        description: "chunks of all sizes arrive in order and complete",
        rule: "a chunk has any number of bytes but none",
        remedy: "do not count on the size of a chunk",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(chunks(context)),
    },
    Case {
        id: "upload.overwrite",
        description: "a second upload of a key replaces the first whole",
        rule: "an existing file under that key is replaced whole",
        remedy: "truncate, or write aside and rename",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(overwrite(context)),
    },
    Case {
        id: "upload.odd-names",
        description: "keys with spaces, quotes, `%` and the like are kept as they are",
        rule: "a key is taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "encode the key only where a URL is made of it, and never decode it",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(names(context, &ODD, "odd")),
    },
    Case {
        id: "upload.non-ascii",
        description: "keys in all scripts are kept as they are",
        rule: "a key is UTF-8, taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "do not transliterate, normalise or cut a key; encode it as UTF-8 where a URL is made of it",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(names(context, &NON_ASCII, "non-ASCII")),
    },
    Case {
        id: "upload.letter-case",
        description: "keys that differ in upper and lower case are two files",
        rule: "a key is taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "do not change the case of a key; if the service ignores it, refuse capital letters",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(names(context, &["letter", "LETTER", "Letter"], "capital")),
    },
    Case {
        id: "upload.long-key",
        description: "keys of several hundred bytes are kept as they are",
        rule: "a key has up to 1024 bytes; what cannot be stored is refused as `invalid_input`",
        remedy: "refuse a key that is too long for the service; never cut it",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(long_key(context)),
    },
    Case {
        id: "upload.media-name",
        description: "files named by path, hash and extension, as a media library does, do not collide",
        rule: "a file without a key is stored under what `object_key` makes of its path, hash and extension",
        remedy: "call `longshore_provider::key::object_key`",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(media_name(context)),
    },
    Case {
        id: "upload.answer",
        description: "an upload returns a key, a URL, and the size that was stored",
        rule: "`Uploaded` has the full key and the public URL; the size, if it is there, is that of the file",
        remedy: "return `Uploaded::new(key, url)`, `with_size` of the bytes that were stored",
        needs: &[],
        slow: false,
        check: |context| Box::pin(answer(context)),
    },
    Case {
        id: "upload.metadata",
        description: "the metadata of an upload stays small, whatever kind of file it is",
        rule: "`Uploaded::provider_metadata` has at most 16 KiB as JSON: the host keeps it in the row of the file",
        remedy: "keep ids there; leave what describes the content to the media library",
        needs: &[],
        slow: false,
        check: |context| Box::pin(metadata(context)),
    },
    Case {
        id: "upload.content-type",
        description: "`head` returns the content type of the upload",
        rule: "`File::mime` is stored, and returned as `ObjectMeta::content_type`",
        remedy: "hand `file.mime` on to the service",
        needs: &[Head],
        slow: false,
        check: |context| Box::pin(content_type(context)),
    },
    Case {
        id: "upload.size-limit",
        description: "a file over the size limit is refused before it is sent",
        rule: "`check_file_size` refuses a file larger than the limit with `too_large`; an unknown size passes",
        remedy: "leave `check_file_size` to its default, or compare `file.size` with the limit",
        needs: &[],
        slow: false,
        check: |context| Box::pin(size_limit(context)),
    },
];

/// Names without capital letters, which `upload.letter-case` checks.
const ODD: [&str; 16] = [
    "a b.txt",
    "a+b.txt",
    "a%20b.txt",
    "a%b.txt",
    "a#b.txt",
    "a?b=c.txt",
    "a&b;c=d,e.txt",
    "a'b\"c.txt",
    "a(b)[c]{d}.txt",
    "a~b!c@d$e^f.txt",
    "a\\b.txt",
    "a:b|c.txt",
    "a<b>c*d.txt",
    ".hidden",
    "trailing.",
    " a ",
];

/// The first two names are the decomposed and the composed form of one text. They are two different keys.
const NON_ASCII: [&str; 8] = [
    "u\u{308}ber.txt",
    "\u{fc}ber.txt",
    "日本語.txt",
    "файл.txt",
    "ملف.txt",
    "🦀🚢.txt",
    "ﬁ ß ǆ.txt",
    "\u{200b}zero.txt",
];

async fn works(context: &CaseContext) -> Check {
    let stored = context.put("works.txt", content(context.seed, 500)).await?;
    match context.provider().await?.delete(&stored.file, &Call::new()).await {
        Ok(()) => Ok(()),
        Err(error) => fail_with("a stored file cannot be deleted", "no error", describe(&error)),
    }
}

async fn empty(context: &CaseContext) -> Check {
    let stored = context.put("empty.txt", content(0, 0)).await?;
    context.expect_content(&stored, &content(0, 0)).await
}

async fn small(context: &CaseContext) -> Check {
    for length in [1, 2, 7, 255, 256, 257] {
        let bytes = content(context.seed + length as u64, length);
        let stored = context.put(&format!("{length}.txt"), bytes.clone()).await?;
        context.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn large(context: &CaseContext) -> Check {
    let bytes = content(context.seed, (12 << 20) + 17);
    let body = chunked(&bytes, 256 * 1024, true);
    let file = context.at("large.bin");
    match context.try_upload(&file, body).await? {
        Ok(uploaded) => context.expect_content(&crate::context::stored(&file, uploaded), &bytes).await,
        Err(error) if error.kind() == ErrorKind::TooLarge => {
            skip(format!("the provider takes no file of 12 MiB: {}", error.message()))
        }
        Err(error) => fail_with("a file of 12 MiB could not be uploaded", "an upload that succeeds", describe(&error)),
    }
}

async fn behind_16_mib(context: &CaseContext) -> Check {
    const BEHIND: usize = 16 << 20;
    let bytes = content(context.seed, BEHIND + 300_017);
    let file = context.at("behind.bin");
    let stored = match context.try_upload(&file, chunked(&bytes, 256 * 1024, true)).await? {
        Ok(uploaded) => crate::context::stored(&file, uploaded),
        Err(error) if error.kind() == ErrorKind::TooLarge => {
            return skip(format!("the provider takes no file of 16 MiB: {}", error.message()));
        }
        Err(error) => {
            return fail_with("a file of more than 16 MiB could not be uploaded", "an upload", describe(&error));
        }
    };
    context.expect_content(&stored, &bytes).await?;
    if !context.has_open().await? {
        return Ok(());
    }
    let range = ByteRange { start: (BEHIND + 1000) as u64, length: Some(5000) };
    let opened = context.provider().await?.open(&stored.file, Some(range), &Call::new()).await;
    let found = match opened {
        Ok(opened) => opened.body.into_bytes(10_000).await,
        Err(error) => Err(error),
    };
    let expected = &bytes[BEHIND + 1000..BEHIND + 6000];
    match found {
        Ok(found) if found == expected => Ok(()),
        Ok(found) => fail_with("a range behind 16 MiB is wrong", "5000 bytes", difference(expected, &found)),
        Err(error) => fail_with("a range behind 16 MiB is refused", "5000 bytes", describe(&error)),
    }
}

async fn metadata(context: &CaseContext) -> Check {
    for (name, mime) in [
        ("text.txt", "text/plain"),
        ("photo.jpg", "image/jpeg"),
        ("film.mp4", "video/mp4"),
        ("paper.pdf", "application/pdf"),
    ] {
        let mut file = context.at(name);
        mime.clone_into(&mut file.mime);
        file.name = format!("{}{name}", "a long name ".repeat(20));
        let stored = context.upload(&file, Body::from(content(context.seed, 50_000))).await?;
        let size = stored.uploaded.provider_metadata.map_or(0, |metadata| metadata.to_string().len());
        if size > METADATA_LIMIT {
            let found = format!("{size} bytes");
            return fail_with(
                format!("the metadata of `{name}` is too large"),
                format!("{METADATA_LIMIT} bytes"),
                found,
            );
        }
    }
    Ok(())
}

async fn unknown_length(context: &CaseContext) -> Check {
    for length in [0, 300, 100_000] {
        let bytes = content(context.seed + 1, length);
        let file = context.at(&format!("unknown-{length}.txt"));
        let stored = context.upload(&file, chunked(&bytes, 1000, false)).await?;
        context.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn chunks(context: &CaseContext) -> Check {
    for size in [1, 3, 4099] {
        let bytes = content(context.seed + 2, size * 11 + 1);
        let file = context.at(&format!("chunks-{size}.txt"));
        let stored = context.upload(&file, chunked(&bytes, size, true)).await?;
        context.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn overwrite(context: &CaseContext) -> Check {
    let (first, second) = (content(context.seed + 3, 5000), content(context.seed + 4, 1234));
    context.put("over.txt", first).await?;
    let stored = context.put("over.txt", second.clone()).await?;
    context.expect_content(&stored, &second).await
}

/// Stores all `names` before reading any of them, which reveals names that share one file.
pub(super) async fn names(context: &CaseContext, names: &[&str], what: &str) -> Check {
    let mut all = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let bytes = content(context.seed + number as u64, 100 + number);
        let file = context.at(name);
        match context.try_upload(&file, Body::from(bytes.clone())).await? {
            Ok(uploaded) => all.push((name, crate::context::stored(&file, uploaded), bytes)),
            Err(error) if error.kind() == ErrorKind::InvalidInput => context.warn(
                Finding::new(format!("the provider refuses the {what} name `{}`", name.escape_debug()))
                    .expected("a file under that key", describe(&error))
                    .advice("this is allowed if the service cannot have such keys"),
            ),
            Err(error) => {
                let name = name.escape_debug();
                return fail_with(
                    format!("`{name}` could not be uploaded"),
                    "a file, or `invalid_input`",
                    describe(&error),
                );
            }
        }
    }
    for (_, stored, bytes) in &all {
        context.expect_content(stored, bytes).await?;
    }
    Ok(())
}

async fn long_key(context: &CaseContext) -> Check {
    let segment = "k".repeat(90);
    // Pairs of keys that differ in their last byte only.
    let keys = [300, 600, 880].map(|length: usize| {
        let mut key = format!("{segment}/").repeat(12);
        key.truncate(length.saturating_sub(context.prefix().len() + 1));
        let key = key.trim_end_matches('/').to_owned();
        [format!("{key}a"), format!("{key}b")]
    });
    for pair in keys {
        let mut all = Vec::new();
        for (number, key) in pair.iter().enumerate() {
            let bytes = content(context.seed + number as u64, 50 + number);
            let file = context.at(key);
            match context.try_upload(&file, Body::from(bytes.clone())).await? {
                Ok(uploaded) => all.push((crate::context::stored(&file, uploaded), bytes)),
                Err(error) if error.kind() == ErrorKind::InvalidInput => context.warn(
                    Finding::new(format!("the provider refuses a key of {} bytes", context.prefix().len() + key.len()))
                        .expected("a file under that key", describe(&error))
                        .advice("this is allowed if the service cannot have such keys"),
                ),
                Err(error) => {
                    let length = context.prefix().len() + key.len();
                    let reason = format!("a file with a key of {length} bytes could not be uploaded");
                    return fail_with(reason, "a file, or `invalid_input`", describe(&error));
                }
            }
        }
        for (stored, bytes) in &all {
            context.expect_content(stored, bytes).await?;
        }
    }
    Ok(())
}

async fn media_name(context: &CaseContext) -> Check {
    let mut all = Vec::new();
    for (number, path) in [None, Some("one"), Some("two/three")].into_iter().enumerate() {
        let mut file = File::named(format!("{}shared", context.prefix()), ".txt");
        "Shared name.txt".clone_into(&mut file.name);
        "text/plain".clone_into(&mut file.mime);
        file.path = path.map(str::to_owned);
        let bytes = content(context.seed + number as u64, 200 + number);
        let stored = context.upload(&file, Body::from(bytes.clone())).await?;
        context.remember(&stored.uploaded);
        all.push((stored, bytes));
    }
    for (stored, bytes) in &all {
        context.expect_content(stored, bytes).await?;
    }
    Ok(())
}

async fn answer(context: &CaseContext) -> Check {
    let stored = context.put("answer.txt", content(context.seed, 321)).await?;
    let uploaded = &stored.uploaded;
    if uploaded.key.is_empty() {
        return fail_with("an upload returns no key", "the full key", "an empty text");
    }
    if uploaded.url.is_empty() {
        return fail_with("an upload returns no URL", "the file's public URL", "an empty text");
    }
    if let Some(size) = uploaded.size.filter(|size| *size != 321) {
        return fail_with("an upload returns another size than was stored", "321", size);
    }
    if let Some(etag) = uploaded.etag.as_deref().filter(|etag| etag.is_empty() || etag.contains('"')) {
        return fail_with("the ETag is empty or has quotes", "the service's tag, without quotes", format!("`{etag}`"));
    }
    Ok(())
}

async fn content_type(context: &CaseContext) -> Check {
    let mut found = Vec::new();
    for (name, mime) in [("picture.png", "image/png"), ("text.txt", "text/plain"), ("data.json", "application/json")] {
        let mut file = context.at(name);
        mime.clone_into(&mut file.mime);
        let stored = context.upload(&file, Body::from(content(context.seed, 80))).await?;
        let head = context.provider().await?.head(&stored.file, &Call::new()).await;
        match head {
            Ok(meta) => found.push((mime, meta.content_type)),
            Err(error) => return fail_with("a stored file has no `head`", "its metadata", describe(&error)),
        }
    }
    if found.iter().all(|(_, found)| found.is_none()) {
        return skip("`head` returns no content types");
    }
    for (mime, found) in found {
        let kind = found.as_deref().unwrap_or("none").split(';').next().unwrap_or_default().trim().to_owned();
        if kind != mime {
            return fail_with("the content type is not the one that was given", mime, kind);
        }
    }
    Ok(())
}

async fn size_limit(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    let sized = |size| {
        let mut file = context.at("limit.txt");
        file.size = size;
        file
    };
    for size in [Some(999), Some(1000), None] {
        if let Err(error) = handle.check_file_size(&sized(size), 1000).await {
            let what = size.map_or("of unknown size".to_owned(), |size| format!("of {size} bytes"));
            return fail_with(format!("a file {what} is refused at a limit of 1000"), "no error", describe(&error));
        }
    }
    match handle.check_file_size(&sized(Some(1001)), 1000).await {
        Err(error) if error.kind() == ErrorKind::TooLarge => Ok(()),
        Err(error) => fail_with("a file over the limit is refused with another kind", "too_large", describe(&error)),
        Ok(()) => fail("a file of 1001 bytes passes a limit of 1000"),
    }
}
