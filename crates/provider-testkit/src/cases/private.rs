//! Private means private.

use longshore_provider::{Body, Call, SignOptions};

use crate::{
    bench::{Bench, stored},
    case::{
        Case,
        Need::{Fetch, Private, Public},
    },
    content::content,
    outcome::{Check, fail_with, skip, told},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "private.signed",
        description: "a provider whose files are private signs their URLs",
        rule: "`is_private` says that files can be read only by signed URLs, so there have to be such",
        remedy: "write `get_signed_url` where you write `is_private`",
        needs: &[Private],
        slow: false,
        check: |bench| Box::pin(signed(bench)),
    },
    Case {
        id: "private.hidden",
        description: "nobody reads a private file by its plain URL",
        rule: "files of a private provider can be read only by signed URLs",
        remedy: "store without any right for others to read, whatever the options say",
        needs: &[Private, Fetch],
        slow: false,
        check: |bench| Box::pin(hidden(bench)),
    },
    Case {
        id: "private.answer",
        description: "the URL that an upload of a private file answers is not a signed one",
        rule: "`Uploaded::url` is the public URL of the file; never a signed one",
        remedy: "answer the plain URL: it is kept for ever, and a signed one would be given to everybody",
        needs: &[Private, Fetch],
        slow: false,
        check: |bench| Box::pin(answer(bench)),
    },
    Case {
        id: "private.demanded",
        description: "a file that the call wants private is private, or refused",
        rule: "when `Call::private` is true, nothing that is written may be readable without a signature",
        remedy: "look at `call.private` in `upload`, or refuse it as `unsupported`",
        needs: &[Public, Fetch],
        slow: false,
        check: |bench| Box::pin(demanded(bench)),
    },
];

async fn signed(bench: &Bench) -> Check {
    let probe = bench.probe().await?;
    match bench.provider().await?.get_signed_url(&probe.file, &SignOptions::default()).await {
        Ok(url) if url.signed => Ok(()),
        Ok(url) => fail_with("the URL of a private file is not signed", "a signed URL", &url.url),
        Err(error) => fail_with("a private file cannot be signed", "a signed URL", told(&error)),
    }
}

async fn hidden(bench: &Bench) -> Check {
    let probe = bench.probe().await?;
    let Ok(plain) = bench.provider().await?.url(&probe.file).await else { return skip("it has no plain URL") };
    let bare = plain.split('?').next().unwrap_or(&plain);
    match bench.status(bare).await? {
        200 => fail_with("a private file can be read by its plain URL", "no file", format!("`{bare}` answers 200")),
        _ => Ok(()),
    }
}

async fn answer(bench: &Bench) -> Check {
    let url = &bench.probe().await?.uploaded.url;
    match bench.status(url).await? {
        200 => fail_with(
            "the URL that the upload answered opens a private file",
            "no file",
            format!("`{url}` answers 200"),
        ),
        _ => Ok(()),
    }
}

async fn demanded(bench: &Bench) -> Check {
    let file = bench.at("demanded.txt");
    let call = Call::new().with_private(true);
    let Ok(uploaded) = bench.provider().await?.upload(&file, Body::from(content(bench.seed, 90)), &call).await else {
        return Ok(());
    };
    let stored = stored(&file, uploaded);
    let url = &stored.uploaded.url;
    match bench.status(url).await? {
        200 => fail_with(
            "a file that had to be private is public",
            "no file, or a refused upload",
            format!("`{url}` answers 200"),
        ),
        _ => Ok(()),
    }
}
