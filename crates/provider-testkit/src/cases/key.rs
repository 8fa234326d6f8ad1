//! Keys: which are refused, and that every way to name a stored file means the same.

use longshore_provider::{Body, Call, ErrorKind, File};

use crate::{
    bench::Bench,
    case::{Case, Need::ReadBack},
    content::content,
    outcome::{Check, fail_with, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "key.refused",
        description: "keys that lead elsewhere or cannot be read back are refused",
        rule: "an empty key, a segment that is empty, `.` or `..`, or a control character is `invalid_input`",
        remedy: "make keys with `longshore_provider::key::object_key`, which refuses them",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(refused(bench)),
    },
    Case {
        id: "key.relative",
        description: "a stored file is also found by its key below the root",
        rule: "`relative_key` is taken verbatim below the provider's root, in every method",
        remedy: "make the key in every method with the same call of `object_key`, with the same root",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(relative(bench)),
    },
];

async fn refused(bench: &Bench) -> Check {
    let prefix = bench.prefix().to_owned();
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
        match bench.try_upload(&file, Body::from(content(bench.seed, 40))).await? {
            Ok(uploaded) => {
                bench.remember(&uploaded);
                let found = format!("it was stored under `{}`", uploaded.key);
                return fail_with(format!("the key `{shown}` is taken"), "invalid_input", found);
            }
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) => {
                return fail_with(
                    format!("the key `{shown}` is refused with another kind"),
                    "invalid_input",
                    told(&error),
                );
            }
        }
        // Deleting must not lead elsewhere either.
        match bench.provider().await?.delete(&file, &Call::new()).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Ok(()) => return fail_with(format!("deleting the key `{shown}` is taken"), "invalid_input", "no error"),
            Err(error) => {
                let reason = format!("deleting the key `{shown}` is refused with another kind");
                return fail_with(reason, "invalid_input", told(&error));
            }
        }
    }
    Ok(())
}

async fn relative(bench: &Bench) -> Check {
    let bytes = content(bench.seed, 400);
    let stored = bench.put("relative.txt", bytes.clone()).await?;
    bench.expect_content(&stored, &bytes).await?;
    let handle = bench.provider().await?;
    let relative = bench.at("relative.txt");
    if bench.has_open().await?
        && let Err(error) = handle.open(&relative, None, &Call::new()).await
    {
        return fail_with("`open` does not find a stored file by its relative key", "the file", told(&error));
    }
    if bench.has_head().await? {
        match handle.head(&relative, &Call::new()).await {
            Err(error) => {
                return fail_with("`head` does not find a stored file by its relative key", "the file", told(&error));
            }
            Ok(meta) if meta.key != stored.uploaded.key => {
                let reason = "`head` answers another key than the upload did";
                return fail_with(reason, format!("`{}`", stored.uploaded.key), format!("`{}`", meta.key));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}
