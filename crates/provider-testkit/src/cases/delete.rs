//! Deleting.

use longshore_provider::{Body, Call};

use crate::{
    case::{
        Case,
        Need::{Look, ReadBack},
    },
    content::content,
    context::CaseContext,
    outcome::{Check, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "delete.removes",
        description: "a deleted file is gone",
        rule: "`delete` removes the file",
        remedy: "wait for the service's response before you return",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(removes(context)),
    },
    Case {
        id: "delete.twice",
        description: "deleting what is not there is no error",
        rule: "a missing file is no error: a caller that deletes twice wants it gone",
        remedy: "return `Ok` when the service reports that there is no such file",
        needs: &[],
        slow: false,
        check: |context| Box::pin(twice(context)),
    },
    Case {
        id: "delete.neighbours",
        description: "files whose keys begin alike stay",
        rule: "`delete` removes the one file under that key",
        remedy: "delete by the key itself, not by a prefix or a pattern",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(neighbours(context)),
    },
    Case {
        id: "delete.below",
        description: "deleting `a` does not delete `a/b`",
        rule: "`delete` removes the one file under that key; a key is no folder",
        remedy: "delete files, never folders or prefixes; a key that names a folder is a missing file",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(below(context)),
    },
    Case {
        id: "delete.pattern",
        description: "a key with `*`, `?`, `[` or `%` deletes no file but its own",
        rule: "a key is taken verbatim, also where it looks like a pattern",
        remedy: "escape the key where your service or your shell reads a pattern",
        needs: &[Look],
        slow: false,
        check: |context| Box::pin(pattern(context)),
    },
    Case {
        id: "delete.identical",
        description: "deleting one of two files with the same bytes leaves the other",
        rule: "`delete` removes the one file under that key",
        remedy: "if you store equal contents once, count the keys that refer to them",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(identical(context)),
    },
];

async fn removes(context: &CaseContext) -> Check {
    let stored = context.put("gone.txt", content(context.seed, 90)).await?;
    context.expect_there(&stored.file, "it was just uploaded").await?;
    if let Err(error) = context.provider().await?.delete(&stored.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    context.expect_absent(&stored.file, "it was deleted").await
}

async fn twice(context: &CaseContext) -> Check {
    let stored = context.put("twice.txt", content(context.seed, 90)).await?;
    let never = context.at("never.txt");
    let deep = context.at("no/such/folder.txt");
    for (file, what) in [
        (&stored.file, "a stored file"),
        (&stored.file, "a deleted file"),
        (&never, "a file that was never there"),
        (&deep, "a file that was never there, in a folder that was never there"),
    ] {
        if let Err(error) = context.provider().await?.delete(file, &Call::new()).await {
            return fail_with(format!("{what} cannot be deleted"), "no error", describe(&error));
        }
    }
    Ok(())
}

async fn neighbours(context: &CaseContext) -> Check {
    let mut others = Vec::new();
    for name in ["near", "near.txt.bak", "near.txt2", "nea", "xnear.txt"] {
        others.push(context.put(name, content(context.seed, 30)).await?);
    }
    let stored = context.put("near.txt", content(context.seed, 40)).await?;
    if let Err(error) = context.provider().await?.delete(&stored.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    for other in others {
        context.expect_there(&other.file, "only its neighbour `near.txt` was deleted").await?;
    }
    Ok(())
}

async fn below(context: &CaseContext) -> Check {
    let leaf = context.put("tree/leaf.txt", content(context.seed, 70)).await?;
    let file = context.at("tree");
    // A service with folders may refuse this upload. Other cases check whether the deletion works.
    let _ = context.try_upload(&file, Body::from(content(context.seed, 71))).await?;
    let _ = context.provider().await?.delete(&file, &Call::new()).await;
    context.expect_there(&leaf.file, "only `tree` was deleted").await
}

async fn pattern(context: &CaseContext) -> Check {
    let mut others = Vec::new();
    for name in ["glob-a.txt", "glob-b.txt", "glob-c"] {
        others.push(context.put(name, content(context.seed, 35)).await?);
    }
    for pattern in
        ["glob-*", "glob-*.txt", "glob-?.txt", "glob-[ab].txt", "glob-{a,b}.txt", "glob-%", "glob_a.txt", "*"]
    {
        let _ = context.provider().await?.delete(&context.at(pattern), &Call::new()).await;
        for other in &others {
            context.expect_there(&other.file, &format!("only `{pattern}` was deleted")).await?;
        }
    }
    Ok(())
}

async fn identical(context: &CaseContext) -> Check {
    let bytes = content(context.seed, 2222);
    let one = context.put("twin-1.txt", bytes.clone()).await?;
    let other = context.put("twin-2.txt", bytes.clone()).await?;
    if let Err(error) = context.provider().await?.delete(&one.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    context.expect_content(&other, &bytes).await
}
