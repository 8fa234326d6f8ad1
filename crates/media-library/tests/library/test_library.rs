//! The library of a test: on a storage and a table of its own.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use longshore_media_library::{
    Database, FileId, FindQuery, ImageSettings, Incoming, MediaFile, MediaLibrary, Result, Settings, TypePolicy,
};
use longshore_plugin_host::registry::{Provider, Registry};
use longshore_provider::{Body, Bytes, futures::stream, host::Module, serde_json::json};
use tempfile::TempDir;

use crate::{
    both::Base,
    storage::{InMemoryProvider, InMemoryStorage},
};

/// How long an impatient library waits for a provider.
const STALL: Duration = Duration::from_millis(600);

static STORAGES: AtomicUsize = AtomicUsize::new(0);

/// A library on a storage of its own.
pub(crate) struct TestLibrary {
    pub(crate) storage: InMemoryStorage,
    pub(crate) library: MediaLibrary,
    database: Database,
    id: String,
    _folder: TempDir,
}

impl TestLibrary {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// Where a provider has little time, so that it is soon known what became of a write.
    pub(crate) async fn impatient() -> Self {
        Self::with(|settings| settings.provider_stall = STALL).await
    }

    /// Waits until no write that was given up can arrive any longer, and sweeps; answers of how many files.
    pub(crate) async fn after_unknown_outcomes(&self) -> usize {
        self.quiet().await;
        tokio::time::sleep(2 * STALL + Duration::from_millis(100)).await;
        self.library.sweep().await.unwrap()
    }

    /// With other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let id = format!("storage-{}", STORAGES.fetch_add(1, Ordering::Relaxed));
        let database = Base::current().database(folder.path()).await;
        let mut settings = settings(database.clone());
        change(&mut settings);
        let library = MediaLibrary::open(settings, Arc::new(registry("storage", &id).await)).await.unwrap();
        Self { storage: InMemoryStorage::of(&id), library, database, id, _folder: folder }
    }

    /// Another process on the same table and storage.
    pub(crate) async fn again(&self, change: impl FnOnce(&mut Settings)) -> MediaLibrary {
        self.again_as("storage", change).await
    }

    /// Another process whose provider has another name.
    pub(crate) async fn again_as(&self, name: &str, change: impl FnOnce(&mut Settings)) -> MediaLibrary {
        let mut settings = settings(self.database.clone());
        change(&mut settings);
        MediaLibrary::open(settings, Arc::new(registry(name, &self.id).await)).await.unwrap()
    }

    /// Another process, where a second provider is on the same storage.
    pub(crate) async fn again_beside(&self, name: &str) -> MediaLibrary {
        let providers = Registry::of(provider(name, &self.id).await, [provider("storage", &self.id).await]);
        MediaLibrary::open(settings(self.database.clone()), Arc::new(providers)).await.unwrap()
    }

    /// Uploads one file.
    pub(crate) async fn upload(&self, incoming: Incoming) -> Result<MediaFile> {
        let mut batch = self.library.begin()?;
        batch.add(incoming).await?;
        Ok(batch.finish().await?.remove(0))
    }

    /// Every file that can be seen.
    pub(crate) async fn files(&self) -> Vec<MediaFile> {
        self.library.find(&FindQuery::default()).await.unwrap()
    }

    /// Waits until no change runs any longer.
    pub(crate) async fn quiet(&self) {
        for _ in 0..2000 {
            if self.library.changes_in_flight() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("changes are still running");
    }

    /// That nothing at all is left.
    pub(crate) async fn assert_nothing_is_left(&self) {
        self.quiet().await;
        assert_eq!(self.storage.keys(), Vec::<String>::new(), "objects are left");
        assert!(self.files().await.is_empty(), "rows are left");
        let other = self.again(|settings| settings.lease = Duration::ZERO).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(other.sweep().await.unwrap(), 0, "rows are left for the sweeper");
    }
}

async fn registry(name: &str, id: &str) -> Registry {
    Registry::of(provider(name, id).await.with_size_limit(1_000_000_000), [])
}

async fn provider(name: &str, id: &str) -> Provider {
    let module = Module::linked::<InMemoryProvider>();
    Provider::linked((name, module), &[], &json!({ "id": id }), Path::new("/")).await.unwrap()
}

fn settings(database: Database) -> Settings {
    Settings {
        database,
        size_limit: 1_000_000_000,
        small_file: 64 * 1024,
        concurrent_files: 2,
        breakpoints: vec![("large".into(), 1000), ("medium".into(), 750), ("small".into(), 500)],
        images: ImageSettings {
            size_optimization: true,
            responsive_dimensions: true,
            auto_orientation: false,
            max_bytes: 16 << 20,
            max_side: 16_384,
            max_pixels: 100_000_000,
            memory: 64 << 20,
            workers: 2,
        },
        types: TypePolicy::default(),
        links: None,
        webhooks: Vec::new(),
        lease: Duration::from_mins(1),
        provider_stall: Duration::from_secs(20),
        memory_wait: None,
        sweep_every: Duration::from_mins(1),
    }
}

/// A text file.
pub(crate) fn text(name: &str, content: &str) -> Incoming {
    Incoming {
        name: name.to_owned(),
        declared_mime: Some("text/plain".to_owned()),
        size: None,
        at_most: None,
        body: Body::from(content.to_owned()),
    }
}

/// A file of `chunks` times 16 KiB that comes piece by piece; then, if it is to break, an error.
pub(crate) fn flowing(name: &str, chunks: usize, breaks: bool) -> Incoming {
    let pieces = (0..chunks).map(|index| Ok(Bytes::from(vec![u8::try_from(index % 251).unwrap(); 16 * 1024])));
    let end = breaks.then(|| Err(longshore_provider::Error::new(longshore_provider::ErrorKind::BrokenBody, "cut off")));
    Incoming {
        name: name.to_owned(),
        declared_mime: Some("application/octet-stream".to_owned()),
        size: None,
        at_most: None,
        body: Body::from_stream(stream::iter(pieces.chain(end).collect::<Vec<_>>()), None),
    }
}

/// A PNG of that size.
pub(crate) fn picture(name: &str, width: u32, height: u32) -> Incoming {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [x, y, x * 7 + y * 13]))
        .map(|sample| u8::try_from(sample % 256).unwrap())
        .collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    Incoming {
        name: name.to_owned(),
        declared_mime: Some("image/png".to_owned()),
        size: None,
        at_most: None,
        body: Body::from(bytes),
    }
}

/// A PNG of black and white dots without a pattern: a bit a pixel, while its formats are of many greys.
pub(crate) fn speckled(name: &str, width: u32, height: u32) -> Incoming {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut dice = 1_u32;
    let rows = std::iter::repeat_with(|| {
        dice ^= dice << 13;
        dice ^= dice >> 17;
        dice ^= dice << 5;
        dice.to_le_bytes()[0]
    });
    let pixels: Vec<u8> = rows.take((width.div_ceil(8) * height) as usize).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    Incoming { body: Body::from(bytes), ..picture(name, 1, 1) }
}

pub(crate) fn number(file: &MediaFile) -> FileId {
    FileId::Number(file.id)
}
