//! The interface of a codec, and the job that it works for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{
    ImageError,
    permits::{WorkerPermit, WorkerPermits},
    plan::{ImageHeader, VariantPlan},
};

/// A codec's hold on one file, its header read.
pub(crate) trait Codec: Send {
    /// The header.
    fn header(&self) -> &ImageHeader;
    /// The peak memory of the work in bytes, without the file itself.
    fn memory(&self, plan: &VariantPlan) -> u64;
    /// Decodes the file and encodes the files of the plan.
    fn encode_variants(self: Box<Self>, plan: &VariantPlan, job: &JobContext) -> Result<CodecOutput, ImageError>;
}

/// A file whose header has been read.
pub(crate) enum OpenedImage {
    /// The image is stored as it is, with its width and height if they are known.
    Measured(Option<(u32, u32)>),
    /// The image can be decoded.
    Decodable(Box<dyn Codec>),
}

/// The files that a codec encoded.
#[derive(Debug, Default)]
pub(crate) struct CodecOutput {
    /// The main file, encoded anew.
    pub(crate) main: Option<Vec<u8>>,
    /// The formats, in the order of the plan.
    pub(crate) formats: Vec<Vec<u8>>,
}

/// The job that works on one image: it may be cancelled, and may borrow a second worker.
#[derive(Debug)]
pub(crate) struct JobContext {
    permits: Arc<WorkerPermits>,
    cancelled: Arc<AtomicBool>,
}

impl JobContext {
    /// A job that ends soon after `cancelled` is set, and borrows workers from `permits`.
    pub(crate) fn new(permits: Arc<WorkerPermits>, cancelled: Arc<AtomicBool>) -> Self {
        Self { permits, cancelled }
    }

    /// Fails when no caller waits for the image any longer.
    pub(crate) fn check_cancelled(&self) -> Result<(), ImageError> {
        if self.cancelled.load(Ordering::Relaxed) { Err(ImageError::Closed) } else { Ok(()) }
    }

    /// A second worker permit, if one is free. While the caller holds it, a second thread may work on the same image.
    pub(crate) fn second_permit(&self) -> Option<WorkerPermit> {
        self.permits.try_acquire()
    }

    /// Runs both closures, in parallel if a permit is free.
    pub(crate) fn join<A, B: Send>(&self, one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
        let Some(_permit) = self.second_permit() else {
            return (one(), other());
        };
        thread::scope(|scope| {
            let other = scope.spawn(other);
            let one = one();
            // The panic continues on this thread, up to the code that catches panics of codecs.
            (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}
