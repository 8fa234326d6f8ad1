//! Making a provider.

use std::time::Duration;

use longshore_provider::{Body, Call, Handle};

use crate::{
    bench::Bench,
    case::Case,
    content::content,
    outcome::{Check, fail_with, told},
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
];

async fn open(bench: &Bench) -> Check<Handle> {
    match bench.subject.open(bench.subject.options()).await {
        Ok(handle) => Ok(handle),
        Err(error) => fail_with("no provider could be made of the given options", "a provider", told(&error)),
    }
}

async fn opens(bench: &Bench) -> Check {
    open(bench)
        .await?
        .shutdown(Duration::from_secs(5))
        .await
        .or_else(|error| fail_with("a provider that did nothing does not end", "an end within 5 s", told(&error)))
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
