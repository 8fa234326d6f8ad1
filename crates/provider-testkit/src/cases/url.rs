//! Plain URLs.

use longshore_provider::{Body, ErrorKind, SignOptions, check_url};

use crate::{
    case::{
        Case,
        Need::{Fetch, Public},
    },
    content::{content, difference},
    context::{CaseContext, stored},
    outcome::{Check, describe, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "url.computed",
        description: "the plain URL of a key is the one that its upload returns, before and after it",
        rule: "`url` is computed, never asked for: the file need not exist",
        remedy: "make the URL in `upload` and in `url` by the same function",
        needs: &[],
        slow: false,
        check: |context| Box::pin(computed(context)),
    },
    Case {
        id: "url.encoded",
        description: "URLs of odd names are percent-encoded",
        rule: "`Uploaded::url` is percent-encoded",
        remedy: "make the path of the URL with `longshore_provider::key::url_path`",
        needs: &[],
        slow: false,
        check: |context| Box::pin(encoded(context)),
    },
    Case {
        id: "url.fetched",
        description: "the public URL of a file opens its bytes with its type",
        rule: "`Uploaded::url` is the public URL of the file",
        remedy: "open the URL in a browser, and look at what the service says",
        needs: &[Public, Fetch],
        slow: false,
        check: |context| Box::pin(fetched(context)),
    },
    Case {
        id: "url.absolute",
        description: "URLs are absolute, or paths on the host's own server",
        rule: "a URL is one that `check_url` accepts: the host refuses all others",
        remedy: "put the scheme and the host before the path; require them in `baseUrl`",
        needs: &[],
        slow: false,
        check: |context| Box::pin(absolute(context)),
    },
];

async fn computed(context: &CaseContext) -> Check {
    let handle = context.provider().await?;
    let file = context.at("computed.txt");
    let before = match handle.url(&file).await {
        Ok(url) => Some(url),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => return fail_with("the URL of a key cannot be made", "a URL, or `unsupported`", describe(&error)),
    };
    let stored = context.upload(&file, Body::from(content(context.seed, 70))).await?;
    let after = match handle.url(&stored.file).await {
        Ok(url) => url,
        Err(error) => return fail_with("the URL of a stored file cannot be made", "a URL", describe(&error)),
    };
    let answered = &stored.uploaded.url;
    for (when, url) in before.iter().map(|url| ("before", url)).chain([("after", &after)]) {
        if url != answered {
            let reason = format!("`url` returns another URL {when} the upload than the upload does");
            return fail_with(reason, answered, url);
        }
    }
    Ok(())
}

async fn encoded(context: &CaseContext) -> Check {
    for name in ["sp ace ü\"<>.txt", "hash#question?percent%41.txt"] {
        let file = context.at(name);
        let uploaded = match context.try_upload(&file, Body::from(content(context.seed, 70))).await? {
            Ok(uploaded) => uploaded,
            Err(error) if error.kind() == ErrorKind::InvalidInput => return skip("the provider refuses odd names"),
            Err(error) => return fail_with("an odd name could not be uploaded", "a file", describe(&error)),
        };
        let url = &uploaded.url;
        let wrong = |c: char| !c.is_ascii() || c.is_ascii_control() || " \"<>\\^`{|}".contains(c);
        if let Some(wrong) = url.chars().find(|c| wrong(*c)) {
            return fail_with(format!("a URL has the character {wrong:?}"), "a percent-encoded URL", url);
        }
        let key = url.rsplit('/').next().unwrap_or(url);
        if url.contains("://") && name.contains('#') && (key.contains('#') || !url.contains("%2541")) {
            let reason = "`#`, `?` or `%` of a key stand in the URL as they are";
            return fail_with(reason, "`%23`, `%3F` and `%25`", url);
        }
    }
    Ok(())
}

async fn fetched(context: &CaseContext) -> Check {
    for name in ["plain.txt", "odd & näme+.txt"] {
        let bytes = content(context.seed, 5000);
        let file = context.at(name);
        let file = match context.try_upload(&file, Body::from(bytes.clone())).await? {
            Ok(uploaded) => stored(&file, uploaded),
            Err(error) if error.kind() == ErrorKind::InvalidInput => continue,
            Err(error) => return fail_with("a file could not be uploaded", "a file", describe(&error)),
        };
        let url = &file.uploaded.url;
        let Some(fetching) = context.target.request("GET", url) else {
            return skip("the URL cannot be fetched from here");
        };
        let fetched = match fetching.await {
            Ok(fetched) => fetched,
            // The options may name an address that does not exist yet.
            Err(error) => return skip(format!("its URLs cannot be fetched: {error}")),
        };
        if fetched.status != 200 {
            return fail_with(format!("`{url}` does not open the file"), "200", fetched.status);
        }
        if fetched.body != bytes {
            return fail_with(format!("`{url}` returns other bytes"), "the file", difference(&bytes, &fetched.body));
        }
    }
    Ok(())
}

async fn absolute(context: &CaseContext) -> Check {
    for name in ["flat.txt", "nested/deep/file.txt"] {
        let stored = context.upload(&context.at(name), Body::from(content(context.seed, 70))).await?;
        let handle = context.provider().await?;
        let urls = [
            ("an upload", Some(stored.uploaded.url.clone())),
            ("`url`", handle.url(&stored.file).await.ok()),
            (
                "`get_signed_url`",
                handle.get_signed_url(&stored.file, &SignOptions::default()).await.ok().map(|url| url.url),
            ),
        ];
        for (method, url) in urls {
            if let Some(Err(error)) = url.map(|url| check_url(&url)) {
                let reason = format!("the host refuses the URL that {method} returns for `{name}`");
                return fail_with(reason, "`https://host/path`, or `/path`", describe(&error));
            }
        }
    }
    Ok(())
}
