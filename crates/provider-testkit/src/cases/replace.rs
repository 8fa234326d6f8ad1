//! Replacing.

use longshore_provider::{Body, Bytes, Error, ErrorKind, File, Result, Uploaded};

use crate::{
    bench::{Bench, Stored, stored},
    body::failing,
    case::{
        Case,
        Need::{Look, ReadBack},
    },
    content::content,
    outcome::{Check, fail, fail_with, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "replace.same-key",
        description: "a file is replaced under its own key",
        rule: "`replace` stores `new` in place of `old`; both may have the same key",
        remedy: "do not delete `old` when it has the key of `new`",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(same_key(bench)),
    },
    Case {
        id: "replace.other-key",
        description: "a file is replaced under another key, and the old one is gone",
        rule: "`replace` stores `new` in place of `old`, which is then gone",
        remedy: "delete `old` after `new` is stored, unless both have one key",
        needs: &[ReadBack, Look],
        slow: false,
        check: |bench| Box::pin(other_key(bench)),
    },
    Case {
        id: "replace.failed",
        description: "when replacing fails, the old file is still there whole",
        rule: "unless `old` is replaced whole, it is still there if `replace` fails",
        remedy: "touch `old` only after `new` is stored",
        needs: &[ReadBack],
        slow: false,
        check: |bench| Box::pin(failed(bench)),
    },
];

async fn old(bench: &Bench) -> Check<(Stored, Bytes)> {
    let bytes = content(bench.seed, 3000);
    Ok((bench.put("old.txt", bytes.clone()).await?, bytes))
}

/// Replaces, as the host does it.
async fn replace(bench: &Bench, new: &File, old: &File, body: Body) -> Check<Result<Uploaded>> {
    let call = bench.call().await?;
    Ok(bench.provider().await?.replace(new, old, body, &call).await)
}

async fn replaced(bench: &Bench, new: &File, old: &File, bytes: &Bytes) -> Check<Stored> {
    match replace(bench, new, old, Body::from(bytes.clone())).await? {
        Ok(uploaded) => {
            bench.remember(&uploaded);
            Ok(stored(new, uploaded))
        }
        Err(error) => fail_with("a file cannot be replaced", "no error", told(&error)),
    }
}

async fn same_key(bench: &Bench) -> Check {
    let (old, _) = old(bench).await?;
    let bytes = content(bench.seed + 1, 2000);
    let new = replaced(bench, &old.file, &old.file, &bytes).await?;
    if new.uploaded.key != old.uploaded.key {
        let expected = format!("`{}`", old.uploaded.key);
        return fail_with(
            "replacing under the same key answers another one",
            expected,
            format!("`{}`", new.uploaded.key),
        );
    }
    bench.expect_content(&new, &bytes).await
}

async fn other_key(bench: &Bench) -> Check {
    let (old, _) = old(bench).await?;
    let bytes = content(bench.seed + 1, 2000);
    let new = replaced(bench, &bench.at("new.txt"), &old.file, &bytes).await?;
    bench.expect_content(&new, &bytes).await?;
    bench.expect_absent(&old.file, "another file has replaced it").await
}

async fn failed(bench: &Bench) -> Check {
    let (old, bytes) = old(bench).await?;
    for new in [old.file.clone(), bench.at("other.txt")] {
        let error = Error::new(ErrorKind::BrokenBody, "the connection of the sender broke, as the case wants it");
        let body = failing(&content(bench.seed + 2, 5000), 1000, 3, error);
        if replace(bench, &new, &old.file, body).await?.is_ok() {
            return fail("a body that breaks off replaces a file");
        }
        bench.expect_content(&old, &bytes).await?;
    }
    bench.expect_absent(&bench.at("other.txt"), "replacing by it failed").await
}
