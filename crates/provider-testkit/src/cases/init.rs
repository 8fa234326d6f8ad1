//! Making a provider.

use std::time::Duration;

use longshore_provider::{Body, Call, Handle};

use tokio::time::sleep;

use crate::{
    bench::Bench,
    case::{Case, Need::Process},
    content::content,
    outcome::{Check, Finding, fail_with, told},
    process,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "init.opens",
        description: "a provider is made of the given options",
        rule: "`init` makes the provider; it does not depend on the service being reachable",
        remedy: "give options that work with `--options options.toml`; leave asking the service to `health`",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(opens(bench)),
    },
    Case {
        id: "init.twice",
        description: "two providers of one library work side by side, and one goes on when the other ends",
        rule: "a library is loaded once and may be made into several providers",
        remedy: "keep state in the provider, not in a `static`",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(twice(bench)),
    },
    Case {
        id: "init.process",
        description: "working directory, environment, umask and signals of the process stay as they are",
        rule: "a library is a guest: what the whole process has is the host's",
        remedy: "use absolute paths from `InitContext`; leave signals, the umask and the environment alone, also in \
                 dependencies",
        needs: &[Process],
        slow: false,
        check: |bench| Box::pin(process_stays(bench)),
    },
    Case {
        id: "init.dropped",
        description: "a provider that has worked ends without a panic",
        rule: "a panic in `Drop`, or on a thread of the provider's own, is caught and logged: nobody else hears of it",
        remedy: "look at the location that is logged; do not `unwrap` in `Drop`, nor wait for anything there",
        needs: &[Process],
        slow: false,
        check: |bench| Box::pin(dropped(bench)),
    },
];

async fn open(bench: &Bench) -> Check<Handle> {
    match bench.subject.open(bench.subject.options()).await {
        Ok(handle) => Ok(handle),
        Err(error) => fail_with("no provider could be made of the given options", "a provider", told(&error)),
    }
}

async fn opens(bench: &Bench) -> Check {
    let options = bench.subject.options();
    let handle = match bench.subject.open(options).await {
        Ok(handle) => handle,
        Err(error) => match bench.subject.objections(options).filter(|objections| !objections.is_empty()) {
            // The host does not even ask the provider.
            Some(objections) => {
                let finding = Finding::new("the given options are wrong")
                    .expected("options that the provider's schema takes", objections.join("\n"))
                    .advice("correct the file that `--options` names; what a provider takes, `provider inspect --load` tells");
                return Err(finding.into());
            }
            None => return fail_with("no provider could be made of the given options", "a provider", told(&error)),
        },
    };
    let ended = handle.shutdown(Duration::from_secs(5)).await;
    ended.or_else(|error| fail_with("a provider that did nothing does not end", "an end within 5 s", told(&error)))
}

async fn twice(bench: &Bench) -> Check {
    bench.provider().await?;
    let second = match bench.subject.open(bench.subject.options()).await {
        Ok(second) => second,
        Err(error) => {
            return fail_with("a second provider cannot be made beside the first", "a provider", told(&error));
        }
    };
    let file = bench.at("second.txt");
    let call = bench.call().await?;
    if let Err(error) = second.upload(&file, Body::from(content(bench.seed, 60)), &call).await {
        return fail_with("the second of two providers stores nothing", "an upload that succeeds", told(&error));
    }
    if let Err(error) = second.delete(&file, &Call::new()).await {
        return fail_with("the second of two providers deletes nothing", "no error", told(&error));
    }
    if let Err(error) = second.shutdown(Duration::from_secs(5)).await {
        return fail_with("the second of two providers does not end", "an end within 5 s", told(&error));
    }
    drop(second);
    bench.expect_works("another provider of this library ended").await
}

async fn process_stays(bench: &Bench) -> Check {
    let before = process::commons();
    // A provider of its own: the one of the bench may have been made already.
    let handle = open(bench).await?;
    works(bench, &handle, "process.txt").await?;
    for ((what, before), (_, after)) in before.into_iter().zip(process::commons()) {
        if before != after {
            return fail_with(format!("the provider changes {what} of the process"), before, after);
        }
    }
    Ok(())
}

async fn dropped(bench: &Bench) -> Check {
    let handle = open(bench).await?;
    works(bench, &handle, "dropped.txt").await?;
    let _ = handle.shutdown(Duration::from_secs(5)).await;
    drop(handle);
    // The log is written as it comes; the drop itself may be on another thread.
    for _ in 0..15 {
        if let Some(panicked) = bench.subject.log().into_iter().find(|line| line.contains("panicked")) {
            return fail_with("something of the provider panicked", "an end without a word", panicked);
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn works(bench: &Bench, handle: &Handle, name: &str) -> Check {
    let file = bench.at(name);
    let call = bench.call().await?;
    if let Err(error) = handle.upload(&file, Body::from(content(bench.seed, 60)), &call).await {
        return fail_with("a file could not be uploaded", "an upload that succeeds", told(&error));
    }
    if let Err(error) = handle.delete(&file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", told(&error));
    }
    Ok(())
}
