//! What comes with every call besides its subject.

use std::time::Duration;

use serde_json::{Map, Value};

/// The context of one call.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Call {
    /// How long the call may take, from now. The library enforces it: an author need not look.
    pub timeout: Option<Duration>,
    /// Whether the outermost provider says that files are private. Set on `upload` and `replace`: when it
    /// is true, nothing that is written may be readable without a signature, whatever the options say.
    pub private: bool,
    /// The W3C trace parent of the host's span, to hand on to the service.
    pub trace_parent: Option<String>,
    /// `actionOptions.<method>` of the configuration, as it stands there.
    pub action_options: Map<String, Value>,
}

impl Call {
    /// A context that says nothing in particular.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time of the call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says whether files are private.
    #[must_use]
    pub fn with_private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }

    /// The action options of the method that is called.
    #[must_use]
    pub fn with_action_options(mut self, options: Map<String, Value>) -> Self {
        self.action_options = options;
        self
    }
}

/// How a URL is to be signed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SignOptions {
    /// How long the URL is to work. The provider's own default if none.
    pub expires_in: Option<Duration>,
    /// `actionOptions.getSignedUrl` of the configuration, as it stands there.
    pub action_options: Map<String, Value>,
}

impl SignOptions {
    /// A URL that works for `expires_in`.
    pub fn expires(expires_in: Duration) -> Self {
        Self { expires_in: Some(expires_in), ..Self::default() }
    }

    /// The same options with another expiry.
    #[must_use]
    pub fn with_expiry(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }
}
