//! `POST /api/upload` uploads new files. With `?id=`, it replaces the content of a file or updates its metadata.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{
        HeaderMap, Method, Request, Response,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use futures::TryStreamExt;
use longshore_media_library::{
    Batch, Error as LibraryError, FileId, FileInfo, FileView, Incoming, Infos, MediaFile, ReplaceRequest,
};
use longshore_plugin_host::config::longshore::Action;
use longshore_provider::Body as FileBody;

use super::{
    form::Form,
    one::changed,
    request::{id_of_query, only, query},
};
use crate::{
    answer,
    app::App,
    error::{HttpError, Success},
    multipart::{Boundary, Limits, Multipart, Part},
    server::broken,
    upload_slots::{UploadClient, UploadSlot, UploadSlots},
};

/// The largest header of a part, in bytes.
const PART_HEAD: usize = 8 * 1024;

/// The name of the form field that contains files.
const FILES: &str = "files";

/// Stores the uploaded files, or updates a file.
pub(crate) async fn upload(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(HttpError::NoRoute);
    }
    only(&request, &[Method::POST], "HEAD, GET, POST")?;
    let token = app.auth.allow(request.headers(), Action::Upload, &app.library).await?;
    let client = UploadClient::of(token, request.extensions());
    let id = id_of_query(&query(&request)?)?;
    let (parts, body) = request.into_parts();
    let Some(boundary) = boundary(&parts.headers)? else {
        let form = Form::read(&parts.headers, body, app.settings.fields).await?;
        return match id {
            Some(id) => update(&app, &id, &form).await,
            None => Err(LibraryError::NoFiles.into()),
        };
    };
    let length = length(&parts.headers);
    if length == Some(0) {
        return Err(LibraryError::NoFiles.into());
    }
    let stream = body.into_data_stream().map_err(|error| broken::provider_error(&error));
    let limits = Limits { head: PART_HEAD, parts: 2 * app.settings.files + 16, text: app.settings.fields };
    let reader = Reader {
        parts: Multipart::new(stream, &boundary, limits),
        form: Form::default(),
        length,
        files: 0,
        slots: app.uploads.clone(),
        client,
        slot: None,
    };
    match id {
        None => new_files(&app, reader).await,
        Some(id) => replace_or_update(&app, &id, reader).await,
    }
}

/// A multipart form that is read as it arrives.
struct Reader {
    parts: Multipart,
    form: Form,
    /// The length of the whole body, if the request has a `Content-Length`.
    length: Option<u64>,
    /// The number of files so far.
    files: usize,
    slots: Arc<UploadSlots>,
    client: UploadClient,
    /// Acquired at the first byte of the first file, and held until the response.
    slot: Option<UploadSlot>,
}

/// The next relevant part of a form.
enum Next {
    File(Incoming),
    /// `path` or `fileInfo`. The reader has already added the field to the form, and it applies to later files.
    Path,
    Infos,
}

impl Reader {
    async fn next(&mut self, most_files: usize) -> Result<Option<Next>, HttpError> {
        while let Some(Part { head, mut body }) = self.parts.next().await? {
            match head.filename {
                // Wait for the first byte of a file before taking a slot. A client that sends nothing must not occupy
                // one.
                Some(name) if head.name == FILES => {
                    let has_content = body.has_content().await?;
                    if name.is_empty() && !has_content {
                        // An HTML file input without a selected file.
                        continue;
                    }
                    if has_content && self.slot.is_none() {
                        self.slot = Some(self.slots.acquire(self.client).await?);
                    }
                    self.files += 1;
                    if self.files > most_files {
                        return Err(HttpError::Validation(format!("A request has at most {most_files} files")));
                    }
                    return Ok(Some(Next::File(Incoming {
                        name,
                        declared_mime: head.content_type,
                        size: None,
                        at_most: self.length,
                        body: FileBody::from_stream(body, None),
                    })));
                }
                // Also accept fields with a file name: `FormData` adds one to JSON that a script appends as a `Blob`.
                _ if Form::knows(&head.name) => {
                    let text = self.parts.text(body).await?;
                    self.form.add(&head.name, text);
                    match head.name.as_str() {
                        "path" => return Ok(Some(Next::Path)),
                        "fileInfo" => return Ok(Some(Next::Infos)),
                        _ => {}
                    }
                }
                // Skip unknown fields, and files in other fields.
                _ => {}
            }
        }
        Ok(None)
    }
}

async fn new_files(app: &App, mut reader: Reader) -> Result<Response<Body>, HttpError> {
    let mut batch: Batch = app.library.begin()?;
    while let Some(next) = reader.next(app.settings.files).await? {
        match next {
            Next::File(incoming) => {
                // Several fields with brackets form one value, which may be incomplete before the last field. It is
                // parsed again at the end of the form.
                if let Ok(Some(infos)) = reader.form.infos.so_far(app.settings.files) {
                    batch.set_infos(infos);
                }
                batch.add(incoming).await?;
            }
            Next::Path => batch.set_path(reader.form.path.as_deref().unwrap_or_default())?,
            Next::Infos => {
                if let Some(infos) = reader.form.infos.so_far(app.settings.files)? {
                    batch.set_infos(infos);
                }
            }
        }
    }
    if reader.files > 0 {
        reader.form.infos.check_count(reader.files)?;
        if let Some(infos) = reader.form.infos.so_far(app.settings.files)? {
            batch.set_infos(infos);
        }
    }
    if let Some(link) = reader.form.link() {
        batch.set_link(link)?;
    }
    let mut files = batch.finish().await?;
    app.library.sign_changed(&mut files).await;
    answer::json(Success::Created, &files.iter().map(FileView::new).collect::<Vec<_>>())
}

async fn replace_or_update(app: &App, id: &FileId, mut reader: Reader) -> Result<Response<Body>, HttpError> {
    let mut replacement: Option<ReplaceRequest> = None;
    while let Some(next) = reader.next(app.settings.files).await? {
        match next {
            Next::File(_) if reader.files > 1 => return Err(LibraryError::SeveralReplacements.into()),
            Next::File(incoming) => {
                let mut begun = app.library.replace(id).await?;
                begun.add(incoming).await?;
                replacement = Some(begun);
            }
            Next::Path | Next::Infos => {}
        }
    }
    let Some(mut replacement) = replacement else { return update(app, id, &reader.form).await };
    reader.form.infos.check_count(1)?;
    if let Some(infos) = reader.form.infos.so_far(app.settings.files)? {
        replacement.set_infos(infos);
    }
    match replacement.finish().await {
        Ok(file) => changed(app, file).await,
        // The form has no file with content: update the metadata only.
        Err(LibraryError::NoFiles) => update(app, id, &reader.form).await,
        Err(error) => Err(error.into()),
    }
}

async fn update(app: &App, id: &FileId, form: &Form) -> Result<Response<Body>, HttpError> {
    form.infos.check_count(1)?;
    let info = match form.infos.so_far(1)? {
        None => FileInfo::default(),
        Some(Infos::One(info)) => info,
        Some(Infos::Many(infos)) => infos.into_iter().next().unwrap_or_default(),
    };
    let file: MediaFile = app.library.update(id, info).await?;
    changed(app, file).await
}

fn boundary(headers: &HeaderMap) -> Result<Option<Boundary>, HttpError> {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    Ok(Boundary::of_content_type(value)?)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
