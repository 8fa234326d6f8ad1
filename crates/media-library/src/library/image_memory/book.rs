//! Who has which part of the memory for images, and who waits.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::oneshot;

use super::STEP;

/// Images that have arrived in part could wait for each other's memory for ever. So a step is taken only if all of them
/// could still be held whole after it, one by one in some order, each with what is free and what those before it gave back
/// (the banker's algorithm). Then there is always one whose next step may be taken, at the latest when the whole ones have
/// been stored; it waits for nothing but its own body, which comes, ends or times out.
///
/// Who asked first is served first, and passed by only when its step would break that rule: so small images get through
/// while large ones wait for each other.
#[derive(Debug)]
pub(super) struct Book {
    total: usize,
    free: usize,
    shares: BTreeMap<u64, Held>,
    next_id: u64,
    waiting: VecDeque<Waiting>,
}

/// What a share has.
#[derive(Debug)]
struct Held {
    now: usize,
    /// What it may come to.
    most: usize,
}

/// Who waits for a step, and is told when it has it.
#[derive(Debug)]
struct Waiting {
    id: u64,
    tell: oneshot::Sender<()>,
}

impl Book {
    pub(super) fn new(total: usize) -> Self {
        Self { total, free: total, shares: BTreeMap::new(), next_id: 0, waiting: VecDeque::new() }
    }

    /// A share of nothing, which may come to so much.
    pub(super) fn open(&mut self, most: usize) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.shares.insert(id, Held { now: 0, most: most.min(self.total) });
        id
    }

    /// Takes steps as far as they may be taken; `None` when those were all.
    pub(super) fn ask(&mut self, id: u64, bytes: usize) -> Option<oneshot::Receiver<()>> {
        loop {
            let held = self.held(id);
            if held.now >= bytes.min(held.most) {
                return None;
            }
            let lacks = held.lacks();
            // Whoever waits already comes first.
            let may_take = self.waiting.is_empty() && lacks <= self.limit();
            if !may_take || self.take_step(id).is_none() {
                break;
            }
        }
        let (tell, told) = oneshot::channel();
        self.waiting.push_back(Waiting { id, tell });
        self.serve();
        Some(told)
    }

    /// It comes to no more than `bytes`: see [`Share::settle`](super::Share::settle).
    pub(super) fn settle(&mut self, id: u64, bytes: usize) {
        let free = self.free;
        let held = self.held(id);
        let bytes = bytes.min(held.now + free);
        let now = std::mem::replace(&mut held.now, bytes);
        held.most = bytes;
        self.free = free + now - bytes;
        self.serve();
    }

    pub(super) fn close(&mut self, id: u64) {
        if let Some(held) = self.shares.remove(&id) {
            self.free += held.now;
        }
        self.serve();
    }

    /// How much nobody has.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.free
    }

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
                // It may, once what is whole has been stored.
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

    fn take_step(&mut self, id: u64) -> Option<usize> {
        let step = STEP.min(self.held(id).lacks());
        self.free = self.free.checked_sub(step)?;
        self.held(id).now += step;
        Some(step)
    }

    /// What a share may lack at most to take a step.
    ///
    /// All can be made whole if they can be in the order of what they lack. Each has then what is free, what the whole ones
    /// have, and what those before it had. A step of one of them takes so much from those before it, and nothing from those
    /// behind: by then it has given it back.
    fn limit(&self) -> usize {
        let (whole, growing): (Vec<_>, Vec<_>) = self.shares.values().partition(|held| held.lacks() == 0);
        let mut available = self.free + whole.iter().map(|held| held.now).sum::<usize>();
        let mut growing: Vec<_> = growing.iter().map(|held| (held.lacks(), held.now)).collect();
        growing.sort_unstable();
        for (lacks, gives_back) in growing {
            if available < lacks + STEP {
                return lacks;
            }
            available += gives_back;
        }
        usize::MAX
    }
}

impl Held {
    fn lacks(&self) -> usize {
        self.most - self.now
    }
}
