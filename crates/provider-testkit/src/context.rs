//! The context of a case: its provider, its files, and the warnings that it collects.

mod files;
mod inventory;
mod needs;
mod provider;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use longshore_provider::{Call, ErrorKind, File, Result, Uploaded, serde_json::Value};
use tokio::sync::OnceCell;

use self::provider::RunningCalls;
pub(crate) use self::{
    files::{Presence, stored},
    provider::RecordedHandle,
};
use crate::{
    case::Case,
    content::SeededNumbers,
    outcome::{Check, Finding, Stop, describe, skip},
    test_target::TestTarget,
};

/// What the keys of all cases begin with.
const KEYS: &str = "longshore-validate-";

/// The context of one run of one case.
pub(crate) struct CaseContext {
    pub(crate) target: Arc<dyn TestTarget>,
    /// Everything that looks random follows from it.
    pub(crate) seed: u64,
    /// What the keys of this case begin with.
    prefix: String,
    calls: Arc<RunningCalls>,
    opened: OnceCell<Opened>,
    probe: OnceCell<Stored>,
    supported: Supported,
    /// Where the files of this case are: relative key, and what the upload returned.
    files: Mutex<BTreeMap<String, Option<Uploaded>>>,
    warnings: Mutex<Vec<Finding>>,
}

/// The provider, made with the target's options.
struct Opened {
    handle: RecordedHandle,
    private: bool,
}

/// Which of the methods that need not be there are there.
#[derive(Default)]
struct Supported {
    open: OnceCell<bool>,
    head: OnceCell<bool>,
    list: OnceCell<bool>,
}

/// A file that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// As the host knows it from now on: with the key, the URL and the metadata that the provider returned.
    pub(crate) file: File,
    /// What the provider returned.
    pub(crate) uploaded: Uploaded,
}

impl CaseContext {
    /// A context for `case`. `run` tells the keys of this run from those of others.
    pub(crate) fn new(target: Arc<dyn TestTarget>, case: &Case, seed: u64, run: u64) -> Self {
        let id: String = case.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Self {
            target,
            seed,
            prefix: format!("{KEYS}{run:08x}-{id}/"),
            calls: Arc::default(),
            opened: OnceCell::new(),
            probe: OnceCell::new(),
            supported: Supported::default(),
            files: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// The provider. A case that cannot have it is skipped: another case is about that.
    pub(crate) async fn provider(&self) -> Check<&RecordedHandle> {
        self.opened().await.map(|opened| &opened.handle)
    }

    /// Whether the provider says that files are private.
    pub(crate) async fn is_private(&self) -> Check<bool> {
        self.opened().await.map(|opened| opened.private)
    }

    /// The context of an upload, as the host makes it.
    pub(crate) async fn call(&self) -> Check<Call> {
        Ok(Call::new().with_private(self.is_private().await?))
    }

    /// Numbers that follow from the seed.
    pub(crate) fn numbers(&self) -> SeededNumbers {
        SeededNumbers::of(self.seed)
    }

    /// What the keys of this case begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Remembers something that is not broken and that the author should know.
    pub(crate) fn warn(&self, finding: Finding) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    /// All warnings in one, if all went well otherwise.
    pub(crate) fn warnings(&self) -> Check {
        let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        Finding::all(&warnings).map_or(Ok(()), |finding| Err(Stop::Warned(finding)))
    }

    /// Makes a provider of `options`, which the host has not checked against the schema.
    pub(crate) async fn open(&self, options: &Value) -> Result<RecordedHandle> {
        let running = self.calls.begin("init", &*self.target);
        let handle = self.target.open(options).await?;
        drop(running);
        Ok(RecordedHandle::new(handle, Arc::clone(&self.calls), Arc::clone(&self.target)))
    }

    /// The methods that run now, for a case that does not end.
    pub(crate) fn running(&self) -> Option<String> {
        self.calls.describe()
    }

    async fn opened(&self) -> Check<&Opened> {
        let opened = self.opened.get_or_try_init(|| async {
            let handle = match self.open(self.target.options()).await {
                Ok(handle) => handle,
                Err(error) => {
                    return skip(format!("no provider could be made, see `init.opens`: {}", describe(&error)));
                }
            };
            // Another case is about a failure.
            let private = handle.is_private().await.unwrap_or(false);
            Ok(Opened { handle, private })
        });
        opened.await
    }

    /// Whether `open` is there: it is if it does not say that it is not.
    pub(crate) async fn has_open(&self) -> Check<bool> {
        let handle = self.provider().await?;
        let asked = self.supported.open.get_or_init(|| async {
            let answer = handle.open(&self.at("nothing"), None, &Call::new()).await;
            !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
        });
        Ok(*asked.await)
    }

    /// Whether `head` is there.
    pub(crate) async fn has_head(&self) -> Check<bool> {
        let handle = self.provider().await?;
        let asked = self.supported.head.get_or_init(|| async {
            let answer = handle.head(&self.at("nothing"), &Call::new()).await;
            !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
        });
        Ok(*asked.await)
    }

    /// Whether the extension `list` is there.
    pub(crate) async fn has_list(&self) -> Check<bool> {
        let handle = self.provider().await?;
        let asked = self.supported.list.get_or_init(|| async {
            let request = longshore_provider::ListRequest::prefix(format!("{}nothing", self.prefix));
            let answer = handle.list(&request, &Call::new()).await;
            !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
        });
        Ok(*asked.await)
    }
}
