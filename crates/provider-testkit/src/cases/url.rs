//! Plain URLs.

use longshore_provider::{Body, ErrorKind};

use crate::{
    bench::{Bench, stored},
    case::{
        Case,
        Need::{Fetch, Public},
    },
    content::{content, difference},
    outcome::{Check, fail_with, skip, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "url.computed",
        description: "the plain URL of a key is the one that its upload answers, before and after it",
        rule: "`url` is computed, never asked for: the file need not exist",
        remedy: "make the URL in `upload` and in `url` by the same function",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(computed(bench)),
    },
    Case {
        id: "url.encoded",
        description: "URLs of odd names are percent-encoded",
        rule: "`Uploaded::url` is percent-encoded",
        remedy: "make the path of the URL with `longshore_provider::key::url_path`",
        needs: &[],
        slow: false,
        check: |bench| Box::pin(encoded(bench)),
    },
    Case {
        id: "url.fetched",
        description: "the public URL of a file answers its bytes and its type",
        rule: "`Uploaded::url` is the public URL of the file",
        remedy: "open the URL in a browser, and look at what the service says",
        needs: &[Public, Fetch],
        slow: false,
        check: |bench| Box::pin(fetched(bench)),
    },
];

async fn computed(bench: &Bench) -> Check {
    let handle = bench.provider().await?;
    let file = bench.at("computed.txt");
    let before = match handle.url(&file).await {
        Ok(url) => Some(url),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => return fail_with("the URL of a key cannot be made", "a URL, or `unsupported`", told(&error)),
    };
    let stored = bench.upload(&file, Body::from(content(bench.seed, 70))).await?;
    let after = match handle.url(&stored.file).await {
        Ok(url) => url,
        Err(error) => return fail_with("the URL of a stored file cannot be made", "a URL", told(&error)),
    };
    let answered = &stored.uploaded.url;
    for (when, url) in before.iter().map(|url| ("before", url)).chain([("after", &after)]) {
        if url != answered {
            let reason = format!("`url` answers another URL {when} the upload than the upload does");
            return fail_with(reason, answered, url);
        }
    }
    Ok(())
}

async fn encoded(bench: &Bench) -> Check {
    for name in ["sp ace ü\"<>.txt", "hash#question?percent%41.txt"] {
        let file = bench.at(name);
        let uploaded = match bench.try_upload(&file, Body::from(content(bench.seed, 70))).await? {
            Ok(uploaded) => uploaded,
            Err(error) if error.kind() == ErrorKind::InvalidInput => return skip("the provider refuses odd names"),
            Err(error) => return fail_with("an odd name could not be uploaded", "a file", told(&error)),
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

async fn fetched(bench: &Bench) -> Check {
    for name in ["plain.txt", "odd & näme+.txt"] {
        let bytes = content(bench.seed, 5000);
        let file = bench.at(name);
        let file = match bench.try_upload(&file, Body::from(bytes.clone())).await? {
            Ok(uploaded) => stored(&file, uploaded),
            Err(error) if error.kind() == ErrorKind::InvalidInput => continue,
            Err(error) => return fail_with("a file could not be uploaded", "a file", told(&error)),
        };
        let url = &file.uploaded.url;
        let Some(fetching) = bench.subject.fetch(url) else { return skip("the URL cannot be fetched from here") };
        let fetched = match fetching.await {
            Ok(fetched) => fetched,
            // The options may well name an address that is to be.
            Err(error) => return skip(format!("its URLs are not answered: {error}")),
        };
        if fetched.status != 200 {
            return fail_with(format!("`{url}` does not answer the file"), "200", fetched.status);
        }
        if fetched.body != bytes {
            return fail_with(format!("`{url}` answers other bytes"), "the file", difference(&bytes, &fetched.body));
        }
    }
    Ok(())
}
