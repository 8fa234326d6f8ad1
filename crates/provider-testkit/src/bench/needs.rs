//! Whether a case can be run here.

use longshore_provider::SignOptions;

use super::{Bench, Stored};
use crate::{
    case::Need,
    content::content,
    outcome::{Check, skip},
};

impl Bench {
    /// Skips the case unless everything is there.
    pub(crate) async fn require(&self, needs: &[Need]) -> Check {
        for need in needs {
            self.require_one(*need).await?;
        }
        Ok(())
    }

    async fn require_one(&self, need: Need) -> Check {
        let (there, otherwise) = match need {
            Need::Library => (
                self.subject.library().is_some(),
                "it is about a built library: run `longshore provider validate` on it",
            ),
            Need::Process => (
                self.subject.is_alone(),
                "it needs a process of its own: run `longshore provider validate` on the built library",
            ),
            Need::Schema => (
                self.subject.schema().is_ok_and(|schema| schema.get("properties").is_some()),
                "the provider takes no options that a schema describes",
            ),
            Need::Open => (self.has_open().await?, "the provider does not do `open`"),
            Need::Head => (self.has_head().await?, "the provider does not do `head`"),
            Need::List => (self.has_list().await?, "the provider does not do the extension `list`"),
            Need::ReadBack => (
                self.has_open().await? || self.can_fetch_files().await?,
                "nothing can be read back: the provider does not do `open`, and its URLs are not `http`",
            ),
            Need::Look => (
                self.can_look().await?,
                "nobody can tell whether a file is there: the provider does neither `head` nor `open` nor `list`, and \
                 its URLs are not `http`",
            ),
            Need::Fetch => (self.can_fetch_files().await?, "its URLs are not of a kind that can be fetched from here"),
            Need::Signing => (self.is_signing().await?, "the provider signs no URLs"),
            Need::Private => (self.is_private().await?, "files are public with these options"),
            Need::Public => (!self.is_private().await?, "files are private with these options"),
        };
        if there { Ok(()) } else { skip(otherwise) }
    }

    /// A small file, stored when it is first asked for.
    pub(crate) async fn probe(&self) -> Check<&Stored> {
        self.probe.get_or_try_init(|| async { self.put("probe.txt", content(self.seed, 300)).await }).await
    }

    /// A URL by which a stored file can be read: signed if it is private.
    pub(crate) async fn reading_url(&self, stored: &Stored) -> Check<Option<String>> {
        if !self.is_private().await? {
            return Ok(Some(stored.uploaded.url.clone()));
        }
        let signed = self.provider().await?.get_signed_url(&stored.file, &SignOptions::default()).await;
        Ok(signed.ok().map(|signed| signed.url))
    }

    async fn can_fetch_files(&self) -> Check<bool> {
        let url = self.reading_url(self.probe().await?).await?;
        Ok(url.is_some_and(|url| self.subject.fetch(&url).is_some()))
    }

    async fn can_look(&self) -> Check<bool> {
        Ok(self.has_head().await? || self.has_open().await? || self.has_list().await? || self.can_fetch_files().await?)
    }

    async fn is_signing(&self) -> Check<bool> {
        let probe = self.probe().await?;
        let signed = self.provider().await?.get_signed_url(&probe.file, &SignOptions::default()).await;
        Ok(signed.is_ok_and(|url| url.signed))
    }
}
