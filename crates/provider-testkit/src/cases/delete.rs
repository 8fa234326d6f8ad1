//! Deleting.

use longshore_provider::Call;

use crate::{
    bench::Bench,
    case::{Case, Need::Look},
    content::content,
    outcome::{Check, fail_with, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "delete.removes",
        description: "a deleted file is gone",
        rule: "`delete` removes the file",
        remedy: "wait for the service's answer before you answer",
        needs: &[Look],
        slow: false,
        check: |bench| Box::pin(removes(bench)),
    },
    Case {
        id: "delete.twice",
        description: "deleting what is not there is no error",
        rule: "a missing file is no error: whoever deletes twice wants it gone",
        remedy: "answer `Ok` when the service says that there is no such file",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(twice(bench)),
    },
    Case {
        id: "delete.neighbours",
        description: "files whose keys begin alike stay",
        rule: "`delete` removes the one file under that key",
        remedy: "delete by the key itself, not by a prefix or a pattern",
        needs: &[Look],
        slow: false,
        check: |bench| Box::pin(neighbours(bench)),
    },
];

async fn removes(bench: &Bench) -> Check {
    let stored = bench.put("gone.txt", content(bench.seed, 90)).await?;
    bench.expect_there(&stored.file, "it was just uploaded").await?;
    if let Err(error) = bench.provider().await?.delete(&stored.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", told(&error));
    }
    bench.expect_absent(&stored.file, "it was deleted").await
}

async fn twice(bench: &Bench) -> Check {
    let stored = bench.put("twice.txt", content(bench.seed, 90)).await?;
    let never = bench.at("never.txt");
    let deep = bench.at("no/such/folder.txt");
    for (file, what) in [
        (&stored.file, "a stored file"),
        (&stored.file, "a deleted file"),
        (&never, "a file that was never there"),
        (&deep, "a file that was never there, in a folder that was never there"),
    ] {
        if let Err(error) = bench.provider().await?.delete(file, &Call::new()).await {
            return fail_with(format!("{what} cannot be deleted"), "no error", told(&error));
        }
    }
    Ok(())
}

async fn neighbours(bench: &Bench) -> Check {
    let mut others = Vec::new();
    for name in ["near", "near.txt.bak", "near.txt2", "nea", "xnear.txt"] {
        others.push(bench.put(name, content(bench.seed, 30)).await?);
    }
    let stored = bench.put("near.txt", content(bench.seed, 40)).await?;
    if let Err(error) = bench.provider().await?.delete(&stored.file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", told(&error));
    }
    for other in others {
        bench.expect_there(&other.file, "only its neighbour `near.txt` was deleted").await?;
    }
    Ok(())
}
