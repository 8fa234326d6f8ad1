//! `longshore files show ID`

use std::fmt;

use clap::Args;
use indicatif::BinaryBytes;
use longshore_media_library::{Error, FileView, MediaFile, MediaLibrary};
use serde::Serialize;

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    id::{self, Id},
    report::{Input, Report},
    when,
};
use crate::{
    library::{self, Access},
    print::Inline,
};

/// Show a file
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The file's number or `documentId`
    #[arg(value_parser = id::parse)]
    id: Id,
}

/// A file with the fields that the API does not have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(flatten)]
    view: FileView<'a>,
    size_in_bytes: u64,
    key: Option<&'a str>,
    path: Option<&'a str>,
    etag: Option<&'a str>,
    checksum: Option<&'a str>,
    #[serde(skip)]
    media: &'a MediaFile,
}

impl Show {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        library::run(context, Access::Reading, async |library| {
            let report = Report::new(context.print);
            match signed(library, &self.id).await {
                Ok(media) => context.print.block(&Record::new(&media))?,
                Err(error) => report.failed(&Input::Id(&self.id.text), &reported(error))?,
            }
            Ok(report.exit_code())
        })
        .await
    }
}

async fn signed(library: &MediaLibrary, id: &Id) -> Result<MediaFile, Error> {
    let mut media = library.get(&id.id).await?.ok_or_else(|| Error::NotFound(id.id.clone()))?;
    library.sign(std::slice::from_mut(&mut media)).await?;
    Ok(media)
}

impl<'a> Record<'a> {
    fn new(media: &'a MediaFile) -> Self {
        Self {
            view: FileView::new(media),
            size_in_bytes: media.size_bytes,
            key: media.key.as_deref(),
            path: media.path.as_deref(),
            etag: media.etag.as_deref(),
            checksum: media.checksum.as_deref(),
            media,
        }
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.media;
        let name = Inline(&file.name);
        write!(f, "id             {}\ndocument id    {}\nname           {name}", file.id, file.document_id)?;
        let focal_point = file.focal_point.map(|point| format!("{}, {}", point.x, point.y));
        let dimensions = file.width.zip(file.height).map(|(width, height)| format!("{width} × {height}"));
        let optional = [
            ("alt text", file.alternative_text.clone()),
            ("caption", file.caption.clone()),
            ("focal point", focal_point),
            ("type", Some(file.mime.clone())),
            ("size", Some(format!("{} ({} bytes)", BinaryBytes(file.size_bytes), file.size_bytes))),
            ("dimensions", dimensions),
            ("url", Some(file.url.clone())),
            ("provider", Some(file.provider.clone())),
            ("key", file.key.clone()),
            ("etag", file.etag.clone()),
            ("checksum", file.checksum.clone()),
            ("created", when::rfc3339_ms(file.created_at)),
            ("updated", when::rfc3339_ms(file.updated_at)),
        ];
        for (name, value) in optional {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                write!(f, "\n{name:13}  {}", Inline(&value))?;
            }
        }
        for format in file.formats.iter().flatten() {
            let size = BinaryBytes(format.size_bytes);
            let (name, url) = (Inline(&format.format), Inline(&format.url));
            write!(f, "\n{name:13}  {} × {}  {size}  {url}", format.width, format.height)?;
        }
        Ok(())
    }
}
