//! `GET /api/upload/files` and `GET /api/upload/files/page`

use axum::{
    body::Body,
    extract::State,
    http::{Method, Request, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use longshore_media_library::{Attribute, Error as LibraryError, FileView, FindQuery, MediaFile, MediaLibrary};
use longshore_plugin_host::config::longshore::Action;
use serde::Serialize;

use super::request::{only, query};
use crate::{
    answer,
    app::App,
    error::{HttpError, Success},
    query::{Listing, Shown},
};

/// The number of files that are signed and serialized together. A list with fewer files is not streamed.
const TOGETHER: usize = 256;

/// The methods that every list of files reports in the header `Allow`.
const ALLOW: &str = "HEAD, GET";

/// A page of files, and its metadata.
#[derive(Serialize)]
struct PageAnswer<'a> {
    data: Vec<FileView<'a>>,
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    pagination: Shown,
}

/// `GET /api/upload/files`: all matching files as a bare array.
pub(crate) async fn files(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    only(&request, &[Method::GET], ALLOW)?;
    app.auth.allow(request.headers(), Action::Find, &app.library).await?;
    let Listing { find, fields } = query(&request)?.listing()?;
    let mut batches = Box::pin(batches(app.library.clone(), &find));
    // An error before the first batch can still become an error response.
    let first = batches.next().await.transpose()?.unwrap_or_default();
    if first.len() < TOGETHER {
        return answer::json(Success::Ok, &views(&first, fields.as_deref()));
    }
    let batches = stream::iter([Ok(first)]).chain(batches);
    Ok(answer::with_json(Success::Ok, Body::from_stream(array(batches, fields))))
}

/// `GET /api/upload/files/page`: one page of the matching files.
pub(crate) async fn page(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    only(&request, &[Method::GET], ALLOW)?;
    app.auth.allow(request.headers(), Action::FindPage, &app.library).await?;
    let (Listing { find, fields }, page) = query(&request)?.page(&app.settings.page_sizes)?;
    let count = async { if page.counted { app.library.count(&find).await.map(Some) } else { Ok(None) } };
    let (mut files, total) = futures::future::try_join(app.library.find(&find), count).await?;
    app.library.sign(&mut files).await?;
    let meta = Meta { pagination: page.shown(total) };
    answer::json(Success::Ok, &PageAnswer { data: views(&files, fields.as_deref()), meta })
}

/// The matching files, signed, in batches.
fn batches(
    library: MediaLibrary,
    find: &FindQuery,
) -> impl Stream<Item = Result<Vec<MediaFile>, LibraryError>> + Send + use<> {
    library.stream(find).try_chunks(TOGETHER).map_err(|error| error.1).and_then(move |mut files| {
        let library = library.clone();
        async move {
            library.sign(&mut files).await?;
            Ok(files)
        }
    })
}

fn views<'a>(files: &'a [MediaFile], fields: Option<&'a [Attribute]>) -> Vec<FileView<'a>> {
    let view = |file| match fields {
        Some(fields) => FileView::new(file).with_fields(fields),
        None => FileView::new(file),
    };
    files.iter().map(view).collect()
}

/// Serializes the batches as a JSON array. If a later batch fails, the body is cut off, because the status has already
/// been sent.
fn array(
    batches: impl Stream<Item = Result<Vec<MediaFile>, LibraryError>> + Send + 'static,
    fields: Option<Vec<Attribute>>,
) -> impl Stream<Item = Result<Bytes, HttpError>> + Send + 'static {
    let mut separator = "[";
    let pieces = batches.map(move |files| {
        let mut text = Vec::new();
        for view in views(&files?, fields.as_deref()) {
            text.extend_from_slice(std::mem::replace(&mut separator, ",").as_bytes());
            serde_json::to_writer(&mut text, &view).map_err(|error| HttpError::Internal(error.into()))?;
        }
        Ok(Bytes::from(text))
    });
    pieces
        .inspect_err(|error: &HttpError| tracing::error!("the list breaks off: {error}"))
        .chain(stream::iter([Ok(Bytes::from_static(b"]"))]))
}
