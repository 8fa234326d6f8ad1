//! Keys: which keys are refused, and whether all ways to name a stored file are equivalent.

use longshore_provider::{Body, Call, ErrorKind, File};

use super::upload::names;
use crate::{
    case::{Case, Need::ReadBack},
    content::content,
    context::CaseContext,
    outcome::{Check, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "key.refused",
        description: "keys that lead elsewhere or cannot be read back are refused",
        rule: "an empty key, a segment that is empty, `.` or `..`, or a control character is `invalid_input`",
        remedy: "make keys with `longshore_provider::key::object_key`, which refuses them",
        needs: &[],
        slow: false,
        check: |context| Box::pin(refused(context)),
    },
    Case {
        id: "key.relative",
        description: "a stored file is also found by its key below the root",
        rule: "`relative_key` is taken verbatim below the provider's root, in every method",
        remedy: "make the key in every method with the same call of `object_key`, with the same root",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(relative(context)),
    },
    Case {
        id: "key.backslash",
        description: "`a\\b` and `a/b` are two files",
        rule: "a key is taken verbatim, or refused as `invalid_input`; only `/` separates folders",
        remedy: "do not turn `\\` into `/`; if the service does, refuse it",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(names(context, &["slash\\name.txt", "slash/name.txt"], "unusual")),
    },
    Case {
        id: "key.trailing",
        description: "keys that differ in dots and spaces at their end are different files",
        rule: "a key is taken verbatim, or refused as `invalid_input`; never rewritten",
        remedy: "do not trim a key; if the service does, refuse keys that end with a dot or a space",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(names(context, &["dots", "dots.", "dots..", "dots "], "unusual")),
    },
    Case {
        id: "key.extension",
        description: "files with one hash and different extensions are different files",
        rule: "a file without a key is stored under what `object_key` makes of its path, hash and extension",
        remedy: "call `longshore_provider::key::object_key`",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(extension(context)),
    },
];

async fn refused(context: &CaseContext) -> Check {
    let prefix = context.prefix().to_owned();
    let bad = [
        "",
        "/",
        "..",
        "../x",
        &format!("{prefix}../../x"),
        &format!("{prefix}a//b"),
        &format!("{prefix}./x"),
        &format!("/{prefix}x"),
        &format!("{prefix}x/"),
        &format!("{prefix}a\nb"),
        &format!("{prefix}a\0b"),
    ]
    .map(str::to_owned);
    for key in bad {
        let file = File::at(key.clone());
        let shown = key.escape_debug();
        match context.try_upload(&file, Body::from(content(context.seed, 40))).await? {
            Ok(uploaded) => {
                context.remember(&uploaded);
                let found = format!("it was stored under `{}`", uploaded.key);
                return fail_with(format!("the key `{shown}` is taken"), "invalid_input", found);
            }
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) => {
                return fail_with(
                    format!("the key `{shown}` is refused with another kind"),
                    "invalid_input",
                    describe(&error),
                );
            }
        }
        // `delete` must not resolve the key to another file either.
        match context.provider().await?.delete(&file, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Ok(()) => return fail_with(format!("deleting the key `{shown}` is taken"), "invalid_input", "no error"),
            Err(error) => {
                let reason = format!("deleting the key `{shown}` is refused with another kind");
                return fail_with(reason, "invalid_input", describe(&error));
            }
        }
    }
    Ok(())
}

async fn relative(context: &CaseContext) -> Check {
    let bytes = content(context.seed, 400);
    let stored = context.put("relative.txt", bytes.clone()).await?;
    context.expect_content(&stored, &bytes).await?;
    let handle = context.provider().await?;
    let relative = context.at("relative.txt");
    if context.has_open().await?
        && let Err(error) = handle.open(&relative, None, &Call::new()).await
    {
        return fail_with("`open` does not find a stored file by its relative key", "the file", describe(&error));
    }
    if context.has_head().await? {
        match handle.head(&relative, &Call::new()).await {
            Err(error) => {
                return fail_with(
                    "`head` does not find a stored file by its relative key",
                    "the file",
                    describe(&error),
                );
            }
            Ok(meta) if meta.key != stored.uploaded.key => {
                let reason = "`head` returns another key than the upload did";
                return fail_with(reason, format!("`{}`", stored.uploaded.key), format!("`{}`", meta.key));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

async fn extension(context: &CaseContext) -> Check {
    let mut all = Vec::new();
    for (number, ext) in [".png", ".jpg", ""].into_iter().enumerate() {
        let mut file = File::named(format!("{}same", context.prefix()), ext);
        file.name = format!("Same{ext}");
        let bytes = content(context.seed + number as u64, 220 + number);
        let stored = context.upload(&file, Body::from(bytes.clone())).await?;
        context.remember(&stored.uploaded);
        all.push((stored, bytes));
    }
    for (stored, bytes) in &all {
        context.expect_content(stored, bytes).await?;
    }
    let (first, others) = all.split_first().expect("three files were stored");
    if let Err(error) = context.provider().await?.delete(&first.0.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    for (stored, bytes) in others {
        context.expect_content(stored, bytes).await?;
    }
    Ok(())
}
