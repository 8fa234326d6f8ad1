//! Memory that many uploads share: a [`MemoryBudget`] and its [`Reservation`]s.
//!
//! A reservation grows in steps while the bytes of its upload arrive. HTTP bodies do not state their size reliably: an
//! upload that reserved its declared size with its first byte would keep all others waiting while a slow client sends.
//!
//! Uploads that have arrived in part could wait for each other's memory for ever. The banker's algorithm prevents this
//! deadlock: the budget grants a step only if all reservations could still grow to their maximum after it, one after
//! another in some order, each with the free bytes and the bytes that the reservations before it gave back. Then one
//! reservation can always take its next step, and waits for nothing but its own body.
//!
//! Reservations are served in the order of their requests. A reservation is passed only while its next step would break
//! the rule above: a small upload gets through while large uploads wait for each other.

#![forbid(unsafe_code)]

mod ledger;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::ledger::{Ledger, ReservationId};

/// A reservation grows by so many bytes at a time, or by the rest that it lacks.
pub const STEP: u64 = 128 * 1024;

/// A number of bytes that uploads may hold together. Cheap to clone: all clones are one budget.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    ledger: Arc<Mutex<Ledger>>,
}

/// The bytes that one upload holds. Dropping a reservation gives them back.
#[derive(Debug)]
pub struct Reservation {
    ledger: Arc<Mutex<Ledger>>,
    id: ReservationId,
}

impl MemoryBudget {
    /// A budget of `bytes`.
    pub fn new(bytes: u64) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(bytes))) }
    }

    /// An empty reservation that may grow to `most` bytes. If `most` exceeds the whole budget, the reservation may grow
    /// to the whole budget, and its upload continues from there.
    pub fn reserve(&self, most: u64) -> Reservation {
        Reservation { ledger: Arc::clone(&self.ledger), id: lock(&self.ledger).open(most) }
    }

    /// Raises the budget to `bytes`, unless it is that large already.
    pub fn raise_to(&self, bytes: u64) {
        lock(&self.ledger).raise_to(bytes);
    }

    /// The bytes that no reservation holds.
    pub fn free(&self) -> u64 {
        lock(&self.ledger).free()
    }
}

impl Reservation {
    /// Waits until the reservation holds `bytes`, or its maximum if that is less.
    ///
    /// A caller that stops waiting loses nothing: the steps that were granted stay in the reservation.
    pub async fn grow_to(&self, bytes: u64) {
        loop {
            let request = lock(&self.ledger).request(self.id, bytes);
            let Some(granted) = request else { return };
            // Each notice is one step. An error is no step, and the next request says whether one is missing.
            let _ = granted.await;
        }
    }

    /// Makes `bytes` the final size: the upload is complete. The rest goes back; bytes that the reservation lacks are
    /// taken as far as they are free now, without waiting.
    pub fn finalize(&self, bytes: u64) {
        lock(&self.ledger).finalize(self.id, bytes);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        lock(&self.ledger).close(self.id);
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
