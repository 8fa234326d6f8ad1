//! What a case works with: the provider, files of its own, and what was learnt of both.

mod files;
mod needs;
mod places;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use longshore_provider::{Call, ErrorKind, File, Handle, Uploaded};
use tokio::sync::OnceCell;

pub(crate) use self::files::{Presence, stored};
use crate::{
    case::Case,
    content::Numbers,
    outcome::{Check, Finding, Stop, skip, told},
    subject::Subject,
};

/// What the keys of all cases begin with.
const KEYS: &str = "longshore-validate-";

/// What one run of one case works with.
pub(crate) struct Bench {
    pub(crate) subject: Arc<dyn Subject>,
    /// Everything that looks random follows from it.
    pub(crate) seed: u64,
    /// What the keys of this case begin with.
    prefix: String,
    opened: OnceCell<Opened>,
    probe: OnceCell<Stored>,
    supported: Supported,
    /// Where the files of this case are: relative key, and what the upload answered.
    files: Mutex<BTreeMap<String, Option<Uploaded>>>,
    warnings: Mutex<Vec<Finding>>,
}

/// The provider, made with the subject's options.
struct Opened {
    handle: Handle,
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
    /// As the host knows it from now on: with the key, the URL and the metadata that the provider answered.
    pub(crate) file: File,
    /// What the provider answered.
    pub(crate) uploaded: Uploaded,
}

impl Bench {
    /// A bench for `case`. `run` tells the keys of this run from those of others.
    pub(crate) fn new(subject: Arc<dyn Subject>, case: &Case, seed: u64, run: u64) -> Self {
        let id: String = case.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Self {
            subject,
            seed,
            prefix: format!("{KEYS}{run:08x}-{id}/"),
            opened: OnceCell::new(),
            probe: OnceCell::new(),
            supported: Supported::default(),
            files: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// The provider. A case that cannot have it is skipped: another one is about that.
    pub(crate) async fn provider(&self) -> Check<&Handle> {
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
    pub(crate) fn numbers(&self) -> Numbers {
        Numbers::of(self.seed)
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
    pub(crate) fn warned(&self) -> Check {
        let warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        Finding::all(&warnings).map_or(Ok(()), |finding| Err(Stop::Warned(finding)))
    }

    async fn opened(&self) -> Check<&Opened> {
        let opened = self.opened.get_or_try_init(|| async {
            let handle = match self.subject.open(self.subject.options()).await {
                Ok(handle) => handle,
                Err(error) => return skip(format!("no provider could be made, see `init.opens`: {}", told(&error))),
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
