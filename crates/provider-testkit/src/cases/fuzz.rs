//! Sequences of calls that follow from a seed, compared with a model.

use std::{fmt, time::Duration};

use longshore_provider::{Body, ByteRange, Bytes, Call, Error, ErrorKind, File};
use tokio::time::timeout;

use crate::{
    bench::{Bench, Presence, stored},
    body,
    case::{Case, Need::ReadBack},
    content::{Numbers, content, difference},
    model::Model,
    outcome::{Check, Finding, Stop, fail_with, told},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "fuzz.calls",
    description: "random sequences of calls leave what a model says",
    rule: "whatever the order of calls, a file is what was last stored, whole, or gone",
    remedy: "run it again with the same `--seed` and look at the calls of that one key",
    needs: &[ReadBack],
    slow: false,
    check: |bench| Box::pin(calls(bench)),
}];

const STEPS: usize = 60;
const KEYS: [&str; 4] = ["a.txt", "b.txt", "dir/a.txt", "dir/c.txt"];
const SIZES: [usize; 8] = [0, 1, 10, 255, 1000, 4096, 5001, 20_000];

/// One call.
#[derive(Clone, Copy)]
enum Step {
    Put { key: usize, size: usize, chunk: usize, known: bool },
    Replace { old: usize, new: usize, size: usize },
    Fail { key: usize, size: usize },
    Cancel { key: usize, size: usize, after: u64 },
    Delete { key: usize },
    Read { key: usize },
    Range { key: usize, start: usize, length: usize },
    Look { key: usize },
}

async fn calls(bench: &Bench) -> Check {
    let mut numbers = bench.numbers();
    let mut model = Model::default();
    let mut done: Vec<Step> = Vec::new();
    for number in 0..STEPS {
        let step = Step::random(&mut numbers);
        done.push(step);
        let bytes = |size| content(bench.seed.wrapping_add(number as u64), size);
        let checked = take(bench, &mut model, step, bytes).await;
        if let Err(Stop::Failed(finding)) = checked {
            let trace: Vec<String> = done
                .iter()
                .enumerate()
                .filter(|(_, other)| other.touches(step))
                .map(|(at, step)| format!("{at}: {step}"))
                .collect();
            let trace = trace[trace.len().saturating_sub(8)..].join("\n");
            let finding = Finding {
                reason: format!("call {number} of seed {}: {}", bench.seed, finding.reason),
                advice: Some(format!(
                    "replay it with `--only fuzz.calls --seed {}`; the last calls of these keys were\n{trace}",
                    bench.seed
                )),
                ..finding
            };
            return Err(Stop::Failed(finding));
        }
        checked?;
    }
    Ok(())
}

async fn take(bench: &Bench, model: &mut Model, step: Step, bytes: impl Fn(usize) -> Bytes) -> Check {
    let handle = bench.provider().await?;
    let call = bench.call().await?;
    match step {
        Step::Put { key, size, chunk, known } => {
            let bytes = bytes(size);
            bench.upload(&bench.at(KEYS[key]), body::chunked(&bytes, chunk, known)).await?;
            model.is(KEYS[key], Some(bytes));
        }
        Step::Replace { old, new, size } => {
            // The host replaces what it has stored.
            let [Some(_)] = model.possible(KEYS[old])[..] else { return Ok(()) };
            let (old_file, bytes) = (known(bench, old).await?, bytes(size));
            let answer = handle.replace(&bench.at(KEYS[new]), &old_file, Body::from(bytes.clone()), &call).await;
            if let Err(error) = answer {
                return fail_with("a file cannot be replaced", "no error", told(&error));
            }
            if old != new {
                model.is(KEYS[old], None);
            }
            model.is(KEYS[new], Some(bytes));
        }
        Step::Fail { key, size } => {
            let error = Error::new(ErrorKind::BrokenBody, "broken, as the case wants it");
            let body = body::failing(&bytes(size + 1), 300, 1, error);
            if bench.try_upload(&bench.at(KEYS[key]), body).await?.is_ok() {
                return fail_with("an upload succeeds whose body broke off", "broken_body", "no error");
            }
        }
        Step::Cancel { key, size, after } => {
            let bytes = bytes(size);
            let file = bench.at(KEYS[key]);
            let body = body::slow(&bytes, 500, Duration::from_micros(200));
            let cancelled = timeout(Duration::from_micros(after), handle.upload(&file, body, &call)).await;
            match cancelled {
                Ok(Ok(_)) => model.is(KEYS[key], Some(bytes)),
                Ok(Err(error)) => return fail_with("an upload fails", "no error", told(&error)),
                Err(_) => {
                    model.may_be(KEYS[key], Some(bytes));
                    // So that a clean-up does not meet the next call.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
        Step::Delete { key } => {
            if let Err(error) = handle.delete(&bench.at(KEYS[key]), &call).await {
                return fail_with("a file cannot be deleted", "no error", told(&error));
            }
            model.is(KEYS[key], None);
        }
        Step::Read { key } => return read(bench, model, key).await,
        Step::Range { key, start, length } => return range(bench, model, key, start, length).await,
        Step::Look { key } => {
            let found = bench.presence(&bench.at(KEYS[key])).await?;
            let possible = model.possible(KEYS[key]);
            let fits = possible.iter().any(|content| content.is_some() == (found == Presence::There));
            if !fits {
                let expected = if possible[0].is_some() { "a file" } else { "nothing" };
                return fail_with(format!("`{}` is not as it was left", KEYS[key]), expected, format!("{found:?}"));
            }
        }
    }
    Ok(())
}

/// The file at a key, as the host knows it.
async fn known(bench: &Bench, key: usize) -> Check<File> {
    let file = bench.at(KEYS[key]);
    let handle = bench.provider().await?;
    let full = match handle.head(&file, &Call::new()).await {
        Ok(meta) => meta.key,
        // Without `head` the host would have kept it; the relative key names it as well.
        Err(_) => return Ok(file),
    };
    let mut file = file;
    file.key = Some(full);
    Ok(file)
}

async fn read(bench: &Bench, model: &mut Model, key: usize) -> Check {
    let file = bench.at(KEYS[key]);
    let url = bench.provider().await?.url(&file).await.unwrap_or_default();
    let known = if bench.has_open().await? {
        crate::bench::Stored { file: file.clone(), uploaded: longshore_provider::Uploaded::new(KEYS[key], url) }
    } else {
        stored(&known(bench, key).await?, longshore_provider::Uploaded::new(KEYS[key], url))
    };
    let found = match bench.try_read(&known).await? {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return fail_with(format!("`{}` cannot be read", KEYS[key]), "a file or not_found", told(&error)),
    };
    let possible = model.possible(KEYS[key]);
    if possible.contains(&found) {
        model.is(KEYS[key], found);
        return Ok(());
    }
    let told = |content: &Option<Bytes>| {
        content.as_ref().map_or("nothing".to_owned(), |bytes| format!("{} bytes", bytes.len()))
    };
    let expected: Vec<String> = possible.iter().map(told).collect();
    let found = match (&found, possible.iter().flatten().next()) {
        (Some(found), Some(expected)) => difference(expected, found),
        _ => told(&found),
    };
    fail_with(format!("`{}` is not as it was left", KEYS[key]), expected.join(" or "), found)
}

async fn range(bench: &Bench, model: &Model, key: usize, start: usize, length: usize) -> Check {
    let [Some(bytes)] = &model.possible(KEYS[key])[..] else { return Ok(()) };
    if !bench.has_open().await? || start >= bytes.len() {
        return Ok(());
    }
    let range = ByteRange { start: start as u64, length: Some(length as u64) };
    let expected = bytes.slice(start..bytes.len().min(start + length));
    let opened = bench.provider().await?.open(&bench.at(KEYS[key]), Some(range), &Call::new()).await;
    let found = match opened {
        Ok(opened) => opened.body.into_bytes(usize::MAX).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) if found == expected => Ok(()),
        Ok(found) => fail_with("a range is wrong", format!("{} bytes", expected.len()), difference(&expected, &found)),
        Err(error) => fail_with("a range cannot be read", format!("{} bytes", expected.len()), told(&error)),
    }
}

impl Step {
    fn random(numbers: &mut Numbers) -> Self {
        let mut below = |limit: usize| usize::try_from(numbers.below(limit as u64)).unwrap_or(0);
        let (kind, key, other) = (below(12), below(KEYS.len()), below(KEYS.len()));
        let size = SIZES[below(SIZES.len())];
        let (chunk, known, after) = (1 + below(1500), below(2) == 0, below(6000));
        let (start, length) = (below(6000), 1 + below(3000));
        match kind {
            0..=3 => Self::Put { key, size, chunk, known },
            4 => Self::Replace { old: key, new: other, size },
            5 => Self::Fail { key, size },
            6 => Self::Cancel { key, size, after: after as u64 },
            7 | 8 => Self::Delete { key },
            9 => Self::Range { key, start, length },
            10 => Self::Look { key },
            _ => Self::Read { key },
        }
    }

    fn keys(self) -> [usize; 2] {
        match self {
            Self::Replace { old, new, .. } => [old, new],
            Self::Put { key, .. }
            | Self::Fail { key, .. }
            | Self::Cancel { key, .. }
            | Self::Delete { key }
            | Self::Read { key }
            | Self::Range { key, .. }
            | Self::Look { key } => [key, key],
        }
    }

    fn touches(self, other: Self) -> bool {
        self.keys().iter().any(|key| other.keys().contains(key))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Put { key, size, chunk, known } => {
                let told = if known { "known" } else { "unknown" };
                write!(f, "upload `{}`: {size} bytes in chunks of {chunk}, length {told}", KEYS[key])
            }
            Self::Replace { old, new, size } => write!(f, "replace `{}` by `{}`: {size} bytes", KEYS[old], KEYS[new]),
            Self::Fail { key, size } => write!(f, "upload `{}`: breaks off within {size} bytes", KEYS[key]),
            Self::Cancel { key, size, after } => {
                write!(f, "upload `{}`: {size} bytes, dropped after {after} µs", KEYS[key])
            }
            Self::Delete { key } => write!(f, "delete `{}`", KEYS[key]),
            Self::Read { key } => write!(f, "read `{}`", KEYS[key]),
            Self::Range { key, start, length } => write!(f, "read `{}`: {length} bytes from {start} on", KEYS[key]),
            Self::Look { key } => write!(f, "look for `{}`", KEYS[key]),
        }
    }
}
