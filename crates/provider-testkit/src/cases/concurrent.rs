//! All methods may run concurrently, even for one key.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use longshore_provider::{
    Bytes, Call,
    futures::future::{join, join_all},
};

use crate::{
    body,
    case::{
        Case,
        Need::{Open, ReadBack},
    },
    content::{content, difference},
    context::{CaseContext, Stored, stored},
    outcome::{Check, describe, fail_with},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "concurrent.many-files",
        description: "24 files that are uploaded at once are all stored",
        rule: "all methods may run at once, on several threads",
        remedy: "share nothing between calls that only one of them can have; queue, rather than refuse",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(many_files(context)),
    },
    Case {
        id: "concurrent.one-key",
        description: "of several uploads of one key, one wins whole",
        rule: "two uploads of one key: one of them wins whole",
        remedy: "write each upload aside under a name of its own, and rename it at the end",
        needs: &[ReadBack],
        slow: false,
        check: |context| Box::pin(one_key(context)),
    },
    Case {
        id: "concurrent.readers",
        description: "readers of a file that is being replaced see the old bytes or the new ones",
        rule: "a reader sees the old bytes or the new ones, never a mixture",
        remedy: "let a reader hold on to the version that it opened",
        needs: &[Open],
        slow: false,
        check: |context| Box::pin(readers(context)),
    },
];

const PAUSE: Duration = Duration::from_millis(2);

async fn many_files(context: &CaseContext) -> Check {
    let uploads = (0..24_u64).map(|number| async move {
        let bytes = content(context.seed + number, 3000 + 100 * usize::try_from(number).unwrap_or(0));
        let file = context.at(&format!("many-{number}.txt"));
        let uploaded = context.try_upload(&file, body::slow(&bytes, 500, PAUSE)).await?;
        match uploaded {
            Ok(uploaded) => Ok((stored(&file, uploaded), bytes)),
            Err(error) => fail_with("one of 24 uploads at once fails", "24 that succeed", describe(&error)),
        }
    });
    for uploaded in join_all(uploads).await {
        let (stored, bytes) = uploaded?;
        context.expect_content(&stored, &bytes).await?;
    }
    Ok(())
}

async fn one_key(context: &CaseContext) -> Check {
    let file = context.at("one.txt");
    for round in 0..3 {
        let versions: Vec<Bytes> = (0..6).map(|number| content(context.seed + round * 10 + number, 4000)).collect();
        let uploads = versions.iter().map(|bytes| context.try_upload(&file, body::slow(bytes, 500, PAUSE)));
        let mut last = None;
        for uploaded in join_all(uploads).await {
            match uploaded? {
                Ok(uploaded) => last = Some(stored(&file, uploaded)),
                Err(error) => {
                    return fail_with("one of several uploads of one key fails", "no error", describe(&error));
                }
            }
        }
        let Some(last) = last else { return Ok(()) };
        let found = context.read(&last).await?;
        if !versions.contains(&found) {
            let reason = "after several uploads of one key, the file is none of them";
            return fail_with(reason, "one of them, whole", difference(&versions[0], &found));
        }
    }
    Ok(())
}

async fn readers(context: &CaseContext) -> Check {
    let versions: Vec<Bytes> = (0..4).map(|number| content(context.seed + number, 600_000)).collect();
    let first = context.put("read.bin", versions[0].clone()).await?;
    // The writes continue until all readers have finished, however busy the machine is.
    let done = AtomicBool::new(false);
    let writes = async {
        for (number, version) in versions.iter().cycle().skip(1).enumerate() {
            if done.load(Ordering::Relaxed) && number >= 8 {
                break;
            }
            context.upload(&first.file, body::slow(version, 100_000, Duration::from_millis(1))).await?;
        }
        Ok(())
    };
    let reads = async {
        let mut read = Ok(());
        for _ in 0..12 {
            read = read.and(read_slowly(context, &first, &versions).await);
        }
        done.store(true, Ordering::Relaxed);
        read
    };
    let (written, read) = join(writes, reads).await;
    written.and(read)
}

async fn read_slowly(context: &CaseContext, stored: &Stored, versions: &[Bytes]) -> Check {
    let mut opened = match context.provider().await?.open(&stored.file, None, &Call::new()).await {
        Ok(opened) => opened,
        Err(error) => {
            return fail_with(
                "a file that is being replaced cannot be opened",
                "the old file or the new one",
                describe(&error),
            );
        }
    };
    let mut found = Vec::new();
    while let Some(chunk) = opened.body.next().await {
        match chunk {
            Ok(chunk) => found.extend_from_slice(&chunk),
            // A service may detect the change and fail the read. The reader then sees no mixture.
            Err(_) => return Ok(()),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    if versions.iter().any(|version| version[..] == found[..]) {
        return Ok(());
    }
    let nearest = difference(&versions[0], &found);
    fail_with("a reader of a file that is being replaced sees a mixture", "one of the versions, whole", nearest)
}
