//! Which reservation holds how many bytes, and which ones wait.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::oneshot;

use super::STEP;

/// The key of a reservation in the ledger.
pub(super) type ReservationId = u64;

/// The state of a budget.
#[derive(Debug)]
pub(super) struct Ledger {
    total: u64,
    free: u64,
    entries: BTreeMap<ReservationId, Entry>,
    next_id: ReservationId,
    waiting: VecDeque<Waiter>,
}

/// The state of a reservation.
#[derive(Debug)]
struct Entry {
    held: u64,
    /// The reservation never holds more.
    most: u64,
}

/// A reservation that waits for one step.
#[derive(Debug)]
struct Waiter {
    id: ReservationId,
    granted: oneshot::Sender<()>,
}

impl Ledger {
    pub(super) fn new(total: u64) -> Self {
        Self { total, free: total, entries: BTreeMap::new(), next_id: 0, waiting: VecDeque::new() }
    }

    pub(super) fn open(&mut self, most: u64) -> ReservationId {
        let id = self.next_id;
        self.next_id += 1;
        self.entries.insert(id, Entry { held: 0, most: most.min(self.total) });
        id
    }

    pub(super) fn free(&self) -> u64 {
        self.free
    }

    pub(super) fn raise_to(&mut self, bytes: u64) {
        let more = bytes.saturating_sub(self.total);
        self.total += more;
        self.free += more;
        self.serve();
    }

    /// Grants steps until the reservation holds `bytes`, and returns `None`; or queues it and returns the notice of its
    /// next step.
    pub(super) fn request(&mut self, id: ReservationId, bytes: u64) -> Option<oneshot::Receiver<()>> {
        loop {
            let entry = self.entry(id);
            if entry.held >= bytes.min(entry.most) {
                return None;
            }
            let lacks = entry.lacks();
            // Reservations that wait already come first.
            let may_take = self.waiting.is_empty() && lacks <= self.limit();
            if !may_take || self.take_step(id).is_none() {
                break;
            }
        }
        let (granted, notice) = oneshot::channel();
        self.waiting.push_back(Waiter { id, granted });
        // The reservations before this one may have given up, or be barred by the rule while this one is not.
        self.serve();
        Some(notice)
    }

    pub(super) fn finalize(&mut self, id: ReservationId, bytes: u64) {
        let free = self.free;
        let entry = self.entry(id);
        let bytes = bytes.min(entry.held + free);
        let held = std::mem::replace(&mut entry.held, bytes);
        entry.most = bytes;
        self.free = free + held - bytes;
        self.serve();
    }

    pub(super) fn close(&mut self, id: ReservationId) {
        if let Some(entry) = self.entries.remove(&id) {
            self.free += entry.held;
        }
        self.serve();
    }

    fn entry(&mut self, id: ReservationId) -> &mut Entry {
        self.entries.get_mut(&id).expect("a reservation is in the ledger until it is dropped")
    }

    /// Grants one step to each waiter, in their order, as far as the rule and the free bytes allow.
    fn serve(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut limit = self.limit();
        while let Some(first) = waiting.pop_front() {
            // Its caller stopped waiting.
            if first.granted.is_closed() {
                continue;
            }
            // The rule bars it: the waiters behind it may pass.
            if self.entry(first.id).lacks() > limit {
                self.waiting.push_back(first);
                continue;
            }
            let Some(step) = self.take_step(first.id) else {
                // This waiter is next once bytes are free: no other waiter passes it.
                self.waiting.push_back(first);
                break;
            };
            if first.granted.send(()).is_err() {
                // Its caller stopped waiting this very moment.
                self.entry(first.id).held -= step;
                self.free += step;
            }
            let before = std::mem::replace(&mut limit, self.limit());
            if limit > before {
                // The waiters that were passed may be allowed now, and asked before all others.
                self.waiting.append(&mut waiting);
                std::mem::swap(&mut self.waiting, &mut waiting);
            }
        }
        self.waiting.append(&mut waiting);
    }

    fn take_step(&mut self, id: ReservationId) -> Option<u64> {
        let step = STEP.min(self.entry(id).lacks());
        self.free = self.free.checked_sub(step)?;
        self.entry(id).held += step;
        Some(step)
    }

    /// The most that a reservation may lack to take a step.
    ///
    /// All reservations can grow to their maximum if they can in the order of what they lack. Each then has the free
    /// bytes, the bytes of the complete reservations, and the bytes of those before it. A step of one takes bytes from
    /// those before it, and none from those behind: by then it has given the step back.
    fn limit(&self) -> u64 {
        let (complete, growing): (Vec<_>, Vec<_>) = self.entries.values().partition(|entry| entry.lacks() == 0);
        let mut available = self.free + complete.iter().map(|entry| entry.held).sum::<u64>();
        let mut growing: Vec<_> = growing.iter().map(|entry| (entry.lacks(), entry.held)).collect();
        growing.sort_unstable();
        for (lacks, gives_back) in growing {
            if available < lacks + STEP {
                return lacks;
            }
            available += gives_back;
        }
        u64::MAX
    }
}

impl Entry {
    fn lacks(&self) -> u64 {
        self.most - self.held
    }
}
