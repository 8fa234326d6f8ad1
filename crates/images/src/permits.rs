//! Which image gets a worker and memory next.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Workers and bytes of memory that all images share. An image gets both at once, or waits.
///
/// Images are served in the order in which they arrived. An image that waits for memory holds no worker: a limited
/// number of smaller images that arrived later may pass it.
#[derive(Debug)]
pub(crate) struct WorkerPermits {
    state: Mutex<State>,
}

/// A worker and memory for one image. Dropping it gives both back.
#[derive(Debug)]
pub(crate) struct WorkerPermit {
    permits: Arc<WorkerPermits>,
    memory: u64,
}

/// How many images may pass an image that waits for memory.
const PASSES: u32 = 16;

#[derive(Debug)]
struct State {
    workers: usize,
    memory: u64,
    waiting: VecDeque<Waiter>,
    closed: bool,
}

/// An image that waits.
#[derive(Debug)]
struct Waiter {
    memory: u64,
    /// How many images have passed this one.
    passed: u32,
    granted: oneshot::Sender<WorkerPermit>,
}

impl WorkerPermits {
    /// Permits for `workers` workers and `memory` bytes.
    pub(crate) fn new(workers: usize, memory: u64) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { workers, memory, waiting: VecDeque::new(), closed: workers == 0 }) })
    }

    /// Waits for a worker and `memory` bytes; `None` when no image is served any more.
    pub(crate) async fn acquire(self: &Arc<Self>, memory: u64) -> Option<WorkerPermit> {
        let (granted, permit) = oneshot::channel();
        {
            let mut state = self.lock();
            if state.closed {
                return None;
            }
            state.waiting.push_back(Waiter { memory, passed: 0, granted });
        }
        self.serve();
        permit.await.ok()
    }

    /// A worker without memory, if one is free now.
    pub(crate) fn try_acquire(self: &Arc<Self>) -> Option<WorkerPermit> {
        let mut state = self.lock();
        state.workers = state.workers.checked_sub(1)?;
        Some(WorkerPermit { permits: Arc::clone(self), memory: 0 })
    }

    /// Serves no image any more, not even those that wait.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
    }

    /// Starts the images that may start.
    fn serve(self: &Arc<Self>) {
        loop {
            let next = self.lock().next();
            let Some(Waiter { memory, granted, .. }) = next else {
                return;
            };
            // The permit of an image that was cancelled comes back here, and is given to the next one.
            let _ = granted.send(WorkerPermit { permits: Arc::clone(self), memory });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the next image out of the queue, with a worker and its memory.
    fn next(&mut self) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.granted.is_closed());
        if self.workers == 0 {
            return None;
        }
        let fits = |waiter: &Waiter| waiter.memory <= self.memory;
        let at = self.waiting.iter().position(|waiter| fits(waiter) || waiter.passed >= PASSES)?;
        if !fits(&self.waiting[at]) {
            // The image has been passed often enough and is next.
            return None;
        }
        let waiter = self.waiting.remove(at)?;
        self.waiting.iter_mut().take(at).for_each(|passed| passed.passed += 1);
        self.workers -= 1;
        self.memory -= waiter.memory;
        Some(waiter)
    }
}

impl Drop for WorkerPermit {
    fn drop(&mut self) {
        {
            let mut state = self.permits.lock();
            state.workers += 1;
            state.memory += self.memory;
        }
        self.permits.serve();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_large_image_that_waits_for_memory_holds_no_worker() {
        let permits = WorkerPermits::new(2, 100);
        let running = permits.acquire(60).await.unwrap();
        let mut large = Box::pin(permits.acquire(100));
        assert!((&mut large).now_or_never().is_none());
        let small = permits.acquire(40).now_or_never().expect("a worker and memory are free").unwrap();
        assert!(permits.try_acquire().is_none());
        drop((running, small));
        assert!(large.await.is_some());
    }

    #[tokio::test]
    async fn an_image_that_needs_all_of_the_memory_gets_it_to_the_byte() {
        let permits = WorkerPermits::new(1, 1023);
        assert!(permits.acquire(1023).now_or_never().expect("all of it is free").is_some());
    }

    #[tokio::test]
    async fn a_large_image_is_passed_so_often_and_then_it_is_next() {
        let permits = WorkerPermits::new(2, 100);
        let mut running = permits.acquire(60).await.unwrap();
        let mut large = Box::pin(permits.acquire(100));
        assert!((&mut large).now_or_never().is_none());
        for _ in 0..PASSES {
            let small = permits.acquire(40).now_or_never().expect("it may pass").unwrap();
            drop(std::mem::replace(&mut running, small));
        }
        let mut late = Box::pin(permits.acquire(40));
        assert!((&mut late).now_or_never().is_none());
        drop(running);
        let large = large.now_or_never().expect("it is next").unwrap();
        assert!((&mut late).now_or_never().is_none());
        drop(large);
        assert!(late.await.is_some());
    }

    #[tokio::test]
    async fn an_image_that_stops_waiting_keeps_no_other_from_starting() {
        let permits = WorkerPermits::new(1, 100);
        let running = permits.acquire(100).await.unwrap();
        let (mut first, second) = (Box::pin(permits.acquire(100)), permits.acquire(100));
        let mut second = Box::pin(second);
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        drop(first);
        drop(running);
        assert!(second.await.is_some());
    }

    #[tokio::test]
    async fn closed_permits_end_the_images_that_wait() {
        let permits = WorkerPermits::new(1, 100);
        let _running = permits.acquire(100).await;
        let mut waits = Box::pin(permits.acquire(1));
        assert!((&mut waits).now_or_never().is_none());
        permits.close();
        assert!(waits.await.is_none());
        assert!(permits.acquire(1).await.is_none());
    }
}
