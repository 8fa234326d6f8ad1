//! `GET` and `DELETE /api/upload/files/{id}`

use axum::{
    body::Body,
    extract::State,
    http::{Method, Request, Response},
};
use longshore_media_library::{FileView, MediaFile};
use longshore_plugin_host::config::longshore::Action;

use super::request::{file_of_path, only, query};
use crate::{
    answer,
    app::App,
    error::{HttpError, Success},
};

/// Returns or removes a file.
pub(crate) async fn one(State(app): State<App>, request: Request<Body>) -> Result<Response<Body>, HttpError> {
    only(&request, &[Method::GET, Method::DELETE], "HEAD, GET, DELETE")?;
    let id = file_of_path(&request);
    if request.method() == Method::DELETE {
        app.auth.allow(request.headers(), Action::Destroy, &app.library).await?;
        let file = app.library.remove(&id).await.map_err(HttpError::of_one_file)?;
        return changed(&app, file).await;
    }
    app.auth.allow(request.headers(), Action::FindOne, &app.library).await?;
    // Strapi validates the query of this route too, and ignores it otherwise.
    query(&request)?.check()?;
    let file = app.library.get(&id).await?.ok_or(HttpError::NoFile)?;
    signed(&app, file).await
}

/// Responds with a file that has signed URLs.
async fn signed(app: &App, file: MediaFile) -> Result<Response<Body>, HttpError> {
    let mut file = [file];
    app.library.sign(&mut file).await?;
    answer::json(Success::Ok, &FileView::new(&file[0]))
}

/// Responds with a file that was changed or removed. The change is complete, and a failure to sign the URLs does not
/// fail the request.
pub(super) async fn changed(app: &App, file: MediaFile) -> Result<Response<Body>, HttpError> {
    let mut file = [file];
    app.library.sign_changed(&mut file).await;
    answer::json(Success::Ok, &FileView::new(&file[0]))
}
