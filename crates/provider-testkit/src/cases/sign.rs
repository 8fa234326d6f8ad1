//! Signed URLs.

use std::time::{Duration, SystemTime};

use longshore_provider::{File, SignOptions, SignedUrl};
use tokio::time::sleep;

use crate::{
    case::{
        Case,
        Need::{Fetch, Signing},
    },
    content::{content, difference},
    context::CaseContext,
    outcome::{Check, describe, fail, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "sign.answer",
        description: "a signed URL says until when it works, and that is as long as was asked for",
        rule: "`expires_at` is when the URL stops working; `expires_in` is how long it is to work",
        remedy: "add `options.expires_in` to the present time, and return that time",
        needs: &[Signing],
        slow: false,
        check: |context| Box::pin(answer(context)),
    },
    Case {
        id: "sign.fetched",
        description: "a signed URL opens the file",
        rule: "`get_signed_url` returns a URL by which the file can be read for a while",
        remedy: "look at what the service says to the URL; most often the host name or the path that was signed is another",
        needs: &[Signing, Fetch],
        slow: false,
        check: |context| Box::pin(fetched(context)),
    },
    Case {
        id: "sign.expired",
        description: "a signed URL stops working",
        rule: "`expires_at` is when the URL stops working",
        remedy: "sign the time of expiry, and let the service check it",
        needs: &[Signing, Fetch],
        slow: true,
        check: |context| Box::pin(expired(context)),
    },
    Case {
        id: "sign.tampered",
        description: "a signed URL that was changed does not work",
        rule: "a signature covers what the URL says",
        remedy: "sign the whole URL, with its time of expiry, and let the service check all of it",
        needs: &[Signing, Fetch],
        slow: false,
        check: |context| Box::pin(tampered(context)),
    },
    Case {
        id: "sign.other-file",
        description: "the signature of one file does not open another",
        rule: "a signature is for one file",
        remedy: "sign the key too",
        needs: &[Signing, Fetch],
        slow: false,
        check: |context| Box::pin(other_file(context)),
    },
    Case {
        id: "sign.batch",
        description: "of a batch of files, one that cannot be signed does not keep the others from it",
        rule: "a file that cannot be signed has an error of its own; the others are signed, in their order",
        remedy: "keep no state between the calls of `get_signed_url` that one of them can spoil",
        needs: &[Signing],
        slow: false,
        check: |context| Box::pin(batch(context)),
    },
    Case {
        id: "sign.early",
        description: "a signed URL works until shortly before it expires",
        rule: "`expires_at` is when the URL stops working, and not later",
        remedy: "return the time that you signed; mind credentials that end earlier, and seconds and milliseconds",
        needs: &[Signing, Fetch],
        slow: true,
        check: |context| Box::pin(early(context)),
    },
    Case {
        id: "sign.methods",
        description: "a signed URL reads the file, and cannot delete or overwrite it",
        rule: "`get_signed_url` returns a URL for reading",
        remedy: "sign the method too, or sign with a permission that allows reading alone",
        needs: &[Signing, Fetch],
        slow: false,
        check: |context| Box::pin(methods(context)),
    },
    Case {
        id: "sign.prefix",
        description: "the signature of a file does not open files whose keys begin with its key",
        rule: "a signature is for one file",
        remedy: "sign the whole key, and no prefix or pattern",
        needs: &[Signing, Fetch],
        slow: false,
        check: |context| Box::pin(prefix(context)),
    },
];

async fn sign(context: &CaseContext, file: &File, seconds: u64) -> Check<SignedUrl> {
    let options = SignOptions::expires(Duration::from_secs(seconds));
    match context.provider().await?.get_signed_url(file, &options).await {
        Ok(url) => Ok(url),
        Err(error) => fail_with("a stored file cannot be signed", "a signed URL", describe(&error)),
    }
}

async fn answer(context: &CaseContext) -> Check {
    let probe = context.probe().await?.file.clone();
    for seconds in [60, 600] {
        let before = SystemTime::now();
        let url = sign(context, &probe, seconds).await?;
        let Some(expires_at) = url.expires_at else {
            return fail("a signed URL does not say when it stops working");
        };
        // Services count whole seconds, and credentials may expire earlier.
        let latest = before + Duration::from_secs(seconds + 5);
        if expires_at > latest {
            let late = expires_at.duration_since(before).unwrap_or_default();
            return fail_with(
                "a signed URL works longer than was asked for",
                format!("{seconds} s"),
                format!("{late:.0?}"),
            );
        }
        if expires_at <= before {
            return fail_with(
                "a signed URL has expired when it is made",
                format!("{seconds} s"),
                "a time that is past",
            );
        }
    }
    Ok(())
}

async fn fetched(context: &CaseContext) -> Check {
    for name in ["signed.txt", "signed & ödd+.txt"] {
        let bytes = content(context.seed, 4000);
        let file = context.at(name);
        let uploaded = context.try_upload(&file, bytes.clone().into()).await?;
        let Ok(uploaded) = uploaded else { continue };
        let url = sign(context, &crate::context::stored(&file, uploaded).file, 60).await?.url;
        let Some(fetching) = context.target.request("GET", &url) else {
            return skip("the URL cannot be fetched from here");
        };
        match fetching.await {
            Ok(fetched) if fetched.status != 200 => {
                return fail_with(format!("the signed URL of `{name}` does not open the file"), "200", fetched.status);
            }
            Ok(fetched) if fetched.body != bytes => {
                let reason = format!("the signed URL of `{name}` returns other bytes");
                return fail_with(reason, "the file", difference(&bytes, &fetched.body));
            }
            Ok(_) => {}
            Err(error) => return skip(format!("its URLs cannot be fetched: {error}")),
        }
    }
    Ok(())
}

async fn expired(context: &CaseContext) -> Check {
    let probe = context.probe().await?.file.clone();
    let url = sign(context, &probe, 1).await?;
    let now = SystemTime::now();
    let left = url.expires_at.and_then(|at| at.duration_since(now).ok()).unwrap_or(Duration::from_secs(1));
    if left > Duration::from_secs(20) {
        return skip(format!("the provider signs for {left:.0?} at least"));
    }
    sleep(left + Duration::from_millis(1500)).await;
    match context.status(&url.url).await? {
        200 => fail_with("a signed URL works after its expiry", "no file", "200"),
        _ => Ok(()),
    }
}

async fn tampered(context: &CaseContext) -> Check {
    let probe = context.probe().await?.file.clone();
    let url = sign(context, &probe, 60).await?.url;
    let Some((path, query)) = url.split_once('?') else { return tampered_path(context, &url).await };
    let pairs: Vec<&str> = query.split('&').collect();
    // Change one digit of each value in turn: of the signature, a time, an id.
    for (at, pair) in pairs.iter().enumerate() {
        let Some(changed) = change(pair) else { continue };
        let mut others = pairs.clone();
        others[at] = &changed;
        if context.status(&format!("{path}?{}", others.join("&"))).await? == 200 {
            let name = pair.split('=').next().unwrap_or_default();
            let reason = format!("a signed URL still works with another `{name}`");
            return fail_with(reason, "no file", "200");
        }
    }
    Ok(())
}

/// Checks a URL that has its signature in the path. Changes the last letter or digit of each path segment in turn.
async fn tampered_path(context: &CaseContext, url: &str) -> Check {
    let Some((server, path)) = url.split_once("://").and_then(|(scheme, rest)| {
        let (host, path) = rest.split_once('/')?;
        Some((format!("{scheme}://{host}"), path))
    }) else {
        return skip("a signed URL has neither a query nor a path");
    };
    let parts: Vec<&str> = path.split('/').collect();
    for (at, part) in parts.iter().enumerate() {
        let Some((last, letter)) = part.char_indices().rfind(|(_, c)| c.is_ascii_alphanumeric()) else { continue };
        let other = if letter == '7' { '3' } else { '7' };
        let changed = format!("{}{other}{}", &part[..last], &part[last + 1..]);
        let mut others = parts.clone();
        others[at] = &changed;
        if context.status(&format!("{server}/{}", others.join("/"))).await? == 200 {
            return fail_with(format!("a signed URL still works with another `{part}` in its path"), "no file", "200");
        }
    }
    Ok(())
}

/// The query pair with the last digit of its value changed. `None` if the value has no digit.
fn change(pair: &str) -> Option<String> {
    let (name, value) = pair.split_once('=')?;
    let (at, digit) = value.char_indices().rfind(|(_, c)| c.is_ascii_digit())?;
    let other = if digit == '7' { '3' } else { '7' };
    Some(format!("{name}={}{other}{}", &value[..at], &value[at + 1..]))
}

async fn other_file(context: &CaseContext) -> Check {
    let (mine, other) = (
        context.put("mine.txt", content(context.seed, 90)).await?,
        context.put("other.txt", content(context.seed, 91)).await?,
    );
    let url = sign(context, &mine.file, 60).await?.url;
    if !url.contains("mine.txt") {
        return skip("the file's name does not stand in its URL");
    }
    drop(other);
    match context.status(&url.replace("mine.txt", "other.txt")).await? {
        200 => fail_with("the signature of one file opens another", "no file", "200"),
        _ => Ok(()),
    }
}

async fn batch(context: &CaseContext) -> Check {
    let mut files = Vec::new();
    for name in ["b-1.txt", "b-2.txt", "b-3.txt"] {
        files.push(context.put(name, content(context.seed, 60)).await?.file);
    }
    files.insert(1, File::at(".."));
    let answers =
        context.provider().await?.get_signed_urls(&files, &SignOptions::expires(Duration::from_mins(1))).await;
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            return fail_with("a batch with one bad key fails as a whole", "a result for each file", describe(&error));
        }
    };
    for (number, answer) in answers.iter().enumerate() {
        match (number, answer) {
            (1, Ok(url)) => return fail_with("the key `..` is signed", "invalid_input", &url.url),
            (1, Err(_)) => {}
            (_, Err(error)) => {
                let reason = format!("file {} of a batch cannot be signed, as the second is a bad one", number + 1);
                return fail_with(reason, "a signed URL", describe(error));
            }
            (_, Ok(url)) => {
                let alone = sign(context, &files[number], 60).await?.url;
                if alone.split('?').next() != url.url.split('?').next() {
                    return fail_with("a batch returns the URLs of other files", alone, &url.url);
                }
            }
        }
    }
    Ok(())
}

async fn early(context: &CaseContext) -> Check {
    /// The validities to try. A busy machine gets a second and a third chance.
    const SECONDS: [u64; 3] = [4, 15, 40];
    /// Tolerance for services that count whole seconds.
    const MARGIN: Duration = Duration::from_millis(1200);
    let probe = context.probe().await?.file.clone();
    for seconds in SECONDS {
        let url = sign(context, &probe, seconds).await?;
        let Some(expires_at) = url.expires_at else { return skip("signed URLs do not expire") };
        let left = expires_at.duration_since(SystemTime::now()).unwrap_or_default();
        if left > Duration::from_secs(seconds + 5) {
            return skip(format!("the provider signs for {left:.0?} at least"));
        }
        sleep(left / 2).await;
        let status = context.status(&url.url).await?;
        if SystemTime::now() + MARGIN > expires_at {
            continue;
        }
        if status != 200 {
            let reason = format!("a signed URL for {seconds} s stops working after half of that time");
            return fail_with(reason, "200", status);
        }
        return Ok(());
    }
    skip("this machine is too busy to request a URL in time")
}

async fn methods(context: &CaseContext) -> Check {
    let bytes = content(context.seed, 700);
    let stored = context.put("methods.txt", bytes.clone()).await?;
    let url = sign(context, &stored.file, 60).await?.url;
    for method in ["PUT", "POST", "DELETE"] {
        // A service may close the connection instead of responding.
        let Some(request) = context.target.request(method, &url) else { return skip("URLs cannot be requested here") };
        let status = request.await.map_or_else(|error| error.to_string(), |fetched| fetched.status.to_string());
        let found = context.try_read(&stored).await?;
        if !found.is_ok_and(|found| found == bytes) {
            let reason = format!("a `{method}` request to a signed URL changes the file");
            return fail_with(reason, "the file as it was stored", format!("another file, or none; status {status}"));
        }
    }
    Ok(())
}

async fn prefix(context: &CaseContext) -> Check {
    let scope = context.put("scope.txt", content(context.seed, 90)).await?;
    let url = sign(context, &scope.file, 60).await?.url;
    if !url.contains("scope.txt") {
        return skip("the URL does not contain the name of the file");
    }
    context.put("other.txt", content(context.seed, 92)).await?;
    if context.status(&url.replace("scope.txt", "other.txt")).await? == 200 {
        return skip("a signature opens any file, see `sign.other-file`");
    }
    for name in ["scope.txt.bak", "scope.txt/below.txt"] {
        // A service with folders cannot store the second file.
        let file = context.at(name);
        if context.try_upload(&file, content(context.seed, 91).into()).await?.is_err() {
            continue;
        }
        if context.status(&url.replace("scope.txt", name)).await? == 200 {
            return fail_with(format!("the signature of `scope.txt` opens `{name}`"), "no file", "200");
        }
    }
    Ok(())
}
