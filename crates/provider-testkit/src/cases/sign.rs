//! Signed URLs.

use std::time::{Duration, SystemTime};

use longshore_provider::{File, SignOptions, SignedUrl};
use tokio::time::sleep;

use crate::{
    bench::Bench,
    case::{
        Case,
        Need::{Fetch, Signing},
    },
    content::{content, difference},
    outcome::{Check, fail, fail_with, skip, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "sign.answer",
        description: "a signed URL says until when it works, and that is as long as was asked for",
        rule: "`expires_at` is when the URL stops working; `expires_in` is how long it is to work",
        remedy: "add `options.expires_in` to the present time, and answer that",
        needs: &[Signing],
        slow: false,
        check: |bench| Box::pin(answer(bench)),
    },
    Case {
        id: "sign.fetched",
        description: "a signed URL answers the file",
        rule: "`get_signed_url` answers a URL by which the file can be read for a while",
        remedy: "look at what the service says to the URL; most often the host name or the path that was signed is another",
        needs: &[Signing, Fetch],
        slow: false,
        check: |bench| Box::pin(fetched(bench)),
    },
    Case {
        id: "sign.expired",
        description: "a signed URL stops working",
        rule: "`expires_at` is when the URL stops working",
        remedy: "sign the time of expiry, and let the service check it",
        needs: &[Signing, Fetch],
        slow: true,
        check: |bench| Box::pin(expired(bench)),
    },
    Case {
        id: "sign.tampered",
        description: "a signed URL that was changed does not work",
        rule: "a signature covers what the URL says",
        remedy: "sign the whole URL, with its time of expiry, and let the service check all of it",
        needs: &[Signing, Fetch],
        slow: false,
        check: |bench| Box::pin(tampered(bench)),
    },
    Case {
        id: "sign.other-file",
        description: "the signature of one file does not open another",
        rule: "a signature is for one file",
        remedy: "sign the key too",
        needs: &[Signing, Fetch],
        slow: false,
        check: |bench| Box::pin(other_file(bench)),
    },
    Case {
        id: "sign.batch",
        description: "of a batch of files, one that cannot be signed does not keep the others from it",
        rule: "that one file cannot be signed is its own answer; the others are signed, in their order",
        remedy: "keep no state between the calls of `get_signed_url` that one of them can spoil",
        needs: &[Signing],
        slow: false,
        check: |bench| Box::pin(batch(bench)),
    },
];

async fn sign(bench: &Bench, file: &File, seconds: u64) -> Check<SignedUrl> {
    let options = SignOptions::expires(Duration::from_secs(seconds));
    match bench.provider().await?.get_signed_url(file, &options).await {
        Ok(url) => Ok(url),
        Err(error) => fail_with("a stored file cannot be signed", "a signed URL", told(&error)),
    }
}

async fn answer(bench: &Bench) -> Check {
    let probe = bench.probe().await?.file.clone();
    for seconds in [60, 600] {
        let before = SystemTime::now();
        let url = sign(bench, &probe, seconds).await?;
        let Some(expires_at) = url.expires_at else {
            return fail("a signed URL does not say when it stops working");
        };
        // Services count whole seconds; credentials may end earlier.
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

async fn fetched(bench: &Bench) -> Check {
    for name in ["signed.txt", "signed & ödd+.txt"] {
        let bytes = content(bench.seed, 4000);
        let file = bench.at(name);
        let uploaded = bench.try_upload(&file, bytes.clone().into()).await?;
        let Ok(uploaded) = uploaded else { continue };
        let url = sign(bench, &crate::bench::stored(&file, uploaded).file, 60).await?.url;
        let Some(fetching) = bench.subject.fetch(&url) else { return skip("the URL cannot be fetched from here") };
        match fetching.await {
            Ok(fetched) if fetched.status != 200 => {
                return fail_with(
                    format!("the signed URL of `{name}` does not answer the file"),
                    "200",
                    fetched.status,
                );
            }
            Ok(fetched) if fetched.body != bytes => {
                let reason = format!("the signed URL of `{name}` answers other bytes");
                return fail_with(reason, "the file", difference(&bytes, &fetched.body));
            }
            Ok(_) => {}
            Err(error) => return skip(format!("its URLs are not answered: {error}")),
        }
    }
    Ok(())
}

async fn expired(bench: &Bench) -> Check {
    let probe = bench.probe().await?.file.clone();
    let url = sign(bench, &probe, 1).await?;
    let now = SystemTime::now();
    let left = url.expires_at.and_then(|at| at.duration_since(now).ok()).unwrap_or(Duration::from_secs(1));
    if left > Duration::from_secs(20) {
        return skip(format!("the provider signs for {left:.0?} at least"));
    }
    sleep(left + Duration::from_millis(1500)).await;
    match bench.status(&url.url).await? {
        200 => fail_with("a signed URL works after its expiry", "no file", "200"),
        _ => Ok(()),
    }
}

async fn tampered(bench: &Bench) -> Check {
    let probe = bench.probe().await?.file.clone();
    let url = sign(bench, &probe, 60).await?.url;
    let Some((path, query)) = url.split_once('?') else { return tampered_path(bench, &url).await };
    let pairs: Vec<&str> = query.split('&').collect();
    // Each value with a character changed that is a digit of it: a signature, a time, an id.
    for (at, pair) in pairs.iter().enumerate() {
        let Some(changed) = change(pair) else { continue };
        let mut others = pairs.clone();
        others[at] = &changed;
        if bench.status(&format!("{path}?{}", others.join("&"))).await? == 200 {
            let name = pair.split('=').next().unwrap_or_default();
            let reason = format!("a signed URL still works with another `{name}`");
            return fail_with(reason, "no file", "200");
        }
    }
    Ok(())
}

/// A signature that stands in the path: each part of it with its last letter or digit changed.
async fn tampered_path(bench: &Bench, url: &str) -> Check {
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
        if bench.status(&format!("{server}/{}", others.join("/"))).await? == 200 {
            return fail_with(format!("a signed URL still works with another `{part}` in its path"), "no file", "200");
        }
    }
    Ok(())
}

/// The pair with one digit of its value changed: the last, if there is one in it.
fn change(pair: &str) -> Option<String> {
    let (name, value) = pair.split_once('=')?;
    let (at, digit) = value.char_indices().rfind(|(_, c)| c.is_ascii_digit())?;
    let other = if digit == '7' { '3' } else { '7' };
    Some(format!("{name}={}{other}{}", &value[..at], &value[at + 1..]))
}

async fn other_file(bench: &Bench) -> Check {
    let (mine, other) =
        (bench.put("mine.txt", content(bench.seed, 90)).await?, bench.put("other.txt", content(bench.seed, 91)).await?);
    let url = sign(bench, &mine.file, 60).await?.url;
    if !url.contains("mine.txt") {
        return skip("the file's name does not stand in its URL");
    }
    drop(other);
    match bench.status(&url.replace("mine.txt", "other.txt")).await? {
        200 => fail_with("the signature of one file opens another", "no file", "200"),
        _ => Ok(()),
    }
}

async fn batch(bench: &Bench) -> Check {
    let mut files = Vec::new();
    for name in ["b-1.txt", "b-2.txt", "b-3.txt"] {
        files.push(bench.put(name, content(bench.seed, 60)).await?.file);
    }
    files.insert(1, File::at(".."));
    let answers = bench.provider().await?.get_signed_urls(&files, &SignOptions::expires(Duration::from_mins(1))).await;
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            return fail_with("a batch with one bad key fails as a whole", "an answer for each file", told(&error));
        }
    };
    for (number, answer) in answers.iter().enumerate() {
        match (number, answer) {
            (1, Ok(url)) => return fail_with("the key `..` is signed", "invalid_input", &url.url),
            (1, Err(_)) => {}
            (_, Err(error)) => {
                let reason = format!("file {} of a batch cannot be signed, as the second is a bad one", number + 1);
                return fail_with(reason, "a signed URL", told(error));
            }
            (_, Ok(url)) => {
                let alone = sign(bench, &files[number], 60).await?.url;
                if alone.split('?').next() != url.url.split('?').next() {
                    return fail_with("a batch answers the URLs of other files", alone, &url.url);
                }
            }
        }
    }
    Ok(())
}
