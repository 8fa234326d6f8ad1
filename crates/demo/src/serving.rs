//! `longshore serve`, a process of its own.

use std::{net::TcpListener, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{failure::Failure, fetch, longshore::Longshore, project::Project};

/// How long it may take to start, and to end, on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. Dropped, it is ended.
pub(crate) struct Serving {
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    /// Where `/_ready` and `/metrics` are.
    pub(crate) admin: String,
    /// The API token for the tour's requests.
    pub(crate) token: String,
    child: Child,
}

impl Serving {
    /// Makes a token, starts the server on free ports of this machine's loopback, and waits until it answers.
    pub(crate) async fn start(longshore: &Longshore, project: &Project) -> Result<Self, Failure> {
        let made = longshore.one(&["token", "create", "demo", "--allow", "all"]).await?;
        let token = made["token"].as_str().unwrap_or_default().to_owned();
        let (bind, admin) = (free_address()?, free_address()?);
        let mut command = Command::new(&longshore.program);
        command.args(["serve", "--bind", &bind, "--admin-bind", &admin]).current_dir(project.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().map_err(|error| Failure::new("longshore serve to start", error))?;
        let mut serving = Self { base: format!("http://{bind}"), admin: format!("http://{admin}"), token, child };
        serving.answers().await?;
        Ok(serving)
    }

    /// Ends it as an operator would, and holds when it ends with 0.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        let expected = "longshore serve to end with 0 on SIGTERM";
        // By a system call: a minimal Debian has no program `kill`.
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM).map_err(|error| Failure::new(expected, error))?;
        }
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(Failure::new(expected, status).with_stderr(self.stderr().await)),
            Ok(Err(error)) => Err(Failure::new(expected, error)),
            Err(_) => Err(Failure::new(expected, format_args!("no end within {} s", PATIENCE.as_secs()))),
        }
    }

    async fn answers(&mut self) -> Result<(), Failure> {
        const PAUSE: Duration = Duration::from_millis(20);
        let health = format!("{}/_health", self.base);
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Failure::new("longshore serve to answer", status).with_stderr(self.stderr().await));
            }
            if fetch::status(&health).await.is_ok_and(|status| status.is_success()) {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        Err(Failure::new(format_args!("an answer from {health}"), "none"))
    }

    async fn stderr(&mut self) -> String {
        let mut text = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            // An unreadable stream only shortens the message.
            let _ = stderr.read_to_string(&mut text).await;
        }
        text
    }
}

/// A loopback address whose port is free.
fn free_address() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.to_string()).map_err(|error| Failure::new("a free port", error))
}
