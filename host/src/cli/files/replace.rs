//! `longshore files replace ID FILE`

use std::path::PathBuf;

use clap::Args;
use longshore_media_library::{Error, Incoming, Infos, MediaFile, MediaLibrary, mime};

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    file_info_args::FileInfoArgs,
    id::{self, Id},
    input::Source,
    record::Record,
    report::{Input, Report},
    upload::{UNKNOWN, file_name},
};
use crate::library::{self, Access};

/// Replace the bytes of a file
///
/// The file keeps its id and its URL. It gets the name of the new file unless `--name` is given.
#[derive(Debug, Args)]
pub(crate) struct Replace {
    /// The file's number or `documentId`
    #[arg(value_parser = id::parse)]
    id: Id,
    /// The new file; `-` is standard input
    file: PathBuf,
    #[command(flatten)]
    info: FileInfoArgs,
}

impl Replace {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let name = match &self.info.name {
            Some(name) if self.file.as_os_str() == "-" => Ok(name.clone()),
            None if self.file.as_os_str() == "-" => {
                return Err(Failure::Usage("standard input has no name\nhint: say it: `--name NAME`".to_owned()));
            }
            _ => file_name(&self.file),
        };
        let shown = self.file.display().to_string();
        let opened = match name {
            Ok(name) => Source::open(&self.file).await.map(|source| (name, source)),
            Err(error) => Err(error),
        };
        let (name, source) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                // The missing file is the source, not the file of the media library: the exit code differs from
                // that of a missing id.
                let report = Report::of_writing(context.print);
                report.failed(&Input::File(&shown), &error)?;
                return Ok(report.exit_code());
            }
        };
        library::run(context, Access::Changing, async |library| {
            let report = Report::new(context.print);
            let bar = context.print.bar(&shown, source.size);
            let incoming = Incoming {
                declared_mime: Some(mime::of_name(&name).unwrap_or(UNKNOWN).to_owned()),
                name,
                size: source.size,
                at_most: source.size,
                body: source.into_body(None, bar.clone()),
            };
            let replaced = self.replace(library, incoming).await;
            bar.finish_and_clear();
            match replaced {
                Ok(media) => {
                    context.print.record(&Record { done: Some("replaced"), file: Some(&shown), media: &media })?;
                }
                Err(error) => report.failed(&Input::Id(&self.id.text), &reported(error))?,
            }
            Ok(report.exit_code())
        })
        .await
    }

    async fn replace(&self, library: &MediaLibrary, incoming: Incoming) -> Result<MediaFile, Error> {
        let mut replacement = library.replace(&self.id.id).await?;
        replacement.set_infos(Infos::One(self.info.info()));
        replacement.add(incoming).await?;
        let mut media = replacement.finish().await?;
        library.sign_changed(std::slice::from_mut(&mut media)).await;
        Ok(media)
    }
}
