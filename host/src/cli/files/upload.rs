//! `longshore files upload PATH…`

use std::path::{Path, PathBuf};

use clap::Args;
use futures::{StreamExt, TryStreamExt, stream};
use longshore_media_library::{Error, Incoming, Infos, Link, MediaFile, MediaLibrary, mime};
use longshore_provider::{Error as Reported, Result as Reports};

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    file_info_args::FileInfoArgs,
    input::Source,
    paths,
    record::Record,
    report::{Input, Report},
};
use crate::library::{self, Access};

/// The type of a file whose extension is unknown.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Upload files
///
/// A folder stands for all files below it, except hidden files and links. Patterns in quotes with `*`, `?`, `[…]` and `**`
/// are expanded as in a shell. If one file fails, the others are still uploaded.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The files and folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Store below this folder of the provider
    #[arg(long, value_name = "FOLDER")]
    path: Option<String>,
    #[command(flatten)]
    info: FileInfoArgs,
    /// Attach the files to an entry of this type, such as `api::article.article`
    #[arg(long, value_name = "TYPE", requires_all = ["ref_id", "field"])]
    r#ref: Option<String>,
    /// The entry's id
    #[arg(long, value_name = "ID", requires_all = ["ref", "field"])]
    ref_id: Option<String>,
    /// The entry's field
    #[arg(long, value_name = "FIELD", requires_all = ["ref", "ref_id"])]
    field: Option<String>,
    /// How many files to work on at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

impl Upload {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        let found = paths::expand(&self.paths);
        if self.info.name.is_some() && found.len() > 1 {
            return Err(Failure::Usage("`--name` is for a single file".to_owned()));
        }
        if self.info.name.is_none() && self.paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(Failure::Usage("standard input has no name\nhint: say how it is called: `--name NAME`".into()));
        }
        library::run(context, Access::Changing, async |library| {
            let report = Report::of_writing(context.print);
            let uploads = found.into_iter().map(async |found| match found {
                Ok(path) => {
                    let shown = path.display().to_string();
                    let uploaded = self.upload(context, library, &path, &shown).await;
                    let record = uploaded.as_ref().map(|media| Record { done: None, file: Some(&shown), media });
                    report.add(&Input::File(&shown), record.map_err(Clone::clone))
                }
                Err((shown, error)) => report.failed(&Input::File(&shown), &error),
            });
            stream::iter(uploads)
                .buffer_unordered(self.concurrency.into())
                .try_for_each(|()| std::future::ready(Ok(())))
                .await?;
            Ok(report.exit_code())
        })
        .await
    }

    async fn upload(
        &self,
        context: &Context<'_>,
        library: &MediaLibrary,
        path: &Path,
        shown: &str,
    ) -> Reports<MediaFile> {
        let name = match &self.info.name {
            Some(name) if path.as_os_str() == "-" => name.clone(),
            _ => file_name(path)?,
        };
        let source = Source::open(path).await?;
        let bar = context.print.bar(shown, source.size);
        let incoming = Incoming {
            declared_mime: Some(mime::of_name(&name).unwrap_or(UNKNOWN).to_owned()),
            name,
            size: source.size,
            at_most: source.size,
            body: source.into_body(None, bar.clone()),
        };
        let stored = self.store(library, incoming).await;
        bar.finish_and_clear();
        stored.map_err(reported)
    }

    async fn store(&self, library: &MediaLibrary, incoming: Incoming) -> Result<MediaFile, Error> {
        let mut batch = library.begin()?;
        if let Some(path) = &self.path {
            batch.set_path(path)?;
        }
        if let (Some(reference), Some(id), Some(field)) = (&self.r#ref, &self.ref_id, &self.field) {
            batch.set_link(Link { reference: reference.clone(), id: id.clone(), field: field.clone() })?;
        }
        batch.set_infos(Infos::One(self.info.info()));
        batch.add(incoming).await?;
        let mut files = batch.finish().await?;
        library.sign_changed(&mut files).await;
        files.pop().ok_or(Error::NoFiles)
    }
}

/// The name of a file without its folders.
pub(super) fn file_name(path: &Path) -> Reports<String> {
    let name = path.file_name().ok_or_else(|| Reported::invalid_input("the path names no file"))?;
    let name = name.to_str().ok_or_else(|| Reported::invalid_input("the name of the file is not UTF-8"))?;
    Ok(name.to_owned())
}
