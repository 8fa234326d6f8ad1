//! New files: a row before the first object, visible after the last.

use std::{sync::Arc, time::Duration};

use crate::{
    Arg, Claim, Connection, Error, Link, MediaFile, Operation, Plan, Result, Store, Timestamp,
    arg::count,
    claim::ClaimKey,
    event::{Event, Subscriptions},
    kilobytes, stored_json,
};

/// A new file before its first object is written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of `MediaFile`")]
pub struct PendingFile {
    pub document_id: String,
    pub name: String,
    pub hash: String,
    pub ext: String,
    pub mime: String,
    /// The folder below the provider's root.
    pub path: Option<String>,
    pub provider: String,
    pub provider_chain: Vec<String>,
    /// The plan, with the objects that are written.
    pub plan: Plan,
}

impl PendingFile {
    /// The pending row of a file.
    pub fn of(file: &MediaFile, plan: Plan) -> Self {
        Self {
            document_id: file.document_id.clone(),
            name: file.name.clone(),
            hash: file.hash.clone(),
            ext: file.ext.clone(),
            mime: file.mime.clone(),
            path: file.path.clone(),
            provider: file.provider.clone(),
            provider_chain: file.provider_chain.clone(),
            plan,
        }
    }
}

impl Store {
    /// Makes the rows of new files, which are not visible, and claims them. The claims are in the order of the files.
    pub async fn insert_pending(&self, lease: Duration, files: Vec<PendingFile>) -> Result<Vec<Claim>> {
        let token = self.claims.new_token();
        let insert = InsertPending { token: token.clone(), lease: count(lease.as_millis()), files };
        let ids = self.write(insert).await?;
        Ok(ids.into_iter().map(|id| self.claimed(id, token.clone())).collect())
    }

    /// Makes pending rows visible, with the final descriptions of their files, and attaches the files to an entry.
    /// Either all rows become visible or none. Returns the files with their times.
    ///
    /// # Errors
    ///
    /// [`Error::LostLease`] if a row no longer belongs to its claim.
    pub async fn publish(
        &self,
        files: impl IntoIterator<Item = (&Claim, MediaFile)>,
        link: Option<&Link>,
    ) -> Result<Vec<MediaFile>> {
        let files = files.into_iter().map(|(claim, file)| (claim.key().clone(), file)).collect();
        let subscriptions = Arc::clone(&self.subscriptions);
        let files = self.write(Publish { files, link: link.cloned(), subscriptions }).await?;
        self.announced(Event::Create, files.iter().map(|file| file.id));
        Ok(files)
    }
}

struct InsertPending {
    token: String,
    /// Milliseconds.
    lease: i64,
    files: Vec<PendingFile>,
}

impl Operation for InsertPending {
    type Output = Vec<i64>;

    fn several_statements(&self) -> bool {
        self.files.len() > 1
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let (chain, plan) = (stored_json::text(&file.provider_chain), stored_json::text(&file.plan));
            let args: [Arg<'_>; 11] = [
                Arg::from(&file.document_id),
                Arg::from(&file.name),
                Arg::from(&file.hash),
                Arg::from(&file.ext),
                Arg::from(&file.mime),
                Arg::from(&file.path),
                Arg::from(&file.provider),
                Arg::from(&chain),
                Arg::from(&plan),
                Arg::from(&self.token),
                Arg::from(self.lease),
            ];
            let id = connection
                .first(
                    "insert into longshore_files (document_id, name, hash, ext, mime, path, provider, provider_chain, \
                     plan, claim, lease_until, state, size, size_bytes, url, created_at, updated_at, published_at)
                     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, longshore_now() + ?11, 'pending', 0, 0, '', \
                     longshore_now(), longshore_now(), longshore_now())
                     returning id",
                    &args,
                    |row| row.int(0),
                )
                .await?;
            ids.push(id.expect("an insert that succeeds returns its row"));
        }
        Ok(ids)
    }
}

struct Publish {
    files: Vec<(ClaimKey, MediaFile)>,
    link: Option<Link>,
    subscriptions: Arc<Subscriptions>,
}

impl Operation for Publish {
    type Output = Vec<MediaFile>;

    fn several_statements(&self) -> bool {
        self.files.len() > 1 || self.link.is_some() || self.subscriptions.want(Event::Create)
    }

    async fn run(&self, connection: &mut Connection<'_>) -> Result<Vec<MediaFile>> {
        let mut published = Vec::with_capacity(self.files.len());
        for (key, file) in &self.files {
            let now = Self::show(connection, key, file).await?.ok_or(Error::LostLease)?;
            let file = MediaFile {
                id: key.id,
                created_at: now,
                updated_at: now,
                published_at: now,
                is_url_signed: false,
                ..file.clone()
            };
            if let Some(link) = &self.link {
                link.attach(connection, key.id).await?;
            }
            self.subscriptions.announce(connection, Event::Create, now, &file).await?;
            published.push(file);
        }
        Ok(published)
    }
}

impl Publish {
    /// Makes the row visible and returns the time. `None` if the row no longer belongs to the claim.
    async fn show(connection: &mut Connection<'_>, key: &ClaimKey, file: &MediaFile) -> Result<Option<Timestamp>> {
        let focal_point = stored_json::focal_point(file.focal_point.as_ref());
        let formats = stored_json::formats(file.formats.as_deref());
        let metadata = file.provider_metadata.as_ref().map(stored_json::text);
        let chain = stored_json::text(&file.provider_chain);
        let args: [Arg<'_>; 23] = [
            key.id.into(),
            Arg::from(&key.token),
            Arg::from(&file.name),
            Arg::from(&file.alternative_text),
            Arg::from(&file.caption),
            Arg::from(&focal_point),
            file.width.into(),
            file.height.into(),
            Arg::from(&formats),
            Arg::from(&file.hash),
            Arg::from(&file.ext),
            Arg::from(&file.mime),
            kilobytes(file.size_bytes).into(),
            count(file.size_bytes).into(),
            Arg::from(&file.url),
            Arg::from(&file.preview_url),
            Arg::from(&file.provider),
            Arg::from(&chain),
            Arg::from(&metadata),
            Arg::from(&file.key),
            Arg::from(&file.path),
            Arg::from(&file.etag),
            Arg::from(&file.checksum),
        ];
        connection
            .first(
                "update longshore_files
                 set name = ?3, alternative_text = ?4, caption = ?5, focal_point = ?6, width = ?7, height = ?8, \
                 formats = ?9, hash = ?10, ext = ?11, mime = ?12, size = ?13, size_bytes = ?14, url = ?15, \
                 preview_url = ?16, provider = ?17, provider_chain = ?18, provider_metadata = ?19, object_key = ?20, \
                 path = ?21, etag = ?22, checksum = ?23, state = 'ready', claim = null, lease_until = null, \
                 plan = null, created_at = longshore_now(), updated_at = longshore_now(), published_at = longshore_now()
                 where id = ?1 and claim = ?2 and state = 'pending'
                 returning created_at",
                &args,
                |row| row.int(0),
            )
            .await
    }
}
