//! The memory that all uploads of this library share.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use longshore_provider::tokio::sync::oneshot;

/// A part takes so many bytes at a time, or what it still lacks.
const STEP: u64 = 128 * 1024;

/// So many bytes may be held. A part takes its share step by step, as its bytes arrive, and gives it back when it has
/// been sent. Nobody knows how large the file of a request will be: whoever took what a part may need at its first byte
/// would keep all others waiting for a slow client, and hold nothing.
///
/// Parts that are half full could wait for each other's bytes for ever. So a step is taken only if all parts that are
/// being filled could still be filled after it, one by one in some order, each with what is free and what those before
/// it gave back (the banker's algorithm). Then there is always a part whose next step may be taken, at the latest when
/// the full ones have been sent; it waits for nothing but its own body, which comes, ends or times out.
///
/// Who asked first is served first, and passed by only when its step would break that rule: so small files get through
/// while large ones wait for each other.
#[derive(Debug)]
pub(crate) struct Budget {
    book: Mutex<Book>,
}

/// What one part holds of the budget. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: &'static Budget,
    id: u64,
}

/// Who has what.
#[derive(Debug)]
struct Book {
    total: u64,
    free: u64,
    shares: BTreeMap<u64, Held>,
    next_id: u64,
    waiting: VecDeque<Waiting>,
}

/// What a part holds.
#[derive(Debug)]
struct Held {
    now: u64,
    /// What it may come to.
    most: u64,
}

/// A part that waits for a step, and is told when it has it.
#[derive(Debug)]
struct Waiting {
    id: u64,
    tell: oneshot::Sender<()>,
}

impl Budget {
    /// The library's one, of `bytes` at least: with several providers in one library, the largest figure counts.
    pub(crate) fn shared(bytes: u64) -> &'static Self {
        static SHARED: OnceLock<Budget> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::new(bytes));
        shared.grow_to(bytes);
        shared
    }

    pub(crate) fn new(bytes: u64) -> Self {
        let (shares, waiting) = (BTreeMap::new(), VecDeque::new());
        Self { book: Mutex::new(Book { total: bytes, free: bytes, shares, next_id: 0, waiting }) }
    }

    /// A share for a part that may come to `most` bytes; nothing yet. A part that is larger than the whole budget goes on
    /// once it has all of it, and so is alone.
    pub(crate) fn share(&'static self, most: u64) -> Share {
        let mut book = self.book();
        let (id, most) = (book.next_id, most.min(book.total));
        book.next_id += 1;
        book.shares.insert(id, Held { now: 0, most });
        Share { budget: self, id }
    }

    fn grow_to(&self, bytes: u64) {
        let mut book = self.book();
        let more = bytes.saturating_sub(book.total);
        book.total += more;
        book.free += more;
        book.serve();
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Waits until `bytes` may be held in all.
    pub(crate) async fn grow_to(&self, bytes: u64) {
        while let Some(taken) = self.ask(bytes) {
            taken.await.expect("whoever waits is told");
        }
    }

    /// No more will come than these `bytes`: what was taken beyond them goes back.
    pub(crate) fn is_full(&self, bytes: u64) {
        let mut book = self.budget.book();
        let held = book.held(self.id);
        let back = held.now.saturating_sub(bytes);
        held.now -= back;
        held.most = held.now;
        book.free += back;
        book.serve();
    }

    /// Takes steps as far as they may be taken; `None` when those were all.
    fn ask(&self, bytes: u64) -> Option<oneshot::Receiver<()>> {
        let mut book = self.budget.book();
        loop {
            let held = book.held(self.id);
            if held.now >= bytes.min(held.most) {
                return None;
            }
            let lacks = held.lacks();
            // Whoever waits already comes first.
            let may_take = book.waiting.is_empty() && lacks <= book.limit();
            if !may_take || book.take_step(self.id).is_none() {
                break;
            }
        }
        let (tell, taken) = oneshot::channel();
        book.waiting.push_back(Waiting { id: self.id, tell });
        book.serve();
        Some(taken)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut book = self.budget.book();
        if let Some(held) = book.shares.remove(&self.id) {
            book.free += held.now;
        }
        book.serve();
    }
}

impl Book {
    fn held(&mut self, id: u64) -> &mut Held {
        self.shares.get_mut(&id).expect("a share is in the book until it is dropped")
    }

    /// Gives those who wait a step each, as far as they may take one.
    fn serve(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut limit = self.limit();
        while let Some(first) = waiting.pop_front() {
            if first.tell.is_closed() {
                continue;
            }
            if self.held(first.id).lacks() > limit {
                self.waiting.push_back(first);
                continue;
            }
            let Some(step) = self.take_step(first.id) else {
                // It may, once what is being sent has been sent.
                self.waiting.push_back(first);
                break;
            };
            if first.tell.send(()).is_err() {
                // It was given up this very moment.
                self.held(first.id).now -= step;
                self.free += step;
            }
            let before = std::mem::replace(&mut limit, self.limit());
            if limit > before {
                // Those who were passed by may take theirs now, and asked before all others.
                self.waiting.append(&mut waiting);
                std::mem::swap(&mut self.waiting, &mut waiting);
            }
        }
        self.waiting.append(&mut waiting);
    }

    fn take_step(&mut self, id: u64) -> Option<u64> {
        let step = STEP.min(self.held(id).lacks());
        self.free = self.free.checked_sub(step)?;
        self.held(id).now += step;
        Some(step)
    }

    /// What a part may lack at most to take a step.
    ///
    /// All parts can be filled if they can be in the order of what they lack. Each has then what is free, what is being
    /// sent, and what those before it held. A step of one of them takes so much from those before it, and nothing from
    /// those behind: by then it has given it back.
    fn limit(&self) -> u64 {
        let (full, filling): (Vec<_>, Vec<_>) = self.shares.values().partition(|held| held.lacks() == 0);
        let mut available = self.free + full.iter().map(|held| held.now).sum::<u64>();
        let mut filling: Vec<_> = filling.iter().map(|held| (held.lacks(), held.now)).collect();
        filling.sort_unstable();
        for (lacks, gives_back) in filling {
            if available < lacks + STEP {
                return lacks;
            }
            available += gives_back;
        }
        u64::MAX
    }
}

impl Held {
    fn lacks(&self) -> u64 {
        self.most - self.now
    }
}

#[cfg(test)]
mod tests;
