//! Nothing grows with the number of calls.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant, SystemTime},
};

use longshore_provider::{Body, Bytes, Call, Error, ErrorKind};
use tokio::time::sleep;

use crate::{
    body,
    case::{Case, Need::Process},
    content::content,
    context::CaseContext,
    outcome::{Check, describe, fail_with, skip},
    process,
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "leak.memory",
        description: "memory does not grow with the number of calls",
        rule: "what a call takes, it gives back; also one that fails or is dropped",
        remedy: "look for a list, map or channel that is only ever added to",
        needs: &[Process],
        slow: true,
        check: |context| Box::pin(memory(context)),
    },
    Case {
        id: "leak.threads",
        description: "the number of threads does not grow with the number of calls",
        rule: "I/O runs on the library's runtime, whose threads are limited",
        remedy: "spawn tasks rather than threads, and do not make a runtime of your own in a call",
        needs: &[Process],
        slow: true,
        check: |context| Box::pin(threads(context)),
    },
    Case {
        id: "leak.files",
        description: "the number of open files and connections does not grow with the number of calls",
        rule: "what a call takes, it gives back; also one that fails or is dropped",
        remedy: "make the client once, in `init`; let what holds a file be dropped at the end of the call",
        needs: &[Process],
        slow: true,
        check: |context| Box::pin(files(context)),
    },
    Case {
        id: "leak.providers",
        description: "providers that are made and dropped leave no threads and no open files",
        rule: "a provider that is dropped is gone",
        remedy: "end what `init` began (tasks, threads, connections) in the provider's `Drop`",
        needs: &[Process],
        slow: true,
        check: |context| Box::pin(providers(context)),
    },
    Case {
        id: "leak.temporary",
        description: "no temporary file is left, whether calls succeed, fail or are dropped",
        rule: "an upload that does not return `Ok` leaves nothing behind",
        remedy: "use `tempfile`, or arm a `Cleanup` before the file is made",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(temporary(context)),
    },
    Case {
        id: "leak.processes",
        description: "no child process is left after calls and `shutdown`",
        rule: "what a call starts has ended, and was waited for, when `shutdown` returns",
        remedy: "wait for each child, also when the call is dropped: `kill_on_drop`, or a `Cleanup`",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(processes(context)),
    },
    Case {
        id: "leak.var-tmp",
        description: "no temporary file is left in `/var/tmp`",
        rule: "an upload that does not return `Ok` leaves nothing behind; temporary files go to `TMPDIR`",
        remedy: "make temporary files in `std::env::temp_dir()`, and remove them in a `Cleanup`",
        needs: &[Process],
        slow: false,
        check: |context| Box::pin(var_tmp(context)),
    },
];

/// The duration of one round, which is long enough to reveal growth.
const ROUND: Duration = Duration::from_millis(1200);
const MOST: usize = 250;
/// The time limit of all rounds, for providers with slow calls.
const PATIENCE: Duration = Duration::from_secs(25);

/// Stores and reads a file, looks it up, fails an upload, drops an upload, and deletes the file.
async fn once(context: &CaseContext, bytes: &Bytes, number: usize) -> Check {
    let name = format!("leak-{}.bin", number % 4);
    let stored = context.put(&name, bytes.clone()).await?;
    let handle = context.provider().await?;
    let call = Call::new();
    if let Ok(opened) = handle.open(&stored.file, None, &call).await {
        let _ = opened.body.into_bytes(usize::MAX).await;
    }
    let _ = handle.head(&stored.file, &call).await;
    let _ = handle.url(&stored.file).await;
    let error = Error::new(ErrorKind::BrokenBody, "broken, as the case wants it");
    let broken = context.at("leak-broken.bin");
    let _ = context.try_upload(&broken, body::failing(bytes, 8192, 2, error)).await?;
    let upload = context.call().await?;
    let asked = Arc::new(AtomicUsize::new(0));
    let stalled = body::stalling(bytes, 8192, 1, Arc::clone(&asked));
    // Every other body has an unknown length. Its upload runs on the library's own threads.
    let stalled = if number.is_multiple_of(2) { stalled } else { Body::from_stream(stalled, None) };
    body::until_asked(handle.upload(&broken, stalled, &upload), &asked, 2).await;
    if let Err(error) = handle.delete(&stored.file, &call).await {
        return fail_with("a stored file cannot be deleted", "no error", describe(&error));
    }
    Ok(())
}

async fn round(context: &CaseContext, bytes: &Bytes) -> Check<usize> {
    let started = Instant::now();
    let mut count = 0;
    while count < MOST && (count < 20 || started.elapsed() < ROUND) {
        once(context, bytes, count).await?;
        count += 1;
    }
    Ok(count)
}

async fn memory(context: &CaseContext) -> Check {
    /// Bytes per call. A call that leaks at least keeps a key and an entry for it.
    const MOST_A_CALL: f64 = 400.0;
    /// The amount by which the allocator's own reserve varies.
    const NOISE: u64 = 384 * 1024;
    /// The number of rounds without growth that ends the case.
    const FLAT: usize = 4;
    const ROUNDS: usize = 12;
    let bytes = content(context.seed, 32 * 1024);
    for _ in 0..2 {
        round(context, &bytes).await?;
    }
    let Some(first) = process::memory() else { return skip("this system does not tell a process's memory") };
    let started = Instant::now();
    let (mut calls, mut last, mut samples) = (0, first, vec![(0, first)]);
    while samples.len() < ROUNDS && started.elapsed() < PATIENCE {
        calls += round(context, &bytes).await?;
        last = process::memory().unwrap_or(last);
        samples.push((calls, last));
        let recent = &samples[samples.len().saturating_sub(FLAT)..];
        if recent.len() == FLAT && slope(recent) < MOST_A_CALL {
            return Ok(());
        }
    }
    let grown = last.saturating_sub(first);
    if grown < NOISE || slope(&samples) < MOST_A_CALL {
        return Ok(());
    }
    let found =
        format!("{:.0} bytes more with each of {calls} rounds of calls, in all {} KiB", slope(&samples), grown >> 10);
    fail_with("memory grows with the number of calls", "a steady amount", found)
}

/// The growth of `samples` per call, as the median of the slopes between all pairs. A single jump does not change the
/// median.
fn slope(samples: &[(usize, u64)]) -> f64 {
    let number = |count: u64| u32::try_from(count).map_or(f64::MAX, f64::from);
    let mut slopes = Vec::new();
    for (index, (calls, bytes)) in samples.iter().enumerate() {
        for (later, more) in &samples[index + 1..] {
            let calls = number((later - calls) as u64).max(1.0);
            slopes.push(if more >= bytes { number(more - bytes) / calls } else { -number(bytes - more) / calls });
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().unwrap_or_default()
}

async fn threads(context: &CaseContext) -> Check {
    steady(context, "threads", process::threads).await
}

async fn files(context: &CaseContext) -> Check {
    steady(context, "open files", process::descriptors).await
}

async fn steady(context: &CaseContext, what: &str, count: fn() -> Option<usize>) -> Check {
    /// The number of idle connections and of threads for blocking work varies by less than this.
    const NOISE: usize = 12;
    /// Sufficient to detect a leak in one of ten calls.
    const CALLS: usize = 150;
    let bytes = content(context.seed, 16 * 1024);
    for number in 0..24 {
        once(context, &bytes, number).await?;
    }
    let Some(before) = count() else { return skip(format!("this system does not tell a process's {what}")) };
    let started = Instant::now();
    let mut calls = 0;
    while calls < CALLS && (calls < 48 || started.elapsed() < PATIENCE) {
        once(context, &bytes, calls).await?;
        calls += 1;
    }
    settles(&format!("{what} grow with the number of calls: {calls} rounds of them"), before + NOISE, count).await
}

async fn providers(context: &CaseContext) -> Check {
    const COUNT: usize = 12;
    const NOISE: usize = 6;
    let bytes = content(context.seed, 500);
    let call = context.call().await?;
    let make = async |number: usize| {
        let handle = match context.open(context.target.options()).await {
            Ok(handle) => handle,
            Err(error) => {
                return fail_with(
                    format!("provider {number} of a library cannot be made"),
                    "a provider",
                    describe(&error),
                );
            }
        };
        let file = context.at("provider.txt");
        let _ = handle.upload(&file, Body::from(bytes.clone()), &call).await;
        let _ = handle.delete(&file, &Call::new()).await;
        let _ = handle.shutdown(Duration::from_secs(5)).await;
        Ok(())
    };
    make(0).await?;
    make(1).await?;
    let (Some(threads), Some(files)) = (process::threads(), process::descriptors()) else {
        return skip("this system does not tell what a process uses");
    };
    for number in 2..COUNT + 2 {
        make(number).await?;
    }
    settles("threads stay when providers are dropped", threads + NOISE, process::threads).await?;
    settles("files or connections stay open when providers are dropped", files + NOISE, process::descriptors).await
}

async fn temporary(context: &CaseContext) -> Check {
    if !process::temporary().is_empty() {
        return skip(
            "the folder for temporary files is used by others: `longshore provider validate` makes one of its own",
        );
    }
    // The rounds include dropped calls.
    let bytes = content(context.seed, 48 * 1024);
    for number in 0..9 {
        once(context, &bytes, number).await?;
    }
    let _ = context.provider().await?.shutdown(Duration::from_secs(5)).await;
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        let left = process::temporary();
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let shown: Vec<String> = left.iter().take(4).map(|name| format!("`{name}`")).collect();
            let found = format!("{} of them: {}", left.len(), shown.join(", "));
            return fail_with("temporary files are left", "an empty folder", found);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn processes(context: &CaseContext) -> Check {
    if process::children().is_none() {
        return skip("this system does not list processes");
    }
    let bytes = content(context.seed, 16 * 1024);
    for number in 0..6 {
        once(context, &bytes, number).await?;
    }
    let _ = context.provider().await?.shutdown(Duration::from_secs(5)).await;
    settles("child processes are left", 0, process::children).await
}

/// Other programs use the folder too. New files count only if each of two rounds of calls leaves some.
async fn var_tmp(context: &CaseContext) -> Check {
    let folder = Path::new("/var/tmp");
    let bytes = content(context.seed, 48 * 1024);
    let mut left = [BTreeSet::new(), BTreeSet::new()];
    for names in &mut left {
        let started = SystemTime::now();
        for number in 0..3 {
            once(context, &bytes, number).await?;
        }
        *names = process::made_since(folder, started);
    }
    let _ = context.provider().await?.shutdown(Duration::from_secs(5)).await;
    let all = process::made_since(folder, SystemTime::UNIX_EPOCH);
    let [first, second] = left.map(|names| names.intersection(&all).cloned().collect::<Vec<_>>());
    if first.is_empty() || second.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = second.iter().take(4).map(|name| format!("`{name}`")).collect();
    fail_with("temporary files are left in `/var/tmp`", "none of the provider's", shown.join(", "))
}

/// Fails unless the count falls to at most `most` within the deadline.
async fn settles(reason: &str, most: usize, count: fn() -> Option<usize>) -> Check {
    // Idle threads for blocking work end after 10 s.
    let deadline = Instant::now() + Duration::from_secs(13);
    loop {
        let now = count().unwrap_or_default();
        if now <= most {
            return Ok(());
        }
        if Instant::now() > deadline {
            return fail_with(reason, format!("at most {most}"), now);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_growth_is_told_from_jumps() {
        let steady: Vec<(usize, u64)> =
            (0..8).map(|round| (round * 200, 5_000_000 + round as u64 * 200 * 1024)).collect();
        assert!((slope(&steady) - 1024.0).abs() < 1.0, "{}", slope(&steady));
        let jump: Vec<(usize, u64)> =
            (0..8).map(|round| (round * 200, if round < 1 { 5_000_000 } else { 9_000_000 })).collect();
        assert!(slope(&jump).abs() < 1.0, "{}", slope(&jump));
        let wild = [(0, 9_000_000), (200, 5_000_000), (400, 9_000_000), (600, 5_000_000)];
        assert!(slope(&wild) <= 0.0, "{}", slope(&wild));
    }
}
