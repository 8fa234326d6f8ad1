//! `longshore object get KEY`

use std::{fmt, io, path::PathBuf};

use clap::Args;
use indicatif::BinaryBytes;
use longshore_provider::{Body, ByteRange, Error, ErrorKind, File, ObjectMeta, Result as ProviderResult};
use serde::Serialize;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    Context, ExitCode, Failure, answer,
    destination::{Destination, cannot_write},
    key, range,
    report::{Input, Report},
    when,
};
use crate::{
    print::Printer,
    session::{self, Session},
};

/// Read a file
///
/// The bytes are written to standard output, unless that is a terminal. The file of `--output` appears when all bytes have
/// arrived.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// The file's key
    key: String,
    /// The file to write; `-` is standard output, even if that is a terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these bytes, counted from 0: `0-99` is the first hundred, `100-` the rest
    #[arg(long, value_name = "START-END", value_parser = range::parse)]
    range: Option<ByteRange>,
}

/// A file that was downloaded into a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    key: String,
    file: String,
    size: u64,
    etag: Option<String>,
    content_type: Option<String>,
    last_modified: Option<String>,
}

impl Get {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        key::check_all([&self.key])?;
        // `/dev/stdout` is standard output too: the file that it links to must not be replaced.
        let output = self.output.clone().filter(|path| path.as_os_str() != "-" && path.as_os_str() != "/dev/stdout");
        if self.output.is_none() && context.print.is_for_a_person() {
            let hint = "hint: name a file by `--output FILE`, or say `--output -`";
            return Err(Failure::Usage(format!("the bytes of a file are not written to a terminal\n{hint}")));
        }
        session::run(context, async |session| {
            let input = Input::Key(&self.key);
            let report = if let Some(path) = output {
                let report = Report::new(context.print);
                report.add(&input, self.to_file(context, session, path).await)?;
                report
            } else {
                let report = Report::beside_bytes(context.print);
                if let Err(error) = self.to_stdout(session).await {
                    report.failed(&input, &error)?;
                }
                report
            };
            Ok(report.exit_code())
        })
        .await
    }

    async fn to_file(&self, context: &Context<'_>, session: &Session, path: PathBuf) -> ProviderResult<Record> {
        let (meta, body) = self.open(session).await?;
        let mut destination = Destination::create(path.clone())?;
        let expected = range::bytes_of(self.range, meta.size);
        let bar = context.print.bar(&self.key, Some(expected));
        let copied = copy(body, destination.writer(), |count| bar.inc(count)).await;
        bar.finish_and_clear();
        let size = copied?.ok_or_else(|| cannot_write(&io::ErrorKind::BrokenPipe.into()))?;
        complete(size, expected)?;
        destination.finish().await?;
        Ok(Record {
            key: self.key.clone(),
            file: path.display().to_string(),
            size,
            etag: meta.etag,
            content_type: meta.content_type,
            last_modified: meta.last_modified.and_then(when::rfc3339),
        })
    }

    async fn to_stdout(&self, session: &Session) -> ProviderResult<()> {
        let (meta, body) = self.open(session).await?;
        match copy(body, &mut Printer::bytes(), |_| {}).await? {
            Some(size) => complete(size, range::bytes_of(self.range, meta.size)),
            // The reader has closed the pipe, as in `longshore object get KEY | head`.
            None => Ok(()),
        }
    }

    async fn open(&self, session: &Session) -> ProviderResult<(ObjectMeta, Body)> {
        let file = File::at(&self.key);
        let opened = session.provider().open_file(&file, self.range);
        answer::within_limit(opened).await.map(|opened| (opened.meta, opened.body))
    }
}

/// Writes the whole body and returns its size, or `None` when the reader has closed standard output.
async fn copy(
    mut body: Body,
    writer: &mut (impl AsyncWrite + Unpin),
    progress: impl Fn(u64),
) -> ProviderResult<Option<u64>> {
    let mut size = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        match writer.write_all(&chunk).await {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
            written => written.map_err(|error| cannot_write(&error))?,
        }
        size += chunk.len() as u64;
        progress(chunk.len() as u64);
    }
    match writer.flush().await {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        flushed => flushed.map(|()| Some(size)).map_err(|error| cannot_write(&error)),
    }
}

fn complete(size: u64, expected: u64) -> ProviderResult<()> {
    if size == expected {
        return Ok(());
    }
    let message = format!("{size} bytes arrived instead of {expected}");
    Err(Error::new(ErrorKind::BrokenBody, message))
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.file, BinaryBytes(self.size))
    }
}
