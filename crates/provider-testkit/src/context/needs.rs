//! Checks whether the needs of a case are met.

use longshore_provider::SignOptions;

use super::{CaseContext, Stored};
use crate::{
    case::Need,
    content::content,
    outcome::{Check, skip},
};

impl CaseContext {
    /// Skips the case unless all of its needs are met.
    pub(crate) async fn require(&self, needs: &[Need]) -> Check {
        for need in needs {
            self.require_one(*need).await?;
        }
        Ok(())
    }

    async fn require_one(&self, need: Need) -> Check {
        let there = match need {
            Need::Library => self.target.library().is_some(),
            Need::Process => self.target.is_alone(),
            Need::Allocator => self.target.has_other_allocator(),
            Need::Schema => self.target.schema().is_ok_and(|schema| schema.get("properties").is_some()),
            Need::Open => self.has_open().await?,
            Need::Head => self.has_head().await?,
            Need::List => self.has_list().await?,
            Need::ReadBack => self.has_open().await? || self.can_fetch_files().await?,
            Need::Look => self.can_look().await?,
            Need::Fetch => self.can_fetch_files().await?,
            Need::Signing => self.is_signing().await?,
            Need::Private => self.is_private().await?,
            Need::Public => !self.is_private().await?,
        };
        if there { Ok(()) } else { skip(need.lack()) }
    }

    /// A small file, stored on first use.
    pub(crate) async fn probe(&self) -> Check<&Stored> {
        self.probe.get_or_try_init(|| async { self.put("probe.txt", content(self.seed, 300)).await }).await
    }

    /// A URL from which a stored file can be read. It is signed if the file is private.
    pub(crate) async fn reading_url(&self, stored: &Stored) -> Check<Option<String>> {
        if !self.is_private().await? {
            return Ok(Some(stored.uploaded.url.clone()));
        }
        let signed = self.provider().await?.get_signed_url(&stored.file, &SignOptions::default()).await;
        Ok(signed.ok().map(|signed| signed.url))
    }

    /// The status of the response to a `GET` request. The case is skipped if the service cannot be reached.
    pub(crate) async fn status(&self, url: &str) -> Check<u16> {
        self.status_of("GET", url).await
    }

    /// The status of the response to a request with this method. The case is skipped if the service cannot be reached.
    pub(crate) async fn status_of(&self, method: &str, url: &str) -> Check<u16> {
        let Some(fetching) = self.target.request(method, url) else {
            return skip("the URL cannot be fetched from here");
        };
        match fetching.await {
            Ok(fetched) => Ok(fetched.status),
            Err(error) => skip(format!("its URLs cannot be fetched: {error}")),
        }
    }

    async fn can_fetch_files(&self) -> Check<bool> {
        let url = self.reading_url(self.probe().await?).await?;
        Ok(url.is_some_and(|url| self.target.request("GET", &url).is_some()))
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
