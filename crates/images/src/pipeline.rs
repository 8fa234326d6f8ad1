//! The pipeline: worker threads, memory for each image, cancellation.

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
use tokio::sync::oneshot;

use crate::{
    EncodedFormat, ImageError, ImageKind, ImageSettings, ProcessedImage,
    codec::{Codec, JobContext, OpenedImage},
    codecs::open,
    orientation::Orientation,
    permits::WorkerPermits,
    plan::{VariantPlan, check},
};

/// Processes images, as many at a time as the settings say; the others wait: see `WorkerPermits`.
///
/// Dropping the future of [`ImagePipeline::process`] takes an image out of the queue, or stops the work on it soon.
#[derive(Debug)]
pub struct ImagePipeline {
    settings: ImageSettings,
    breakpoints: Vec<(String, u32)>,
    /// One worker a thread.
    permits: Arc<WorkerPermits>,
    threads: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Cancels a job when its caller stops waiting.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl ImagePipeline {
    /// A pipeline with `settings.workers` threads, and formats by name with the side that each fits in.
    pub fn new(settings: &ImageSettings, breakpoints: &[(String, u32)]) -> Self {
        let (threads, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut started = 0;
        for number in 1..=settings.workers.max(1) {
            let jobs = Arc::clone(&jobs);
            let work = move || {
                // The channel ends with the pipeline; the jobs that are already in it are still done.
                while let Ok(job) = next(&jobs) {
                    job();
                }
            };
            match thread::Builder::new().name(format!("image-{number}")).spawn(work) {
                Ok(_) => started += 1,
                Err(error) => tracing::error!(%error, "a thread for images could not be started"),
            }
        }
        Self {
            settings: settings.clone(),
            breakpoints: breakpoints.to_vec(),
            permits: WorkerPermits::new(started, settings.memory as u64),
            threads,
        }
    }

    /// Processes an image: the main file and its formats.
    ///
    /// An image of an [`ImageKind`] that is only measured gets width and height, and no formats.
    pub async fn process(&self, file: Bytes, kind: ImageKind) -> Result<ProcessedImage, ImageError> {
        let header = file.clone();
        // Not on the caller's thread: a header may have to be looked for in all of a file.
        let opening = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(|| open(header, kind))));
        let opened = opening.await.map_err(|_| ImageError::Closed)?;
        let codec = match opened.unwrap_or(Err(ImageError::NotAnImage))? {
            OpenedImage::Measured(size) => {
                let (width, height) = size.unzip();
                return Ok(ProcessedImage { main: file, width, height, formats: Vec::new() });
            }
            OpenedImage::Decodable(codec) => codec,
        };
        let plan = VariantPlan::new(&self.settings, &self.breakpoints, codec.header());
        let memory = codec.memory(&plan);
        check(&self.settings, codec.header(), memory, file.len())?;

        let permit = self.permits.acquire(memory).await.ok_or(ImageError::Closed)?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let context = JobContext::new(Arc::clone(&self.permits), Arc::clone(&cancelled));
        let (sender, result) = oneshot::channel();
        let job = move || {
            let done = catch_unwind(AssertUnwindSafe(|| run(codec, file, plan, &context)));
            let done = done.unwrap_or_else(|_| Err(ImageError::Invalid("the decoder panicked".to_owned())));
            drop(permit);
            // No caller waits for the result of an upload that was cancelled.
            let _ = sender.send(done);
        };
        let _cancel = CancelOnDrop(cancelled);
        self.threads.send(Box::new(job)).map_err(|_| ImageError::Closed)?;
        result.await.unwrap_or(Err(ImageError::Closed))
    }

    /// Ends the images that wait with [`ImageError::Closed`]; the jobs that run are finished.
    pub fn close(&self) {
        self.permits.close();
    }
}

fn next(jobs: &Mutex<mpsc::Receiver<Job>>) -> Result<Job, mpsc::RecvError> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv()
}

fn run(
    codec: Box<dyn Codec>,
    file: Bytes,
    plan: VariantPlan,
    context: &JobContext,
) -> Result<ProcessedImage, ImageError> {
    context.check_cancelled()?;
    let header = codec.header().clone();
    let output = codec.encode_variants(&plan, context)?;
    let (main, turned) = match output.main {
        Some(new) if plan.must_turn() || new.len() <= file.len() => (Bytes::from(new), plan.turn),
        _ => (file, Orientation::UPRIGHT),
    };
    let (width, height) = turned.turned((header.width, header.height));
    let formats = plan.formats.into_iter().zip(output.formats);
    let formats = formats.map(|((format, (width, height)), bytes)| {
        let bytes = Bytes::from(bytes.into_boxed_slice());
        EncodedFormat { format, bytes, width, height }
    });
    Ok(ProcessedImage { main, width: Some(width), height: Some(height), formats: formats.collect() })
}
