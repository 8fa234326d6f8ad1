//! Stores the files of a case, reads them, checks for their presence, and removes them at the end.

use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

use longshore_provider::{Body, Bytes, Call, Error, ErrorKind, File, ListRequest, Result, Uploaded};
use tokio::time::{sleep, timeout};

use super::{CaseContext, RecordedHandle, Stored};
use crate::{
    body,
    content::difference,
    outcome::{Check, describe, fail, fail_with, skip},
};

/// Larger than any file that the test kit stores and reads back.
const LIMIT: usize = 64 << 20;
/// The time limit of a clean-up that continues after its call has returned.
const CLEANUP: Duration = Duration::from_secs(5);

/// Whether a file exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    There,
    Absent,
}

impl CaseContext {
    /// A file of this case before its upload, at a key below the provider's root.
    pub(crate) fn at(&self, name: &str) -> File {
        let key = format!("{}{name}", self.prefix);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default();
        let mut file = File::at(key);
        name.rsplit('/').next().unwrap_or(name).clone_into(&mut file.name);
        "text/plain".clone_into(&mut file.mime);
        file
    }

    /// Registers a file that [`CaseContext::at`] did not create, for removal at the end of the case.
    pub(crate) fn remember(&self, uploaded: &Uploaded) {
        let key = format!("={}", uploaded.key);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Some(uploaded.clone()));
    }

    /// Uploads as the host does.
    pub(crate) async fn try_upload(&self, file: &File, body: Body) -> Check<Result<Uploaded>> {
        let call = self.call().await?;
        let uploaded = self.provider().await?.upload(file, body, &call).await;
        // Even a case that accepts every error does not accept a panic.
        if let Err(error) = &uploaded
            && error.message().starts_with("panicked at ")
            && !error.message().ends_with(body::WANTED)
        {
            let name = file.relative_key.as_deref().unwrap_or(&file.hash);
            let reason = format!("uploading `{}` panics", name.escape_debug());
            return fail_with(reason, "an upload that succeeds, or fails with an error", describe(error));
        }
        if let (Ok(uploaded), Some(key)) = (&uploaded, &file.relative_key) {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(key.clone(), Some(uploaded.clone()));
        }
        Ok(uploaded)
    }

    /// Uploads a body that the provider must accept.
    pub(crate) async fn upload(&self, file: &File, body: Body) -> Check<Stored> {
        match self.try_upload(file, body).await? {
            Ok(uploaded) => Ok(stored(file, uploaded)),
            Err(error) => {
                let name = file.relative_key.as_deref().unwrap_or(&file.hash);
                fail_with(format!("`{name}` could not be uploaded"), "an upload that succeeds", describe(&error))
            }
        }
    }

    /// Uploads `bytes` as a single chunk.
    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Check<Stored> {
        self.upload(&self.at(name), Body::from(bytes)).await
    }

    /// Reads a stored file.
    pub(crate) async fn read(&self, stored: &Stored) -> Check<Bytes> {
        match self.try_read(stored).await? {
            Ok(bytes) => Ok(bytes),
            Err(error) => fail_with(
                format!("`{}` cannot be read back", stored.uploaded.key),
                "the bytes that were stored",
                describe(&error),
            ),
        }
    }

    /// Reads a file that may be missing, by `open` or otherwise by its URL.
    pub(crate) async fn try_read(&self, stored: &Stored) -> Check<Result<Bytes>> {
        let handle = self.provider().await?;
        if self.has_open().await? {
            return Ok(match handle.open(&stored.file, None, &Call::new()).await {
                Ok(opened) => opened.body.into_bytes(LIMIT).await,
                Err(error) => Err(error),
            });
        }
        let Some(url) = self.reading_url(stored).await? else { return skip("no URL could be made to read it by") };
        let Some(fetching) = self.target.request("GET", &url) else {
            return skip("its URL cannot be fetched from here");
        };
        Ok(match fetching.await {
            Ok(fetched) if fetched.status == 200 => Ok(fetched.body),
            Ok(fetched) if matches!(fetched.status, 403 | 404 | 410) => Err(Error::not_found(&stored.uploaded.key)),
            Ok(fetched) => Err(Error::internal(format!("`{url}` returns {}", fetched.status))),
            Err(error) => return skip(format!("its URLs cannot be fetched: {error}")),
        })
    }

    /// Fails unless the content of the file is `expected`.
    pub(crate) async fn expect_content(&self, stored: &Stored, expected: &Bytes) -> Check {
        let found = self.read(stored).await?;
        if found == *expected {
            return Ok(());
        }
        fail_with(
            format!("`{}` has other content than was stored", stored.uploaded.key),
            format!("the {} bytes that were stored", expected.len()),
            difference(expected, &found),
        )
    }

    /// Determines whether the file exists. Tries `head`, `open`, `list` and the URL in this order, until one of them
    /// gives a definite result.
    pub(crate) async fn presence(&self, file: &File) -> Check<Presence> {
        let handle = self.provider().await?;
        let mut last = None;
        if self.has_head().await? {
            match handle.head(file, &Call::new()).await {
                Ok(_) => return Ok(Presence::There),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Presence::Absent),
                Err(error) => last = Some(error),
            }
        }
        if self.has_open().await? {
            match handle.open(file, None, &Call::new()).await {
                Ok(_) => return Ok(Presence::There),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Presence::Absent),
                Err(error) => last = Some(error),
            }
        }
        if let (true, Some(key)) = (self.has_list().await?, &file.relative_key) {
            match handle.list(&ListRequest::prefix(key), &Call::new()).await {
                Ok(page) if page.objects.iter().any(|object| object.relative_key == *key) => {
                    return Ok(Presence::There);
                }
                Ok(_) => return Ok(Presence::Absent),
                Err(error) => last = Some(error),
            }
        }
        if let Ok(url) = handle.url(file).await
            && let Some(fetching) = self.target.request("GET", &url)
            && !self.is_private().await?
            && let Ok(fetched) = fetching.await
        {
            return Ok(if fetched.status == 200 { Presence::There } else { Presence::Absent });
        }
        match last {
            Some(error) => fail_with("it cannot be determined whether a file exists", "yes or no", describe(&error)),
            None => skip("it cannot be determined whether a file exists"),
        }
    }

    /// Fails if the file exists. `because` explains why it must be absent. The check waits a little, because clean-ups
    /// may continue after their call has returned.
    pub(crate) async fn expect_absent(&self, file: &File, because: &str) -> Check {
        let deadline = Instant::now() + CLEANUP;
        while self.presence(file).await? == Presence::There {
            if Instant::now() > deadline {
                let name = file.relative_key.as_ref().or(file.key.as_ref()).map_or("the file", String::as_str);
                return fail_with(format!("`{name}` is there: {because}"), "nothing under that key", "a file");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Fails unless the file exists.
    pub(crate) async fn expect_there(&self, file: &File, because: &str) -> Check {
        match self.presence(file).await? {
            Presence::There => Ok(()),
            Presence::Absent => {
                let name = file.relative_key.as_ref().or(file.key.as_ref()).map_or("the file", String::as_str);
                fail(format!("`{name}` is not there: {because}"))
            }
        }
    }

    /// Fails unless the provider still works: an upload succeeds, and the file can be read back.
    pub(crate) async fn expect_works(&self, after: &str) -> Check {
        let bytes = crate::content::content(self.seed ^ 0xaf7e, 2000);
        let file = self.at("after.txt");
        let works = timeout(Duration::from_secs(10), async {
            match self.try_upload(&file, Body::from(bytes.clone())).await? {
                Ok(uploaded) => Ok(stored(&file, uploaded)),
                Err(error) => fail_with(
                    format!("the provider stores nothing any more after {after}"),
                    "an upload that succeeds",
                    describe(&error),
                ),
            }
        });
        let Ok(stored) = works.await else {
            return fail_with(
                format!("the provider hangs after {after}"),
                "an upload that succeeds",
                "no result in 10 s",
            );
        };
        let stored = stored?;
        match timeout(Duration::from_secs(10), self.try_read(&stored)).await {
            Ok(Ok(Ok(found))) if found == bytes => Ok(()),
            Ok(Ok(Ok(found))) => fail_with(
                format!("the provider stores other bytes after {after}"),
                "the bytes that were stored",
                difference(&bytes, &found),
            ),
            Ok(Ok(Err(error))) => {
                fail_with(format!("the provider reads nothing any more after {after}"), "the file", describe(&error))
            }
            // Files cannot be read back here. The successful upload is sufficient.
            Ok(Err(_)) => Ok(()),
            Err(_) => fail_with(format!("the provider hangs after {after}"), "the file", "no result in 10 s"),
        }
    }

    /// Removes the files of this case, and shuts the provider down.
    pub(crate) async fn clear(&self) {
        let Some(opened) = self.opened.get() else { return };
        let files = std::mem::take(&mut *self.files.lock().unwrap_or_else(PoisonError::into_inner));
        let files: Vec<File> = files
            .into_iter()
            .map(|(key, uploaded)| match uploaded {
                Some(uploaded) => stored(&File::at(key), uploaded).file,
                None => File::at(key),
            })
            .collect();
        let clearing = async {
            remove(&opened.handle, &files).await;
            let _ = opened.handle.shutdown(Duration::from_secs(2)).await;
            // A dropped call may have continued and stored its file after the first removal.
            if let Ok(again) = self.open(self.target.options()).await {
                remove(&again, &files).await;
                let _ = again.shutdown(Duration::from_secs(2)).await;
            }
        };
        let _ = timeout(Duration::from_secs(10), clearing).await;
    }
}

async fn remove(handle: &RecordedHandle, files: &[File]) {
    for file in files {
        // Ignore errors: the case may test a `delete` that fails.
        let _ = handle.delete(file, &Call::new()).await;
    }
}

/// `file` as the host knows it after the upload, with the returned key, URL, size and metadata.
pub(crate) fn stored(file: &File, uploaded: Uploaded) -> Stored {
    let mut file = file.clone();
    file.key = Some(uploaded.key.clone());
    file.url = Some(uploaded.url.clone());
    file.size = uploaded.size;
    file.provider_metadata.clone_from(&uploaded.provider_metadata);
    Stored { file, uploaded }
}
