//! Creating a provider.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use longshore_provider::{Body, Call};
use tokio::time::sleep;

use crate::{
    case::{Case, Need::Process},
    content::content,
    context::{CaseContext, RecordedHandle},
    outcome::{Check, Finding, describe, fail_with},
    process,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "init.opens",
        description: "a provider is made of the given options",
        rule: "`init` makes the provider; it does not need to reach the service",
        remedy: "give options that work with `--options options.toml`; leave contacting the service to `health`",
        needs: &[],
        slow: false,
        check: |context| Box::pin(opens(context)),
    },
    Case {
        id: "init.twice",
        description: "two providers of one library work side by side, and one goes on when the other ends",
        rule: "a library is loaded once and may be made into several providers",
        remedy: "keep state in the provider, not in a `static`",
        needs: &[],
        slow: false,
        check: |context| Box::pin(twice(context)),
    },
    Case {
        id: "init.process",
        description: "working directory, environment, umask and signals of the process stay as they are",
        rule: "a library is a guest: what the whole process has is the host's",
        remedy: "use absolute paths from `InitContext`; leave signals, the umask and the environment alone, also in \
                 dependencies",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(process_stays(context)),
    },
    Case {
        id: "init.dropped",
        description: "a provider that has worked ends without a panic",
        rule: "a panic in `Drop`, or on a thread of the provider's own, is caught and only logged: no caller gets it",
        remedy: "look at the location that is logged; do not `unwrap` in `Drop`, nor wait for anything there",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(dropped(context)),
    },
    Case {
        id: "init.time",
        description: "a provider is made in a few seconds",
        rule: "`init` does not wait for the service: the host and each of its commands start after it",
        remedy: "leave connecting, listing and warming up to the first call, or to `health`",
        needs: &[],
        slow: true,
        check: |context| Box::pin(time(context)),
    },
];

/// The time limit of `init` on a busy machine.
const INIT_LIMIT: Duration = Duration::from_secs(4);

async fn open(context: &CaseContext) -> Check<RecordedHandle> {
    match context.open(context.target.options()).await {
        Ok(handle) => Ok(handle),
        Err(error) => fail_with("no provider could be made of the given options", "a provider", describe(&error)),
    }
}

async fn opens(context: &CaseContext) -> Check {
    let options = context.target.options();
    let handle = match context.open(options).await {
        Ok(handle) => handle,
        Err(error) => match context.target.objections(options).filter(|objections| !objections.is_empty()) {
            // The host refuses the options without calling the provider.
            Some(objections) => {
                let finding = Finding::new("the given options are wrong")
                    .expected("options that the provider's schema takes", objections.join("\n"))
                    .advice("correct the file that `--options` names; what a provider takes, `provider inspect --load` tells");
                return Err(finding.into());
            }
            None => return fail_with("no provider could be made of the given options", "a provider", describe(&error)),
        },
    };
    let ended = handle.shutdown(Duration::from_secs(5)).await;
    ended.or_else(|error| fail_with("a provider that did nothing does not end", "an end within 5 s", describe(&error)))
}

async fn twice(context: &CaseContext) -> Check {
    context.provider().await?;
    let second = match context.open(context.target.options()).await {
        Ok(second) => second,
        Err(error) => {
            return fail_with("a second provider cannot be made beside the first", "a provider", describe(&error));
        }
    };
    let file = context.at("second.txt");
    let call = context.call().await?;
    if let Err(error) = second.upload(&file, Body::from(content(context.seed, 60)), &call).await {
        return fail_with("the second of two providers stores nothing", "an upload that succeeds", describe(&error));
    }
    if let Err(error) = second.delete(&file, &Call::new()).await {
        return fail_with("the second of two providers deletes nothing", "no error", describe(&error));
    }
    if let Err(error) = second.shutdown(Duration::from_secs(5)).await {
        return fail_with("the second of two providers does not end", "an end within 5 s", describe(&error));
    }
    drop(second);
    context.expect_works("another provider of this library ended").await
}

async fn process_stays(context: &CaseContext) -> Check {
    let before = process::shared_state();
    // A new provider is needed, because the provider of the context may already exist.
    let handle = open(context).await?;
    works(context, &handle, "process.txt").await?;
    for ((what, before), (_, after)) in before.into_iter().zip(process::shared_state()) {
        if before != after {
            return fail_with(
                format!("the provider changes {what} of the process"),
                "no change",
                change(&before, &after),
            );
        }
    }
    Ok(())
}

async fn dropped(context: &CaseContext) -> Check {
    let handle = open(context).await?;
    works(context, &handle, "dropped.txt").await?;
    let _ = handle.shutdown(Duration::from_secs(5)).await;
    drop(handle);
    // Log events may arrive late, because the provider may be dropped on another thread.
    for _ in 0..15 {
        if let Some(panicked) = context.target.log().into_iter().find(|line| line.contains("panicked")) {
            return fail_with("something of the provider panicked", "an end without a word", panicked);
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn works(context: &CaseContext, handle: &RecordedHandle, name: &str) -> Check {
    let file = context.at(name);
    let call = context.call().await?;
    if let Err(error) = handle.upload(&file, Body::from(content(context.seed, 60)), &call).await {
        return fail_with("a file could not be uploaded", "an upload that succeeds", describe(&error));
    }
    if let Err(error) = handle.delete(&file, &Call::new()).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    Ok(())
}

/// The added and the removed values, such as ``added `SIGTERM` ``.
fn change(before: &BTreeSet<String>, after: &BTreeSet<String>) -> String {
    let quoted = |names: Vec<&String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let parts = [("added", after.difference(before)), ("removed", before.difference(after))];
    let parts = parts.map(|(word, names)| (word, names.collect::<Vec<_>>()));
    let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
    parts.map(|(word, names)| format!("{word} {}", quoted(names))).collect::<Vec<_>>().join(", ")
}

async fn time(context: &CaseContext) -> Check {
    // Skips the case if no provider can be made: `init.opens` reports that.
    context.provider().await?;
    let started = Instant::now();
    drop(open(context).await?);
    let took = started.elapsed();
    if took > INIT_LIMIT {
        context.warn(
            Finding::new("`init` takes many seconds")
                .expected(format!("less than {INIT_LIMIT:?}"), format!("{took:.1?}")),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_difference_is_printed() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let (before, after) = (set(&["SIGPIPE", "SIGHUP"]), set(&["SIGPIPE", "SIGTERM"]));
        assert_eq!(change(&before, &after), "added `SIGTERM`, removed `SIGHUP`");
    }
}
