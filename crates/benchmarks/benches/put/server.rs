//! The servers that uploads go into, each in a process of its own.

use std::{
    future::Future,
    io::{BufRead, BufReader, Read},
    process::{Child, Stdio},
    thread,
};

use longshore_benchmarks::{
    project::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY},
    role,
};
use longshore_dev_s3::DevS3;
use tokio::runtime::Builder;

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    process: Option<Child>,
}

impl Server {
    /// A server that is running already.
    pub(crate) fn at(endpoint: &str) -> Self {
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), process: None }
    }

    /// Starts this program as `role`, which says where it listens.
    pub(crate) fn start(role: &str) -> Self {
        let mut command = role::command(role);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program can be started again");
        let mut endpoint = String::new();
        let out = process.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut endpoint).expect("the server says where it is");
        Self { endpoint: endpoint.trim_end().to_owned(), process: Some(process) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // If that fails, it has ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Runs a server until the benchmark is gone.
pub(crate) fn run(server: impl Future<Output = ()>) {
    thread::spawn(|| {
        // Nothing is ever said here; it ends with the benchmark.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(server);
}

/// dev-s3, which keeps objects in memory: a disk would be another neighbour.
pub(crate) async fn dev_s3() {
    let builder = DevS3::builder().bucket(BUCKET).credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let server = builder.start().await.expect("a server");
    role::tell(server.endpoint());
    std::future::pending::<()>().await;
}
