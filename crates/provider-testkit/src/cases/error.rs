//! Errors have the right kind and indicate whether a retry can help.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use longshore_provider::{Body, Call, Error, ErrorKind, Result, serde_json::Value};

use crate::{
    body,
    case::Case,
    content::content,
    context::CaseContext,
    outcome::{Check, describe, fail, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "error.retryable",
        description: "errors that a retry cannot mend do not ask for one",
        rule: "`retryable` says whether the same call may succeed later",
        remedy: "leave `with_retryable` alone unless the service said so",
        needs: &[],
        slow: false,
        check: |context| Box::pin(retryable(context)),
    },
    Case {
        id: "error.extension",
        description: "an unknown extension is `unsupported`",
        rule: "an unknown extension id is `unsupported`",
        remedy: "return `Error::unsupported` for every id that you do not know",
        needs: &[],
        slow: false,
        check: |context| Box::pin(extension(context)),
    },
    Case {
        id: "error.health",
        description: "`health` succeeds for a provider that works",
        rule: "`health` asks the service whether it can be reached and would accept calls",
        remedy: "return `Ok` when the service responds",
        needs: &[],
        slow: false,
        check: |context| Box::pin(health(context)),
    },
    Case {
        id: "error.privacy",
        description: "`is_private` returns the same each time",
        rule: "`is_private` says whether files can be read only by signed URLs",
        remedy: "decide it from the options, in `init`",
        needs: &[],
        slow: false,
        check: |context| Box::pin(privacy(context)),
    },
    Case {
        id: "error.shutdown",
        description: "after a call was dropped, `shutdown` ends, and refuses new calls",
        rule: "`shutdown` resolves when the calls under way and all clean-ups have ended",
        remedy: "a `Cleanup` has to end: give what it asks of the service a time limit",
        needs: &[],
        slow: false,
        check: |context| Box::pin(shutdown(context)),
    },
];

async fn retryable(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    let missing = context.at("never.txt");
    let call = Call::new();
    let upload = context.call().await?;
    let errors: [(&str, Option<Error>); 4] = [
        ("`head` of a missing file", err(handle.head(&missing, &call).await)),
        ("`open` of a missing file", err(handle.open(&missing, None, &call).await)),
        ("an upload to the key `..`", {
            let file = longshore_provider::File::at("..");
            err(handle.upload(&file, Body::from("x"), &upload).await)
        }),
        ("an unknown extension", err(handle.extension("longshore.validate/unknown", Value::Null, None, &call).await)),
    ];
    for (what, error) in errors {
        let Some(error) = error else { continue };
        let hopeless = !matches!(
            error.kind(),
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Internal
        );
        if hopeless && error.is_retryable() {
            return fail_with(
                format!("{what} asks to be tried again"),
                "an error that is not retryable",
                describe(&error),
            );
        }
        if error.message().trim().is_empty() {
            return fail_with(format!("{what} has an error without a message"), "what went wrong", error.kind());
        }
    }
    Ok(())
}

fn err<T>(result: Result<T>) -> Option<Error> {
    result.err()
}

async fn extension(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    match handle.extension("longshore.validate/unknown", Value::Null, None, &Call::new()).await {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(error) => fail_with("an unknown extension is another kind of error", "unsupported", describe(&error)),
        Ok((answer, _)) => fail_with("an unknown extension is accepted", "unsupported", answer),
    }
}

async fn health(context: &CaseContext) -> Check {
    match context.provider().await?.health(&Call::new()).await {
        Ok(()) => Ok(()),
        Err(error) => fail_with("`health` says that the provider does not work", "no error", describe(&error)),
    }
}

async fn privacy(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    let mut first = None;
    for _ in 0..3 {
        match handle.is_private().await {
            Ok(private) if first.is_none_or(|first| first == private) => first = Some(private),
            Ok(private) => return fail_with("`is_private` changes its mind", !private, private),
            Err(error) => return fail_with("`is_private` fails", "yes or no", describe(&error)),
        }
    }
    Ok(())
}

async fn shutdown(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    let call = context.call().await?;
    let file = context.at("last.txt");
    let body = body::stalling(&content(context.seed, 5000), 1000, 2, Arc::new(AtomicUsize::new(0)));
    let stalled = tokio::time::timeout(Duration::from_millis(30), handle.upload(&file, body, &call)).await;
    if let Ok(Ok(_)) = stalled {
        return fail("an upload succeeds whose body stalled");
    }
    if let Err(error) = handle.shutdown(Duration::from_secs(8)).await {
        return fail_with("something is still running 8 s after a call was dropped", "an end", describe(&error));
    }
    match handle.head(&file, &Call::new()).await {
        Err(error) if error.kind() == ErrorKind::Cancelled => Ok(()),
        Err(error) => fail_with("a call after the end is another kind of error", "cancelled", describe(&error)),
        Ok(_) => fail("a call after the end is accepted"),
    }
}
