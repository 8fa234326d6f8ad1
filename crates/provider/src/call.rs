//! The context of a call: its timeout, privacy, trace and action options.

use std::time::Duration;

use serde_json::{Map, Value};

/// The context of one call.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Call {
    /// The time that the call may take, from now. The library enforces it, so a provider may ignore it.
    pub timeout: Option<Duration>,
    /// Whether the outermost provider reports that files are private. The flag is set for `upload` and `replace`. If it
    /// is true, no written file may be readable without a signature, whatever the options contain.
    pub private: bool,
    /// The W3C trace parent of the host's span, to pass on to the service.
    pub trace_parent: Option<String>,
    /// `actionOptions.<method>` of the configuration, unchanged.
    pub action_options: Map<String, Value>,
}

impl Call {
    /// A context without a timeout, trace parent or action options, for files that are not private.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the timeout of the call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets whether files are private.
    #[must_use]
    pub fn with_private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }

    /// Sets the action options of the called method.
    #[must_use]
    pub fn with_action_options(mut self, options: Map<String, Value>) -> Self {
        self.action_options = options;
        self
    }
}

/// The options of a signed URL.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SignOptions {
    /// The lifetime of the URL. With `None`, the provider's own default applies.
    pub expires_in: Option<Duration>,
    /// `actionOptions.getSignedUrl` of the configuration, unchanged.
    pub action_options: Map<String, Value>,
}

impl SignOptions {
    /// Options of a URL that works for `expires_in`.
    pub fn expires(expires_in: Duration) -> Self {
        Self { expires_in: Some(expires_in), ..Self::default() }
    }

    /// Sets the lifetime of the URL.
    #[must_use]
    pub fn with_expiry(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }
}
