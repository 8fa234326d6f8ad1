//! The context of a case: its provider, its files, and its collected warnings.

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

/// The prefix of the keys of all cases.
const KEYS: &str = "longshore-validate-";

/// The context of one run of one case.
pub(crate) struct CaseContext {
    pub(crate) target: Arc<dyn TestTarget>,
    /// The seed of all pseudorandom data.
    pub(crate) seed: u64,
    /// The prefix of the keys of this case.
    prefix: String,
    calls: Arc<RunningCalls>,
    opened: OnceCell<Opened>,
    probe: OnceCell<Stored>,
    supported: Supported,
    /// The files that this case may have stored, by relative key, with the result of the upload.
    files: Mutex<BTreeMap<String, Option<Uploaded>>>,
    warnings: Mutex<Vec<Finding>>,
}

/// The provider, created with the target's options.
struct Opened {
    handle: RecordedHandle,
    private: bool,
}

/// The optional methods that the provider supports. Each is determined once.
#[derive(Default)]
struct Supported {
    open: OnceCell<bool>,
    head: OnceCell<bool>,
    list: OnceCell<bool>,
}

/// A file that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The file as the host knows it after the upload: with the key, URL and metadata that the provider returned.
    pub(crate) file: File,
    /// The result of the upload.
    pub(crate) uploaded: Uploaded,
}

impl CaseContext {
    /// A context for `case`. `run` distinguishes the keys of this run from those of other runs.
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

    /// The provider. If it cannot be created the case is skipped, because `init.opens` reports that failure.
    pub(crate) async fn provider(&self) -> Check<&RecordedHandle> {
        self.opened().await.map(|opened| &opened.handle)
    }

    /// Whether the provider reports its files as private.
    pub(crate) async fn is_private(&self) -> Check<bool> {
        self.opened().await.map(|opened| opened.private)
    }

    /// The context of an upload, as the host creates it.
    pub(crate) async fn call(&self) -> Check<Call> {
        Ok(Call::new().with_private(self.is_private().await?))
    }

    /// Pseudorandom numbers from the seed.
    pub(crate) fn numbers(&self) -> SeededNumbers {
        SeededNumbers::of(self.seed)
    }

    /// The prefix of the keys of this case.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Records a warning: the rule holds, but the author should know about the finding.
    pub(crate) fn warn(&self, finding: Finding) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    /// Returns all warnings merged into one, or success if there are none.
    pub(crate) fn warnings(&self) -> Check {
        let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        Finding::all(&warnings).map_or(Ok(()), |finding| Err(Stop::Warned(finding)))
    }

    /// Creates a provider from `options`, which the host has not checked against the schema.
    pub(crate) async fn open(&self, options: &Value) -> Result<RecordedHandle> {
        let running = self.calls.begin("init", &*self.target);
        let handle = self.target.open(options).await?;
        drop(running);
        Ok(RecordedHandle::new(handle, Arc::clone(&self.calls), Arc::clone(&self.target)))
    }

    /// The methods that are running now. Reported when a case does not end.
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
            // `error.privacy` checks failures of `is_private`.
            let private = handle.is_private().await.unwrap_or(false);
            Ok(Opened { handle, private })
        });
        opened.await
    }

    /// Whether the provider supports `open`. Every result except `unsupported` counts as support.
    pub(crate) async fn has_open(&self) -> Check<bool> {
        let handle = self.provider().await?;
        let asked = self.supported.open.get_or_init(|| async {
            let answer = handle.open(&self.at("nothing"), None, &Call::new()).await;
            !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
        });
        Ok(*asked.await)
    }

    /// Whether the provider supports `head`.
    pub(crate) async fn has_head(&self) -> Check<bool> {
        let handle = self.provider().await?;
        let asked = self.supported.head.get_or_init(|| async {
            let answer = handle.head(&self.at("nothing"), &Call::new()).await;
            !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
        });
        Ok(*asked.await)
    }

    /// Whether the provider supports the extension `list`.
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
