//! The state that all handlers share.

use std::sync::Arc;

use longshore_media_library::MediaLibrary;

use super::{auth::Auth, settings::Settings, static_routes::StaticRoutes, upload_slots::UploadSlots};

/// The state that every route shares. Cheap to clone.
#[derive(Clone)]
pub(super) struct App {
    pub(super) library: MediaLibrary,
    pub(super) settings: Arc<Settings>,
    pub(super) auth: Arc<Auth>,
    pub(super) uploads: Arc<UploadSlots>,
    pub(super) static_routes: Arc<StaticRoutes>,
}

impl App {
    pub(super) fn new(settings: Arc<Settings>, static_routes: StaticRoutes, library: MediaLibrary) -> Self {
        let auth = Arc::new(Auth::new(settings.public.clone()));
        let uploads = Arc::new(UploadSlots::new(settings.uploads, settings.upload_wait));
        Self { library, settings, auth, uploads, static_routes: Arc::new(static_routes) }
    }
}
