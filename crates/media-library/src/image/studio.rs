//! Where images are worked on: a few threads of its own, and a share of memory for each image.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    ImageError, Kind, MadeFormat, Processed,
    recipe::{Recipe, check},
};
use crate::settings::ImageSettings;

/// The unit in which memory is shared out.
const KIB: usize = 1024;

/// Works on images, as many at a time as the settings say; the others wait in the order in which they came.
///
/// Dropping the future of [`Studio::process`] takes an image out of the queue, or stops the work on it soon.
#[derive(Debug)]
pub(crate) struct Studio {
    settings: ImageSettings,
    breakpoints: Vec<(String, u32)>,
    /// One permit a thread.
    seats: Arc<Semaphore>,
    /// One permit a KiB.
    memory: Arc<Semaphore>,
    threads: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// A codec's hold on one file, its header read.
pub(super) trait Codec: Send {
    /// What the header tells.
    fn header(&self) -> &super::recipe::Header;
    /// How many bytes the work takes at most, the file itself left out.
    fn memory(&self, recipe: &Recipe) -> u64;
    /// Does the work.
    fn make(self: Box<Self>, recipe: &Recipe, desk: &Desk) -> Result<Made, ImageError>;
}

/// What a codec made.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The main file, encoded anew.
    pub(super) main: Option<Vec<u8>>,
    /// The formats, in the order of the recipe.
    pub(super) formats: Vec<Vec<u8>>,
}

/// What the work on one image goes by.
#[derive(Debug)]
pub(super) struct Desk {
    seats: Arc<Semaphore>,
    abandoned: Arc<AtomicBool>,
}

impl Desk {
    /// Says whether anybody still waits for the image.
    pub(super) fn go_on(&self) -> Result<(), ImageError> {
        if self.abandoned.load(Ordering::Relaxed) { Err(ImageError::Closed) } else { Ok(()) }
    }

    /// A second seat, if one is free: as long as it is held, a second thread may work on the same image.
    pub(super) fn second_seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok()
    }

    /// Does both, at the same time if a seat is free.
    pub(super) fn both<A, B: Send>(&self, one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
        let Some(_seat) = self.second_seat() else { return (one(), other()) };
        thread::scope(|scope| {
            let other = scope.spawn(other);
            let one = one();
            // A panic goes on here, to where panics of codecs are caught.
            (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

/// Tells the work that nobody waits for it any more.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Studio {
    /// A studio with `settings.workers` threads, and formats by name with the side that each fits in.
    pub(crate) fn new(settings: &ImageSettings, breakpoints: &[(String, u32)]) -> Self {
        let (threads, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut seats = 0;
        for number in 1..=settings.workers.max(1) {
            let jobs = Arc::clone(&jobs);
            let work = move || {
                // The channel ends with the studio; what is already in it is still done.
                while let Ok(job) = next(&jobs) {
                    job();
                }
            };
            match thread::Builder::new().name(format!("image-{number}")).spawn(work) {
                Ok(_) => seats += 1,
                Err(error) => tracing::error!(%error, "a thread for images could not be started"),
            }
        }
        let seats = Semaphore::new(seats);
        if seats.available_permits() == 0 {
            seats.close();
        }
        Self {
            settings: settings.clone(),
            breakpoints: breakpoints.to_vec(),
            seats: Arc::new(seats),
            memory: Arc::new(Semaphore::new((settings.memory / KIB).min(u32::MAX as usize))),
            threads,
        }
    }

    /// Works on an image: the main file and its formats.
    ///
    /// Of a [`Kind`] that is measured only, nothing but width and height is told.
    pub(crate) async fn process(&self, file: Bytes, kind: Kind) -> Result<Processed, ImageError> {
        let header = file.clone();
        // Not on the caller's thread: what stands in a header may have to be looked for in all of a file.
        let opening = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(|| open(header, kind))));
        let opened = opening.await.map_err(|_| ImageError::Closed)?;
        let codec = match opened.unwrap_or(Err(ImageError::NotAnImage))? {
            Opened::Measured(size) => {
                let (width, height) = size.unzip();
                return Ok(Processed { main: file, width, height, formats: Vec::new() });
            }
            Opened::Decodable(codec) => codec,
        };
        let recipe = Recipe::new(&self.settings, &self.breakpoints, codec.header());
        let memory = codec.memory(&recipe);
        check(&self.settings, codec.header(), memory)?;

        let share = u32::try_from(memory.div_ceil(KIB as u64)).unwrap_or(u32::MAX);
        let seat = Arc::clone(&self.seats).acquire_owned().await.map_err(|_| ImageError::Closed)?;
        let share = Arc::clone(&self.memory).acquire_many_owned(share).await.map_err(|_| ImageError::Closed)?;
        let abandoned = Arc::new(AtomicBool::new(false));
        let desk = Desk { seats: Arc::clone(&self.seats), abandoned: Arc::clone(&abandoned) };
        let (answer, answered) = oneshot::channel();
        let job = move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(codec, file, recipe, &desk)));
            let done = done.unwrap_or_else(|_| Err(ImageError::Invalid("the decoder gave up".to_owned())));
            drop((seat, share));
            // Nobody waits for the answer when the upload was given up.
            let _ = answer.send(done);
        };
        let _waiting = Waiting(abandoned);
        self.threads.send(Box::new(job)).map_err(|_| ImageError::Closed)?;
        answered.await.unwrap_or(Err(ImageError::Closed))
    }

    /// Ends what waits with [`ImageError::Closed`]; what is being worked on is finished.
    pub(crate) fn close(&self) {
        self.seats.close();
        self.memory.close();
    }
}

fn next(jobs: &Mutex<mpsc::Receiver<Job>>) -> Result<Job, mpsc::RecvError> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv()
}

/// A file whose header has been read.
enum Opened {
    /// Nothing is made of it; its width and height, if they can be told.
    Measured(Option<(u32, u32)>),
    /// It can be worked on.
    Decodable(Box<dyn Codec>),
}

fn open(file: Bytes, kind: Kind) -> Result<Opened, ImageError> {
    Ok(match kind {
        Kind::Jpeg => Opened::Decodable(Box::new(super::jpeg::Jpeg::open(file)?)),
        Kind::Png => Opened::Decodable(Box::new(super::png::Png::open(file)?)),
        Kind::Webp => Opened::Decodable(Box::new(super::webp::Webp::open(file)?)),
        Kind::Gif => Opened::Decodable(Box::new(super::gif::Gif::open(file)?)),
        Kind::Tiff => match super::tiff::Tiff::open(file)? {
            super::tiff::Opened::Decodable(tiff) => Opened::Decodable(Box::new(tiff)),
            super::tiff::Opened::Measured(size) => Opened::Measured(Some(size)),
        },
        Kind::Avif => Opened::Measured(super::avif::measure(&file)),
        Kind::Svg => Opened::Measured(super::svg::measure(&file)),
    })
}

fn work(codec: Box<dyn Codec>, file: Bytes, recipe: Recipe, desk: &Desk) -> Result<Processed, ImageError> {
    desk.go_on()?;
    let header = codec.header().clone();
    let made = codec.make(&recipe, desk)?;
    let (main, turned) = match made.main {
        Some(new) if recipe.must_turn() || new.len() <= file.len() => (Bytes::from(new), recipe.turn),
        _ => (file, super::orientation::Orientation::UPRIGHT),
    };
    let (width, height) = turned.turned((header.width, header.height));
    let formats = recipe.formats.into_iter().zip(made.formats);
    let formats = formats.map(|((format, (width, height)), bytes)| {
        let bytes = Bytes::from(bytes.into_boxed_slice());
        MadeFormat { format, bytes, width, height }
    });
    Ok(Processed { main, width: Some(width), height: Some(height), formats: formats.collect() })
}
