//! Replacing.

use longshore_provider::{Body, Bytes, Error, ErrorKind, File, Result, Uploaded};

use crate::{
    body::failing,
    case::{
        Case,
        Need::{Look, ReadBack},
    },
    content::content,
    context::{CaseContext, Stored, stored},
    outcome::{Check, describe, fail, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "replace.same-key",
        description: "a file is replaced under its own key",
        rule: "`replace` stores `new` in place of `old`; both may have the same key",
        remedy: "do not delete `old` when it has the key of `new`",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(same_key(context)),
    },
    Case {
        id: "replace.other-key",
        description: "a file is replaced under another key, and the old one is gone",
        rule: "`replace` stores `new` in place of `old`, which is then gone",
        remedy: "delete `old` after `new` is stored, unless both have one key",
        needs: &[ReadBack, Look],
        slow: false,
        check: |context| Box::pin(other_key(context)),
    },
    Case {
        id: "replace.failed",
        description: "when replacing fails, the old file is still there whole",
        rule: "unless `old` is replaced whole, it is still there if `replace` fails",
        remedy: "touch `old` only after `new` is stored",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(failed(context)),
    },
];

async fn old(context: &CaseContext) -> Check<(Stored, Bytes)> {
    let bytes = content(context.seed, 3000);
    Ok((context.put("old.txt", bytes.clone()).await?, bytes))
}

/// Replaces a file as the host does.
async fn replace(context: &CaseContext, new: &File, old: &File, body: Body) -> Check<Result<Uploaded>> {
    let call = context.call().await?;
    Ok(context.provider().await?.replace(new, old, body, &call).await)
}

async fn replaced(context: &CaseContext, new: &File, old: &File, bytes: &Bytes) -> Check<Stored> {
    match replace(context, new, old, Body::from(bytes.clone())).await? {
        Ok(uploaded) => {
            context.remember(&uploaded);
            Ok(stored(new, uploaded))
        }
        Err(error) => fail_with("a file cannot be replaced", "no error", describe(&error)),
    }
}

async fn same_key(context: &CaseContext) -> Check {
    let (old, _) = old(context).await?;
    let bytes = content(context.seed + 1, 2000);
    let new = replaced(context, &old.file, &old.file, &bytes).await?;
    if new.uploaded.key != old.uploaded.key {
        let expected = format!("`{}`", old.uploaded.key);
        return fail_with(
            "replacing under the same key returns another one",
            expected,
            format!("`{}`", new.uploaded.key),
        );
    }
    context.expect_content(&new, &bytes).await
}

async fn other_key(context: &CaseContext) -> Check {
    let (old, _) = old(context).await?;
    let bytes = content(context.seed + 1, 2000);
    let new = replaced(context, &context.at("new.txt"), &old.file, &bytes).await?;
    context.expect_content(&new, &bytes).await?;
    context.expect_absent(&old.file, "another file has replaced it").await
}

async fn failed(context: &CaseContext) -> Check {
    let (old, bytes) = old(context).await?;
    for new in [old.file.clone(), context.at("other.txt")] {
        let error = Error::new(ErrorKind::BrokenBody, "the connection of the sender broke, as the case wants it");
        let body = failing(&content(context.seed + 2, 5000), 1000, 3, error);
        if replace(context, &new, &old.file, body).await?.is_ok() {
            return fail("a body that breaks off replaces a file");
        }
        context.expect_content(&old, &bytes).await?;
    }
    context.expect_absent(&context.at("other.txt"), "replacing by it failed").await
}
