//! What is uploaded is what is stored, whatever its size and name.

use longshore_provider::{Body, ErrorKind, File};

use crate::{
    bench::Bench,
    body::chunked,
    case::{
        Case,
        Need::{Head, ReadBack},
    },
    content::content,
    outcome::{Check, Finding, fail, fail_with, skip, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "upload.works",
        description: "a file is uploaded and deleted",
        rule: "`upload` stores `body` and answers under which key and URL; `delete` removes it",
        remedy: "check the options, and whether the service can be reached from here",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(works(bench)),
    },
    Case {
        id: "upload.empty",
        description: "a file of no bytes is stored and read back",
        rule: "`upload` stores `body`, whatever its size",
        remedy: "do not take an empty body for a missing one",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(empty(bench)),
    },
    Case {
        id: "upload.small",
        description: "files of a few bytes are stored and read back",
        rule: "`upload` stores `body`, whatever its size",
        remedy: "look at what happens to the last, or only, chunk of a body",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(small(bench)),
    },
    Case {
        id: "upload.large",
        description: "a file of 12 MiB is stored and read back",
        rule: "`upload` stores `body`, whatever its size, or refuses it as `too_large`",
        remedy: "look at what happens where a file is sent or kept in parts",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(large(bench)),
    },
    Case {
        id: "upload.unknown-length",
        description: "a body that does not say how long it is is stored",
        rule: "`Body::size` is `None` when nobody knows it",
        remedy: "read to the end of the body rather than up to its size",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(unknown_length(bench)),
    },
    Case {
        id: "upload.chunks",
        description: "chunks of all sizes arrive in order and complete",
        rule: "a chunk has any number of bytes but none",
        remedy: "do not count on the size of a chunk",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(chunks(bench)),
    },
    Case {
        id: "upload.overwrite",
        description: "a second upload of a key replaces the first whole",
        rule: "an existing file under that key is replaced whole",
        remedy: "truncate, or write aside and rename",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(overwrite(bench)),
    },
    Case {
        id: "upload.odd-names",
        description: "keys with spaces, quotes, `%` and the like are kept as they are",
        rule: "a key is taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "encode the key only where a URL is made of it, and never decode it",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(names(bench, &ODD, "odd")),
    },
    Case {
        id: "upload.non-ascii",
        description: "keys in all scripts are kept as they are",
        rule: "a key is UTF-8, taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "do not transliterate, normalise or cut a key; encode it as UTF-8 where a URL is made of it",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(names(bench, &NON_ASCII, "non-ASCII")),
    },
    Case {
        id: "upload.letter-case",
        description: "keys that differ in upper and lower case are two files",
        rule: "a key is taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "do not change the case of a key; if the service ignores it, refuse capital letters",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(names(bench, &["letter", "LETTER", "Letter"], "capital")),
    },
    Case {
        id: "upload.long-key",
        description: "keys of several hundred bytes are kept as they are",
        rule: "a key has up to 1024 bytes; what cannot be stored is refused as `invalid_input`",
        remedy: "refuse a key that is too long for the service; never cut it",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(long_key(bench)),
    },
    Case {
        id: "upload.media-name",
        description: "files named by path, hash and extension, as a media library does, do not collide",
        rule: "a file without a key is stored under what `object_key` makes of its path, hash and extension",
        remedy: "call `longshore_provider::key::object_key`",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(media_name(bench)),
    },
    Case {
        id: "upload.answer",
        description: "an upload answers a key, a URL, and the size that was stored",
        rule: "`Uploaded` has the full key and the public URL; the size, if it is there, is that of the file",
        remedy: "answer `Uploaded::new(key, url)`, `with_size` of the bytes that were stored",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(answer(bench)),
    },
    Case {
        id: "upload.content-type",
        description: "the content type that was given is answered",
        rule: "`File::mime` is stored, and answered as `ObjectMeta::content_type`",
        remedy: "hand `file.mime` on to the service",
        needs: &[Head],
        slow: false,
        check: |bench| Box::pin(content_type(bench)),
    },
    Case {
        id: "upload.size-limit",
        description: "a file over the size limit is refused before it is sent",
        rule: "`check_file_size` refuses a file larger than the limit with `too_large`; an unknown size passes",
        remedy: "leave `check_file_size` to its default, or compare `file.size` with the limit",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(size_limit(bench)),
    },
];

/// No capital letters: another case is about those.
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

/// The second is the first, composed; they are two keys.
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

async fn works(bench: &Bench) -> Check {
    let stored = bench.put("works.txt", content(bench.seed, 500)).await?;
    match bench.provider().await?.delete(&stored.file, &longshore_provider::Call::new()).await {
        Ok(()) => Ok(()),
        Err(error) => fail_with("a stored file cannot be deleted", "no error", told(&error)),
    }
}

async fn empty(bench: &Bench) -> Check {
    let stored = bench.put("empty.txt", content(0, 0)).await?;
    bench.expect_content(&stored, &content(0, 0)).await
}

async fn small(bench: &Bench) -> Check {
    for length in [1, 2, 7, 255, 256, 257] {
        let bytes = content(bench.seed + length as u64, length);
        let stored = bench.put(&format!("{length}.txt"), bytes.clone()).await?;
        bench.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn large(bench: &Bench) -> Check {
    let bytes = content(bench.seed, (12 << 20) + 17);
    let body = chunked(&bytes, 256 * 1024, true);
    let file = bench.at("large.bin");
    match bench.try_upload(&file, body).await? {
        Ok(uploaded) => bench.expect_content(&crate::bench::stored(&file, uploaded), &bytes).await,
        Err(error) if error.kind() == ErrorKind::TooLarge => {
            skip(format!("the provider takes no file of 12 MiB: {}", error.message()))
        }
        Err(error) => fail_with("a file of 12 MiB could not be uploaded", "an upload that succeeds", told(&error)),
    }
}

async fn unknown_length(bench: &Bench) -> Check {
    for length in [0, 300, 100_000] {
        let bytes = content(bench.seed + 1, length);
        let file = bench.at(&format!("unknown-{length}.txt"));
        let stored = bench.upload(&file, chunked(&bytes, 1000, false)).await?;
        bench.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn chunks(bench: &Bench) -> Check {
    for size in [1, 3, 4099] {
        let bytes = content(bench.seed + 2, size * 11 + 1);
        let file = bench.at(&format!("chunks-{size}.txt"));
        let stored = bench.upload(&file, chunked(&bytes, size, true)).await?;
        bench.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn overwrite(bench: &Bench) -> Check {
    let (first, second) = (content(bench.seed + 3, 5000), content(bench.seed + 4, 1234));
    bench.put("over.txt", first).await?;
    let stored = bench.put("over.txt", second.clone()).await?;
    bench.expect_content(&stored, &second).await
}

/// Stores all `names`, then reads them: two that were taken for one show.
async fn names(bench: &Bench, names: &[&str], what: &str) -> Check {
    let mut all = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let bytes = content(bench.seed + number as u64, 100 + number);
        let file = bench.at(name);
        match bench.try_upload(&file, Body::from(bytes.clone())).await? {
            Ok(uploaded) => all.push((name, crate::bench::stored(&file, uploaded), bytes)),
            Err(error) if error.kind() == ErrorKind::InvalidInput => bench.warn(
                Finding::new(format!("the provider refuses the {what} name `{}`", name.escape_debug()))
                    .expected("a file under that key", told(&error))
                    .advice("this is allowed if the service cannot have such keys"),
            ),
            Err(error) => {
                let name = name.escape_debug();
                return fail_with(
                    format!("`{name}` could not be uploaded"),
                    "a file, or `invalid_input`",
                    told(&error),
                );
            }
        }
    }
    for (_, stored, bytes) in &all {
        bench.expect_content(stored, bytes).await?;
    }
    Ok(())
}

async fn long_key(bench: &Bench) -> Check {
    let segment = "k".repeat(90);
    // Two that differ in their last byte alone.
    let keys = [300, 600, 880].map(|length: usize| {
        let mut key = format!("{segment}/").repeat(12);
        key.truncate(length.saturating_sub(bench.prefix().len() + 1));
        let key = key.trim_end_matches('/').to_owned();
        [format!("{key}a"), format!("{key}b")]
    });
    for pair in keys {
        let mut all = Vec::new();
        for (number, key) in pair.iter().enumerate() {
            let bytes = content(bench.seed + number as u64, 50 + number);
            let file = bench.at(key);
            match bench.try_upload(&file, Body::from(bytes.clone())).await? {
                Ok(uploaded) => all.push((crate::bench::stored(&file, uploaded), bytes)),
                Err(error) if error.kind() == ErrorKind::InvalidInput => bench.warn(
                    Finding::new(format!("the provider refuses a key of {} bytes", bench.prefix().len() + key.len()))
                        .expected("a file under that key", told(&error))
                        .advice("this is allowed if the service cannot have such keys"),
                ),
                Err(error) => {
                    let length = bench.prefix().len() + key.len();
                    let reason = format!("a file with a key of {length} bytes could not be uploaded");
                    return fail_with(reason, "a file, or `invalid_input`", told(&error));
                }
            }
        }
        for (stored, bytes) in &all {
            bench.expect_content(stored, bytes).await?;
        }
    }
    Ok(())
}

async fn media_name(bench: &Bench) -> Check {
    let mut all = Vec::new();
    for (number, path) in [None, Some("one"), Some("two/three")].into_iter().enumerate() {
        let mut file = File::named(format!("{}shared", bench.prefix()), ".txt");
        "Shared name.txt".clone_into(&mut file.name);
        "text/plain".clone_into(&mut file.mime);
        file.path = path.map(str::to_owned);
        let bytes = content(bench.seed + number as u64, 200 + number);
        let stored = bench.upload(&file, Body::from(bytes.clone())).await?;
        bench.remember(&stored.uploaded);
        all.push((stored, bytes));
    }
    for (stored, bytes) in &all {
        bench.expect_content(stored, bytes).await?;
    }
    Ok(())
}

async fn answer(bench: &Bench) -> Check {
    let stored = bench.put("answer.txt", content(bench.seed, 321)).await?;
    let uploaded = &stored.uploaded;
    if uploaded.key.is_empty() {
        return fail_with("an upload answers no key", "the full key", "an empty text");
    }
    if uploaded.url.is_empty() {
        return fail_with("an upload answers no URL", "the file's public URL", "an empty text");
    }
    if let Some(size) = uploaded.size.filter(|size| *size != 321) {
        return fail_with("an upload answers another size than was stored", "321", size);
    }
    if let Some(etag) = uploaded.etag.as_deref().filter(|etag| etag.is_empty() || etag.contains('"')) {
        return fail_with("the ETag is empty or has quotes", "the service's tag, without quotes", format!("`{etag}`"));
    }
    Ok(())
}

async fn content_type(bench: &Bench) -> Check {
    let mut found = Vec::new();
    for (name, mime) in [("picture.png", "image/png"), ("text.txt", "text/plain"), ("data.json", "application/json")] {
        let mut file = bench.at(name);
        mime.clone_into(&mut file.mime);
        let stored = bench.upload(&file, Body::from(content(bench.seed, 80))).await?;
        let head = bench.provider().await?.head(&stored.file, &longshore_provider::Call::new()).await;
        match head {
            Ok(meta) => found.push((mime, meta.content_type)),
            Err(error) => return fail_with("a stored file has no `head`", "its metadata", told(&error)),
        }
    }
    if found.iter().all(|(_, found)| found.is_none()) {
        return skip("`head` answers no content types");
    }
    for (mime, found) in found {
        let kind = found.as_deref().unwrap_or("none").split(';').next().unwrap_or_default().trim().to_owned();
        if kind != mime {
            return fail_with("the content type is not the one that was given", mime, kind);
        }
    }
    Ok(())
}

async fn size_limit(bench: &Bench) -> Check {
    let handle = bench.provider().await?;
    let sized = |size| {
        let mut file = bench.at("limit.txt");
        file.size = size;
        file
    };
    for size in [Some(999), Some(1000), None] {
        if let Err(error) = handle.check_file_size(&sized(size), 1000).await {
            let what = size.map_or("of unknown size".to_owned(), |size| format!("of {size} bytes"));
            return fail_with(format!("a file {what} is refused at a limit of 1000"), "no error", told(&error));
        }
    }
    match handle.check_file_size(&sized(Some(1001)), 1000).await {
        Err(error) if error.kind() == ErrorKind::TooLarge => Ok(()),
        Err(error) => fail_with("a file over the limit is refused with another kind", "too_large", told(&error)),
        Ok(()) => fail("a file of 1001 bytes passes a limit of 1000"),
    }
}
