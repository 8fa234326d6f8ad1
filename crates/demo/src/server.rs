//! The S3 server of the tour: `dev-s3`, a process of its own.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::failure::Failure;

/// The bucket that the tour uses.
pub(crate) const BUCKET: &str = "media";

/// A running server. Dropped, it is ended.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) endpoint: String,
    /// The region to sign for.
    pub(crate) region: String,
    /// Whose requests it takes.
    pub(crate) access_key_id: String,
    /// The secret that signs requests.
    pub(crate) secret_access_key: String,
    _child: Child,
}

impl Server {
    /// Starts it on a free port of this machine's loopback, with an empty bucket in memory.
    pub(crate) async fn start(program: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.args(["--port", "0", "--json", "--bucket", BUCKET]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let expected = "dev-s3 to start";
        let mut child = command.spawn().map_err(|error| Failure::new(expected, error))?;
        let stdout = child.stdout.take().expect("its stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await.map_err(|error| Failure::new(expected, error))?;
        let Ok(announced) = serde_json::from_str::<Value>(&line) else {
            return Err(complaint(child, &line).await);
        };
        // It says no more than a word of warning, which fits into the pipe; what is read of it here is not missed.
        let text = |key: &str| announced[key].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            endpoint: text("endpoint"),
            region: text("region"),
            access_key_id: text("accessKeyId"),
            secret_access_key: text("secretAccessKey"),
            _child: child,
        })
    }
}

/// Why a server that announced nothing ended.
async fn complaint(mut child: Child, line: &str) -> Failure {
    let ended = child.wait().await.map_or_else(|error| error.to_string(), |status: ExitStatus| status.to_string());
    let mut text = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // An unreadable stream only shortens the message.
        let _ = stderr.read_to_string(&mut text).await;
    }
    Failure::new("dev-s3 to announce its endpoint", format_args!("`{}`, then {ended}", line.trim())).with_stderr(text)
}
