//! Pseudorandom sequences of calls, compared with a model.

use std::{collections::BTreeMap, fmt, time::Duration};

use longshore_provider::{Body, ByteRange, Bytes, Call, Error, ErrorKind, Uploaded};
use tokio::time::timeout;

use crate::{
    body,
    case::{Case, Need::ReadBack},
    content::{SeededNumbers, content, difference},
    context::{CaseContext, Presence, Stored, stored},
    model::Model,
    outcome::{Check, Finding, Stop, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "fuzz.calls",
    description: "random sequences of calls leave the files that a model predicts",
    rule: "whatever the order of calls, a file is what was last stored, whole, or gone",
    remedy: "run it again with the same `--seed` and look at the calls of that one key",
    needs: &[ReadBack],
    slow: false,
    check: |context| Box::pin(calls(context)),
}];

const STEPS: usize = 60;
const KEYS: [&str; 4] = ["a.txt", "b.txt", "dir/a.txt", "dir/c.txt"];
const SIZES: [usize; 8] = [0, 1, 10, 255, 1000, 4096, 5001, 20_000];

/// The expected files, and the host's knowledge of them.
#[derive(Default)]
struct World {
    model: Model,
    /// The result of the last upload to each key. Every later call carries it.
    answers: BTreeMap<usize, Uploaded>,
}

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

async fn calls(context: &CaseContext) -> Check {
    let mut numbers = context.numbers();
    let mut world = World::default();
    let mut done: Vec<Step> = Vec::new();
    for number in 0..STEPS {
        let step = Step::random(&mut numbers);
        done.push(step);
        let bytes = |size| content(context.seed.wrapping_add(number as u64), size);
        let checked = take(context, &mut world, step, bytes).await;
        if let Err(Stop::Failed(finding)) = checked {
            let trace: Vec<String> = done
                .iter()
                .enumerate()
                .filter(|(_, other)| other.touches(step))
                .map(|(at, step)| format!("{at}: {step}"))
                .collect();
            let trace = trace[trace.len().saturating_sub(8)..].join("\n");
            let finding = Finding {
                reason: format!("call {number} of seed {}: {}", context.seed, finding.reason),
                advice: Some(format!(
                    "replay it with `--only fuzz.calls --seed {}`; the last calls of these keys were\n{trace}",
                    context.seed
                )),
                ..finding
            };
            return Err(Stop::Failed(finding));
        }
        checked?;
    }
    Ok(())
}

async fn take(context: &CaseContext, world: &mut World, step: Step, bytes: impl Fn(usize) -> Bytes) -> Check {
    let handle = context.provider().await?;
    let call = context.call().await?;
    match step {
        Step::Put { key, size, chunk, known } => {
            let bytes = bytes(size);
            let stored = context.upload(&context.at(KEYS[key]), body::chunked(&bytes, chunk, known)).await?;
            world.is(key, Some(bytes));
            world.answers.insert(key, stored.uploaded);
        }
        Step::Replace { old, new, size } => {
            // The host replaces only files that it has stored.
            let [Some(_)] = world.model.possible(KEYS[old])[..] else { return Ok(()) };
            let Some(known) = world.known(context, old) else { return Ok(()) };
            let bytes = bytes(size);
            let answer = handle.replace(&context.at(KEYS[new]), &known.file, Body::from(bytes.clone()), &call).await;
            match answer {
                Ok(uploaded) => world.answers.insert(new, uploaded),
                Err(error) => return fail_with("a file cannot be replaced", "no error", describe(&error)),
            };
            if old != new {
                world.is(old, None);
            }
            world.is(new, Some(bytes));
        }
        Step::Fail { key, size } => {
            let error = Error::new(ErrorKind::BrokenBody, "broken, as the case wants it");
            let body = body::failing(&bytes(size + 1), 300, 1, error);
            if context.try_upload(&context.at(KEYS[key]), body).await?.is_ok() {
                return fail_with("an upload succeeds whose body broke off", "broken_body", "no error");
            }
        }
        Step::Cancel { key, size, after } => {
            let bytes = bytes(size);
            let file = context.at(KEYS[key]);
            let body = body::slow(&bytes, 500, Duration::from_micros(200));
            let cancelled = timeout(Duration::from_micros(after), handle.upload(&file, body, &call)).await;
            match cancelled {
                Ok(Ok(uploaded)) => {
                    world.is(key, Some(bytes));
                    world.answers.insert(key, uploaded);
                }
                Ok(Err(error)) => return fail_with("an upload fails", "no error", describe(&error)),
                Err(_) => {
                    world.model.may_be(KEYS[key], Some(bytes));
                    // A clean-up of the dropped upload must not overlap with the next call.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
        Step::Delete { key } => {
            let file = world.known(context, key).map_or_else(|| context.at(KEYS[key]), |known| known.file);
            if let Err(error) = handle.delete(&file, &call).await {
                return fail_with("a file cannot be deleted", "no error", describe(&error));
            }
            world.is(key, None);
        }
        Step::Read { key } => return read(context, world, key).await,
        Step::Range { key, start, length } => return range(context, world, key, start, length).await,
        Step::Look { key } => return look(context, world, key).await,
    }
    Ok(())
}

impl World {
    /// Records that `key` now has this content.
    fn is(&mut self, key: usize, content: Option<Bytes>) {
        self.model.is(KEYS[key], content);
    }

    /// The file at a key as the host knows it. `None` if the host knows of no upload to the key.
    fn known(&self, context: &CaseContext, key: usize) -> Option<Stored> {
        self.answers.get(&key).map(|uploaded| stored(&context.at(KEYS[key]), uploaded.clone()))
    }
}

async fn look(context: &CaseContext, world: &World, key: usize) -> Check {
    let file = world.known(context, key).map_or_else(|| context.at(KEYS[key]), |known| known.file);
    let found = match context.presence(&file).await {
        // The existence of the file cannot be determined. Other steps can still be checked.
        Err(Stop::Skipped(_)) => return Ok(()),
        found => found?,
    };
    let possible = world.model.possible(KEYS[key]);
    if possible.iter().any(|content| content.is_some() == (found == Presence::There)) {
        return Ok(());
    }
    let expected = if possible[0].is_some() { "a file" } else { "nothing" };
    fail_with(format!("`{}` is not as it was left", KEYS[key]), expected, format!("{found:?}"))
}

async fn read(context: &CaseContext, world: &World, key: usize) -> Check {
    let known = if let Some(known) = world.known(context, key) {
        known
    } else {
        let file = context.at(KEYS[key]);
        let url = context.provider().await?.url(&file).await.unwrap_or_default();
        if url.is_empty() && !context.has_open().await? {
            // The file cannot be read without a URL or `open`.
            return Ok(());
        }
        Stored { file, uploaded: Uploaded::new(KEYS[key], url) }
    };
    let found = match context.try_read(&known).await? {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return fail_with(format!("`{}` cannot be read", KEYS[key]), "a file or not_found", describe(&error));
        }
    };
    let possible = world.model.possible(KEYS[key]);
    // After a dropped upload there are several possibilities. The read leaves them open: a clean-up may still run.
    if possible.contains(&found) {
        return Ok(());
    }
    let summary = |content: &Option<Bytes>| {
        content.as_ref().map_or("nothing".to_owned(), |bytes| format!("{} bytes", bytes.len()))
    };
    let expected: Vec<String> = possible.iter().map(summary).collect();
    let found = match (&found, possible.iter().flatten().next()) {
        (Some(found), Some(expected)) => difference(expected, found),
        _ => summary(&found),
    };
    fail_with(format!("`{}` is not as it was left", KEYS[key]), expected.join(" or "), found)
}

async fn range(context: &CaseContext, world: &World, key: usize, start: usize, length: usize) -> Check {
    let [Some(bytes)] = &world.model.possible(KEYS[key])[..] else { return Ok(()) };
    if !context.has_open().await? || start >= bytes.len() {
        return Ok(());
    }
    let range = ByteRange { start: start as u64, length: Some(length as u64) };
    let expected = bytes.slice(start..bytes.len().min(start + length));
    let file = world.known(context, key).map_or_else(|| context.at(KEYS[key]), |known| known.file);
    let opened = context.provider().await?.open(&file, Some(range), &Call::new()).await;
    let found = match opened {
        Ok(opened) => opened.body.into_bytes(usize::MAX).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) if found == expected => Ok(()),
        Ok(found) => fail_with("a range is wrong", format!("{} bytes", expected.len()), difference(&expected, &found)),
        Err(error) => fail_with("a range cannot be read", format!("{} bytes", expected.len()), describe(&error)),
    }
}

impl Step {
    fn random(numbers: &mut SeededNumbers) -> Self {
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
                let length = if known { "known" } else { "unknown" };
                write!(f, "upload `{}`: {size} bytes in chunks of {chunk}, length {length}", KEYS[key])
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
