//! The Longshore provider that keeps files in a folder.
//!
//! A file is written aside (in `.longshore-tmp/`, inside the folder), synced, and renamed to its key, so that
//! readers see all of it or nothing. Keys with a `/` make subfolders, which go again with their last file. Nothing
//! outside of the folder is read or written, through symbolic links either; links that stay inside are followed.
//!
//! Files are never private: a server of the folder serves all of it. An upload that must be private is refused.

#![forbid(unsafe_code)]

mod folder;
mod list;
mod name;
mod options;
mod read;
mod staged;
mod stale;
mod upload;

use std::sync::Arc;

use longshore_provider::{
    Body, ByteRange, Call, Error, ErrorKind, File, InitContext, ListPage, ListRequest, ObjectMeta, Opened, Provider,
    Result, Uploaded,
    serde_json::{Map, Value},
    tokio::task::spawn_blocking,
    tracing,
};

pub use self::options::LocalOptions;
use self::{
    folder::{Folder, blocking, is_missing},
    name::Names,
    staged::Staged,
    stale::{LastLook, remove_stale},
};

/// Files in a folder.
pub struct Local {
    folder: Arc<Folder>,
    names: Names,
    /// The largest file in bytes, if the options limit it.
    size_limit: Option<u64>,
    last_look: LastLook,
}

impl Provider for Local {
    type Options = LocalOptions;

    async fn init(options: LocalOptions, context: InitContext) -> Result<Self> {
        for (method, action_options) in &context.action_options {
            if let Some(action_options) = action_options.as_object() {
                may_overwrite(action_options)
                    .map_err(|error| Error::invalid_options(format!("actionOptions.{method}.{}", error.message())))?;
            }
        }
        if options.size_limit.is_some() {
            tracing::warn!("providerOptions.sizeLimit is deprecated: set upload.config.sizeLimit");
        }
        options::check_server(options.local_server.as_ref())?;
        let names = Names::new(options.root_path.as_deref().unwrap_or_default(), &options.public_path)?;
        let path = context.project.join(&options.directory);
        let folder = blocking(move || {
            let folder = Folder::open(path, options.sync)?;
            remove_stale(&folder);
            Ok(Arc::new(folder))
        })
        .await?;
        Ok(Self { folder, names, size_limit: options.size_limit, last_look: LastLook::now() })
    }

    async fn upload(&self, file: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let key = self.names.key(file)?;
        self.store(key, body, call, may_overwrite(&call.action_options)?).await
    }

    async fn replace(&self, new: &File, old: &File, body: Body, call: &Call) -> Result<Uploaded> {
        let (new_key, old_key) = (self.names.key(new)?, self.names.key(old)?);
        let same = new_key == old_key;
        let overwrite = same || may_overwrite(&call.action_options)?;
        let uploaded = self.store(new_key, body, call, overwrite).await?;
        if !same && let Err(error) = self.remove(old_key).await {
            // The caller keeps the old file, so no call would ever remove the new one.
            self.remove(uploaded.key).await?;
            return Err(error);
        }
        Ok(uploaded)
    }

    async fn delete(&self, file: &File, _: &Call) -> Result<()> {
        self.remove(self.names.key(file)?).await
    }

    async fn url(&self, file: &File) -> Result<String> {
        Ok(self.names.url(&self.names.key(file)?))
    }

    async fn key(&self, file: &File) -> Result<String> {
        self.names.key(file)
    }

    /// Refuses every file that cannot be stored whatever it contains, too.
    async fn check_file_size(&self, file: &File, size_limit: u64) -> Result<()> {
        self.names.key(file)?;
        let limit = self.size_limit.unwrap_or(size_limit);
        match file.size {
            Some(size) if size > limit => {
                let message = format!("`{}` has {size} bytes, more than the limit of {limit}", file.name);
                Err(Error::new(ErrorKind::TooLarge, message))
            }
            _ => Ok(()),
        }
    }

    async fn open(&self, file: &File, range: Option<ByteRange>, _: &Call) -> Result<Opened> {
        let (folder, key) = (Arc::clone(&self.folder), self.names.key(file)?);
        blocking(move || read::open(&folder, &key, range)).await
    }

    async fn head(&self, file: &File, _: &Call) -> Result<ObjectMeta> {
        let (folder, key) = (Arc::clone(&self.folder), self.names.key(file)?);
        blocking(move || read::head(&folder, &key)).await
    }

    /// Whether a file can be written to the folder.
    async fn health(&self, _: &Call) -> Result<()> {
        let staged = Staged::new(Arc::clone(&self.folder));
        blocking(move || {
            let written = staged.write(&[b"longshore".as_slice().into()]);
            staged.abandon();
            written
        })
        .await
    }

    async fn list(&self, request: &ListRequest, _: &Call) -> Result<ListPage> {
        let (folder, root, request) = (Arc::clone(&self.folder), self.names.root().to_owned(), request.clone());
        blocking(move || list::list(&folder, &root, &request)).await
    }
}

impl Local {
    /// Removes what dead processes have left, beside other work.
    fn remove_stale_files(&self) {
        if self.last_look.is_due() {
            let folder = Arc::clone(&self.folder);
            drop(spawn_blocking(move || remove_stale(&folder)));
        }
    }

    async fn store(&self, key: String, body: Body, call: &Call, overwrite: bool) -> Result<Uploaded> {
        if call.private {
            return Err(Error::unsupported("private files: everything in its folder can be read by its plain URL"));
        }
        self.remove_stale_files();
        let metadata = upload::upload(&self.folder, &key, overwrite, body).await?;
        let url = self.names.url(&key);
        Ok(Uploaded::new(key, url).with_etag(read::etag(&metadata)).with_size(metadata.len()))
    }

    async fn remove(&self, key: String) -> Result<()> {
        let folder = Arc::clone(&self.folder);
        blocking(move || {
            // A folder is nothing that was stored, and neither is a link to one.
            if folder.is_folder(&key) {
                return Ok(());
            }
            match folder.dir().remove_file(&key) {
                Ok(()) => {
                    folder.remove_empty_parents(&key);
                    Ok(())
                }
                Err(error) if is_missing(&error) || error.kind() == std::io::ErrorKind::IsADirectory => Ok(()),
                Err(error) => Err(folder.failure(format_args!("delete `{key}`"), &error)),
            }
        })
        .await
    }
}

/// The action option `IfNoneMatch`. The other action options have no meaning for a folder.
fn may_overwrite(action_options: &Map<String, Value>) -> Result<bool> {
    match action_options.get("IfNoneMatch").map(Value::as_str) {
        None | Some(Some("")) => Ok(true),
        Some(Some("*")) => Ok(false),
        Some(_) => Err(Error::invalid_input("IfNoneMatch can only be `*`")),
    }
}

longshore_provider::export_provider!(Local as "local", extensions ["list"]);
