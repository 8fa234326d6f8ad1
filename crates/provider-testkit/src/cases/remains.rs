//! Remains of failed calls and deleted files in the places where a provider stores its data.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use longshore_provider::{Bytes, Call, Error, ErrorKind, File};
use tokio::time::{sleep, timeout};

use crate::{
    body::{self, LARGE, SHAPES, Shape},
    case::Case,
    content::content,
    context::{CaseContext, stored},
    outcome::{Check, Finding, describe, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[Case {
    id: "leak.remains",
    description: "calls that failed or were dropped leave nothing anywhere, once their files are deleted",
    rule: "an upload that does not return `Ok` leaves nothing behind: no part, no temporary file, no entry elsewhere",
    remedy: "arm a `Cleanup` that removes the part before you write its first byte, and disarm it when the file is stored",
    needs: &[],
    slow: true,
    check: |context| Box::pin(remains(context)),
}];

/// The time limit of clean-ups that continue after their calls have returned.
const PATIENCE: Duration = Duration::from_secs(5);

async fn remains(context: &CaseContext) -> Check {
    let bytes = content(context.seed, LARGE);
    let in_folder = succeed(context, &bytes).await?;
    let (files, keys) = (context.project_files(), context.listed_keys().await?);
    let seen = (files.is_some() && in_folder) || keys.is_some();
    for shape in SHAPES {
        fail(context, shape, &bytes).await?;
    }
    delete_all(context).await?;
    if let Some(before) = keys {
        no_more_keys(context, &before, &bytes).await?;
    }
    // `shutdown` waits for clean-ups.
    let _ = context.provider().await?.shutdown(PATIENCE).await;
    if let Some(before) = files {
        no_more_files(context, &before).await?;
    }
    if seen {
        return Ok(());
    }
    skip("left-over files cannot be found: the provider keeps no files in the project's folder, and has no `list`")
}

const NAMES: [&str; 4] = ["good.bin", "broken.bin", "dropped.bin", "late.bin"];

/// Stores, replaces and deletes files. Entries that exist afterwards are legitimate. Returns whether the files were
/// stored in the project's folder.
async fn succeed(context: &CaseContext, bytes: &Bytes) -> Check<bool> {
    let before = context.project_files().unwrap_or_default().len();
    let mut in_folder = false;
    for shape in SHAPES {
        let part = bytes.slice(..shape.size);
        let file = context.at(NAMES[0]);
        match context.try_upload(&file, body::chunked(&part, shape.chunk, shape.known)).await? {
            Ok(uploaded) => {
                in_folder |= context.project_files().unwrap_or_default().len() > before;
                let file = stored(&file, uploaded).file;
                let call = context.call().await?;
                let body = body::chunked(&part, shape.chunk, shape.known);
                let _ = context.provider().await?.replace(&file, &file, body, &call).await;
            }
            Err(error) if shape.may_be_refused_as(error.kind()) => {}
            Err(error) => {
                let reason = format!("{} could not be uploaded", shape.what);
                return fail_with(reason, "an upload that succeeds", describe(&error));
            }
        }
        delete_all(context).await?;
    }
    Ok(in_folder)
}

/// Makes uploads and replacements that break off, are dropped, or exceed their deadline. Other cases check the results.
async fn fail(context: &CaseContext, shape: Shape, bytes: &Bytes) -> Check {
    let part = bytes.slice(..shape.size);
    let count = shape.chunks() * 4 / 5;
    let handle = context.provider().await?;
    let call = context.call().await?;
    let broken = || {
        let error = Error::new(ErrorKind::BrokenBody, format!("the sender broke off, {}", body::WANTED));
        shape.sent(body::failing(&part, shape.chunk, count, error))
    };
    let stalled = |asked: &Arc<AtomicUsize>| shape.sent(body::stalling(&part, shape.chunk, count, Arc::clone(asked)));
    let _ = context.try_upload(&context.at(NAMES[1]), broken()).await?;
    let file = context.at(NAMES[2]);
    let asked = Arc::new(AtomicUsize::new(0));
    body::until_asked(handle.upload(&file, stalled(&asked), &call), &asked, count + 1).await;
    let limited = context.call().await?.with_timeout(Duration::from_millis(300));
    let body = stalled(&Arc::new(AtomicUsize::new(0)));
    let _ = timeout(PATIENCE, handle.upload(&context.at(NAMES[3]), body, &limited)).await;
    let old = context.put(NAMES[0], part.slice(..100)).await?.file;
    let _ = handle.replace(&old, &old, broken(), &call).await;
    Ok(())
}

/// Deletes all keys of this case, whether or not they exist.
async fn delete_all(context: &CaseContext) -> Check {
    for name in NAMES {
        if let Err(error) = context.provider().await?.delete(&context.at(name), &Call::new()).await {
            return fail_with("a file cannot be deleted", "no error", describe(&error));
        }
    }
    Ok(())
}

async fn no_more_files(context: &CaseContext, before: &BTreeSet<String>) -> Check {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = context.project_files().unwrap_or_default();
        // Markers and indexes may change their names, but not their number.
        if now.len() <= before.len() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let new: Vec<&String> = now.difference(before).collect();
            return fail_with(
                "calls that failed or were dropped leave files in the project's folder",
                format!("no more than the {} files that were there after calls that went well", before.len()),
                quoted(&new),
            );
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn no_more_keys(context: &CaseContext, before: &BTreeSet<String>, bytes: &Bytes) -> Check {
    let deadline = Instant::now() + PATIENCE;
    // Entries that come and go belong to other users of the service. Only entries that stay are counted.
    let mut left: Option<BTreeSet<String>> = None;
    loop {
        let Some(now) = context.listed_keys().await? else { return Ok(()) };
        let new: BTreeSet<String> = now.difference(before).cloned().collect();
        let still = left.take().map_or_else(|| new.clone(), |left| left.intersection(&new).cloned().collect());
        if still.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let shown: Vec<&String> = still.iter().collect();
            let reason = "calls that failed or were dropped leave something in the listing";
            let expected = "what was listed before them";
            for key in still.iter().take(3) {
                if key.starts_with(context.prefix()) || is_of(context, key, bytes).await? {
                    return fail_with(reason, expected, quoted(&shown));
                }
            }
            context.warn(Finding::new(reason).expected(expected, quoted(&shown)).advice(
                "remove it in a `Cleanup`; if another program uses the service now, the file may be its own: run the case where none does",
            ));
            return Ok(());
        }
        left = Some(still);
        sleep(Duration::from_millis(100)).await;
    }
}

/// Whether the content of `key` is a piece of `bytes`.
async fn is_of(context: &CaseContext, key: &str, bytes: &Bytes) -> Check<bool> {
    if !context.has_open().await? {
        return Ok(false);
    }
    let opened = context.provider().await?.open(&File::at(key), None, &Call::new()).await;
    let Ok(mut opened) = opened else { return Ok(false) };
    let Some(Ok(chunk)) = opened.body.next().await else { return Ok(false) };
    let piece = &chunk[..chunk.len().min(64)];
    Ok(piece.len() >= 16 && bytes.windows(piece.len()).any(|window| window == piece))
}

fn quoted(names: &[&String]) -> String {
    let shown: Vec<String> = names.iter().take(4).map(|name| format!("`{name}`")).collect();
    let more =
        if names.len() > shown.len() { format!(", and {} more", names.len() - shown.len()) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
