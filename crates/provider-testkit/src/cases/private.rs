//! Private files can only be read with a signed URL.

use longshore_provider::{Body, Call, File, SignOptions};

use crate::{
    case::{
        Case,
        Need::{Fetch, Private, Public},
    },
    content::content,
    context::{CaseContext, stored},
    outcome::{Check, describe, fail_with, skip},
};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "private.signed",
        description: "a provider whose files are private signs their URLs",
        rule: "`is_private` says that files can be read only by signed URLs, so there have to be such",
        remedy: "write `get_signed_url` where you write `is_private`",
        needs: &[Private],
        slow: false,
        check: |context| Box::pin(signed(context)),
    },
    Case {
        id: "private.hidden",
        description: "the plain URL of a private file does not open it",
        rule: "files of a private provider can be read only by signed URLs",
        remedy: "store without any right for others to read, whatever the options say",
        needs: &[Private, Fetch],
        slow: false,
        check: |context| Box::pin(hidden(context)),
    },
    Case {
        id: "private.answer",
        description: "the URL that an upload of a private file returns is not signed",
        rule: "`Uploaded::url` is the public URL of the file; never a signed one",
        remedy: "return the plain URL: the host stores it for good, and would hand out a signed one to everybody",
        needs: &[Private, Fetch],
        slow: false,
        check: |context| Box::pin(answer(context)),
    },
    Case {
        id: "private.demanded",
        description: "a file is private if the call demands it, or the upload is refused",
        rule: "when `Call::private` is true, nothing that is written may be readable without a signature",
        remedy: "look at `call.private` in `upload`, or refuse it as `unsupported`",
        needs: &[Public, Fetch],
        slow: false,
        check: |context| Box::pin(demanded(context)),
    },
    Case {
        id: "private.head",
        description: "a `HEAD` request to the plain URL does not reveal a private file",
        rule: "files of a private provider can be read only by signed URLs, and so can their size and type",
        remedy: "check the signature of every method, not of `GET` alone",
        needs: &[Private, Fetch],
        slow: false,
        check: |context| Box::pin(head(context)),
    },
    Case {
        id: "private.every-file",
        description: "every file of a private provider is signed, whatever its name, type and size",
        rule: "`is_private` says that files can be read only by signed URLs: all of them",
        remedy: "do not decide by the file in `get_signed_url` what `is_private` decides for all",
        needs: &[Private],
        slow: false,
        check: |context| Box::pin(every_file(context)),
    },
    Case {
        id: "private.stable",
        description: "`is_private` is the same before and after calls, and for a second provider of the same options",
        rule: "`is_private` depends on the options alone: the host asks once, when it starts",
        remedy: "decide it in `init`, from the options",
        needs: &[],
        slow: false,
        check: |context| Box::pin(stable(context)),
    },
];

async fn signed(context: &CaseContext) -> Check {
    let probe = context.probe().await?;
    match context.provider().await?.get_signed_url(&probe.file, &SignOptions::default()).await {
        Ok(url) if url.signed => Ok(()),
        Ok(url) => fail_with("the URL of a private file is not signed", "a signed URL", &url.url),
        Err(error) => fail_with("a private file cannot be signed", "a signed URL", describe(&error)),
    }
}

async fn hidden(context: &CaseContext) -> Check {
    let probe = context.probe().await?;
    let Ok(plain) = context.provider().await?.url(&probe.file).await else { return skip("it has no plain URL") };
    let bare = plain.split('?').next().unwrap_or(&plain);
    match context.status(bare).await? {
        200 => fail_with("a private file can be read by its plain URL", "no file", format!("`{bare}` returns 200")),
        _ => Ok(()),
    }
}

async fn answer(context: &CaseContext) -> Check {
    let url = &context.probe().await?.uploaded.url;
    match context.status(url).await? {
        200 => fail_with(
            "the URL that the upload returned opens a private file",
            "no file",
            format!("`{url}` returns 200"),
        ),
        _ => Ok(()),
    }
}

async fn demanded(context: &CaseContext) -> Check {
    let file = context.at("demanded.txt");
    let call = Call::new().with_private(true);
    let Ok(uploaded) = context.provider().await?.upload(&file, Body::from(content(context.seed, 90)), &call).await
    else {
        return Ok(());
    };
    let stored = stored(&file, uploaded);
    let url = &stored.uploaded.url;
    match context.status(url).await? {
        200 => fail_with(
            "a file that had to be private is public",
            "no file, or a refused upload",
            format!("`{url}` returns 200"),
        ),
        _ => Ok(()),
    }
}

async fn head(context: &CaseContext) -> Check {
    let probe = context.probe().await?;
    let Ok(plain) = context.provider().await?.url(&probe.file).await else { return skip("it has no plain URL") };
    let bare = plain.split('?').next().unwrap_or(&plain);
    if context.status(bare).await? == 200 {
        return skip("the file can be read by its plain URL, see `private.hidden`");
    }
    match context.status_of("HEAD", bare).await? {
        200 => fail_with("`HEAD` of the plain URL reveals a private file", "no file", format!("`{bare}` returns 200")),
        _ => Ok(()),
    }
}

async fn every_file(context: &CaseContext) -> Check {
    let probe = context.probe().await?;
    let signed = context.provider().await?.get_signed_url(&probe.file, &SignOptions::default()).await;
    if !signed.is_ok_and(|url| url.signed) {
        return skip("nothing is signed, see `private.signed`");
    }
    let mut files: Vec<File> = [
        ("photo.png", "image/png", 500),
        ("paper.pdf", "application/pdf", 500),
        ("film.mp4", "video/mp4", 500),
        ("deep/er/icon.svg", "image/svg+xml", 500),
        ("no-extension", "", 500),
        (".hidden", "text/plain", 500),
        ("empty.txt", "text/plain", 0),
        ("large.bin", "application/octet-stream", 300_000),
    ]
    .into_iter()
    .map(|(name, mime, size)| {
        let mut file = context.at(name);
        mime.clone_into(&mut file.mime);
        file.size = Some(size);
        file
    })
    .collect();
    let mut named = File::named(format!("{}hash", context.prefix()), ".webp");
    "image/webp".clone_into(&mut named.mime);
    named.size = Some(500);
    files.push(named);
    for file in files {
        let name = file.relative_key.clone().unwrap_or_else(|| format!("{}{}", file.hash, file.ext));
        let bytes = content(context.seed, usize::try_from(file.size.unwrap_or_default()).unwrap_or_default());
        // Other cases check which files the provider refuses.
        let Ok(uploaded) = context.try_upload(&file, Body::from(bytes)).await? else { continue };
        context.remember(&uploaded);
        let mut stored = stored(&file, uploaded).file;
        stored.size = file.size;
        match context.provider().await?.get_signed_url(&stored, &SignOptions::default()).await {
            Ok(url) if url.signed => {}
            Ok(url) => return fail_with(format!("the URL of `{name}` is not signed"), "a signed URL", &url.url),
            Err(error) => return fail_with(format!("`{name}` cannot be signed"), "a signed URL", describe(&error)),
        }
    }
    Ok(())
}

async fn stable(context: &CaseContext) -> Check {
    let before = context.is_private().await?;
    let handle = context.provider().await?;
    let call = context.call().await?;
    let file = context.at("stable.txt");
    let bytes = content(context.seed, 90);
    // Other cases check the results of these calls.
    let _ = handle.upload(&file, Body::from(bytes.clone()), &call).await;
    let _ = handle.replace(&file, &file, Body::from(bytes), &call).await;
    let _ = handle.get_signed_url(&file, &SignOptions::default()).await;
    let _ = handle.delete(&file, &Call::new()).await;
    let second = match context.open(context.target.options()).await {
        Ok(second) => second.is_private().await,
        Err(error) => return skip(format!("no second provider could be made: {}", describe(&error))),
    };
    for (when, private) in [("after some calls", handle.is_private().await), ("of a second provider", second)] {
        // `error.privacy` checks failures of `is_private`.
        if private.is_ok_and(|private| private != before) {
            return fail_with(format!("`is_private` is another {when}"), before, !before);
        }
    }
    Ok(())
}
