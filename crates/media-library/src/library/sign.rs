//! Signed URLs: one call into the plugin for all files of a provider.

use longshore_plugin_host::registry::Provider;
use longshore_provider::{ErrorKind, File, SignOptions, SignedUrl};

use super::{MediaLibrary, objects::AsFile};
use crate::{Error, MediaFile, Result};

impl MediaLibrary {
    /// Replaces the URLs of `files` and their formats by signed URLs if their provider is private.
    ///
    /// Files of a provider that is not loaded keep their URL. Afterwards `is_url_signed` states for each file whether
    /// its URL is signed.
    ///
    /// # Errors
    ///
    /// [`Error::Provider`], unless the error is about one file alone: that file keeps its URL.
    pub async fn sign(&self, files: &mut [MediaFile]) -> Result<()> {
        self.sign_with(files, &SignOptions::default()).await
    }

    /// [`sign`](Self::sign) for the result of a change. The change has happened, and a failed signature does not undo
    /// it: files that cannot be signed keep their URL, and their `is_url_signed` is false.
    pub async fn sign_changed(&self, files: &mut [MediaFile]) {
        if let Err(error) = self.sign(files).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "an answer has URLs that are not signed");
        }
    }

    /// [`sign`](Self::sign) with the caller's expiry.
    pub async fn sign_with(&self, files: &mut [MediaFile], options: &SignOptions) -> Result<()> {
        for provider in self.context.registry.all() {
            let failed = |source| Error::Provider { provider: provider.name().to_owned(), source };
            let mine: Vec<&mut MediaFile> = files.iter_mut().filter(|file| self.is_of(provider, file)).collect();
            if mine.is_empty() || !self.in_time(provider.is_private()).await.map_err(failed)? {
                continue;
            }
            self.sign_all(provider, mine, options).await?;
        }
        Ok(())
    }

    async fn sign_all(&self, provider: &Provider, files: Vec<&mut MediaFile>, options: &SignOptions) -> Result<()> {
        let failed = |source| Error::Provider { provider: provider.name().to_owned(), source };
        let objects: Vec<File> = files.iter().flat_map(|file| objects(file)).collect();
        let answers = self.in_time(provider.get_signed_urls(&objects, options.clone())).await;
        let mut answers = answers.map_err(failed)?.into_iter();
        let mut take = |url: &mut String| -> Result<bool> {
            match answers.next() {
                Some(Ok(SignedUrl { url: signed, signed: is_signed, .. })) => {
                    *url = signed;
                    Ok(is_signed)
                }
                // The error concerns this file only, for example an invalid key. The other files stay readable.
                Some(Err(error)) if error.kind() == ErrorKind::InvalidInput => Ok(false),
                Some(Err(error)) => Err(failed(error)),
                None => Ok(false),
            }
        };
        for file in files {
            file.is_url_signed = take(&mut file.url)?;
            for format in file.formats.iter_mut().flatten() {
                take(&mut format.url)?;
            }
        }
        Ok(())
    }

    fn is_of(&self, provider: &Provider, file: &MediaFile) -> bool {
        let serving = self.context.registry.serving(&file.provider_chain);
        serving.is_some_and(|serving| std::ptr::eq(serving, provider))
    }
}

/// The main object and those of the formats.
fn objects(file: &MediaFile) -> Vec<File> {
    let formats = file.formats.iter().flatten().map(|format| {
        let mut object = format.object().as_file();
        object.url = Some(format.url.clone());
        object.provider_metadata.clone_from(&format.provider_metadata);
        object
    });
    std::iter::once(file.as_file()).chain(formats).collect()
}
