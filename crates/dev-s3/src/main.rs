//! The server as a program of its own: `dev-s3 --bucket media --dir ./objects`.

use std::error::Error;
use std::io::{self, Write as _};
use std::iter;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use longshore_dev_s3::{DEFAULT_ACCESS_KEY_ID, DEFAULT_SECRET_ACCESS_KEY, DevS3, Request, Server, StartError};

/// An S3 server for development and tests
///
/// It checks signatures, expiry, ACLs, conditions and checksums as S3 does, and keeps buckets in memory or in a
/// directory. Its credentials are no secret: never keep anything in it that others must not see.
///
/// The first line of stdout is `endpoint http://ADDRESS:PORT`; the next name the region, the credentials and the
/// buckets. It runs until Ctrl-C.
#[derive(Parser)]
#[command(name = "dev-s3", version)]
struct Arguments {
    /// Listen on this port; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 9000)]
    port: u16,

    /// Listen on this address of the machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    bind: IpAddr,

    /// Let --bind name an address that other machines reach
    #[arg(long)]
    allow_remote: bool,

    /// Keep buckets in this directory, and begin with what it holds (default: in memory)
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Create this bucket, which takes ACLs; may be repeated
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,

    /// Create this bucket with ACLs off (`BucketOwnerEnforced`), as new ones of AWS are; may be repeated
    #[arg(long, value_name = "NAME")]
    owner_enforced: Vec<String>,

    /// Accept requests signed with this access key id
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCESS_KEY_ID)]
    access_key_id: String,

    /// The secret access key that belongs to it
    #[arg(long, value_name = "KEY", default_value = DEFAULT_SECRET_ACCESS_KEY)]
    secret_access_key: String,

    /// Require this session token with every signature
    #[arg(long, value_name = "TOKEN")]
    session_token: Option<String>,

    /// Refuse signatures for any other region (default: accept all)
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// Print each request to stderr when it has been answered
    #[arg(long)]
    journal: bool,

    /// Print one JSON object in place of the lines on stdout
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let server = match start(&arguments).await {
        Ok(server) => server,
        Err(error) => {
            complain(&error);
            return ExitCode::FAILURE;
        }
    };
    say("dev-s3 is for development and tests only: its credentials are no secret, and nothing in it is protected.");
    if announce(&server, &arguments).is_err() {
        // Without a reader of stdout, no client learns the address of the server.
        return ExitCode::FAILURE;
    }
    let interrupted = tokio::signal::ctrl_c().await;
    server.stop().await;
    if interrupted.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn start(arguments: &Arguments) -> Result<Server, StartError> {
    let mut builder = DevS3::builder().port(arguments.port).bind(arguments.bind);
    if arguments.allow_remote {
        builder = builder.allow_remote();
    }
    let (id, key) = (&arguments.access_key_id, &arguments.secret_access_key);
    builder = match &arguments.session_token {
        Some(token) => builder.session_credentials(id, key, token),
        None => builder.credentials(id, key),
    };
    if let Some(directory) = &arguments.dir {
        builder = builder.directory(directory);
    }
    if let Some(region) = &arguments.region {
        builder = builder.region(region);
    }
    builder = arguments.bucket.iter().fold(builder, |builder, name| builder.bucket(name));
    builder = arguments.owner_enforced.iter().fold(builder, |builder, name| builder.owner_enforced_bucket(name));
    if arguments.journal {
        builder = builder.observer(|request| say(&line(request)));
    }
    builder.start().await
}

/// Prints the endpoint, the region, the credentials and the buckets, for programs.
fn announce(server: &Server, arguments: &Arguments) -> io::Result<()> {
    let buckets: Vec<&String> = arguments.bucket.iter().chain(&arguments.owner_enforced).collect();
    let mut out = io::stdout().lock();
    if arguments.json {
        let all = serde_json::json!({
            "endpoint": server.endpoint(),
            "region": server.region(),
            "accessKeyId": server.access_key_id(),
            "secretAccessKey": server.secret_access_key(),
            "sessionToken": arguments.session_token,
            "buckets": buckets,
        });
        writeln!(out, "{all}")?;
        return out.flush();
    }
    writeln!(out, "endpoint {}", server.endpoint())?;
    writeln!(out, "region {}", server.region())?;
    writeln!(out, "access-key-id {}", server.access_key_id())?;
    writeln!(out, "secret-access-key {}", server.secret_access_key())?;
    if let Some(token) = &arguments.session_token {
        writeln!(out, "session-token {token}")?;
    }
    for bucket in buckets {
        writeln!(out, "bucket {bucket}")?;
    }
    out.flush()
}

/// `PutObject PUT /media/a.png 200 1234`: the number of bytes received comes last.
fn line(request: &Request) -> String {
    let operation = request.operation.map_or_else(|| "-".to_owned(), |operation| operation.to_string());
    let status = request.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let query = request.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{operation} {} {}{query} {status} {}", request.method, request.path, request.received)
}

fn complain(error: &StartError) {
    let causes = iter::successors(Some(error as &dyn Error), |error: &&dyn Error| (*error).source());
    let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    say(&format!("dev-s3: {text}"));
    match error {
        StartError::NotLoopback { .. } => say("hint: --allow-remote, on a network that you trust"),
        StartError::Bind { .. } => say("hint: --port 0 takes any port that is free"),
        _ => {}
    }
}

/// Writes a line for people to stderr.
fn say(text: &str) {
    // If stderr cannot be written, the error cannot be reported.
    let _ = writeln!(io::stderr(), "{text}");
}
