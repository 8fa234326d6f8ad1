//! The memory that all uploads of this library share.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use longshore_provider::tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit of the semaphore stands for, in bytes.
const UNIT: u64 = 1024;

/// So many bytes may be held. A part takes its share when its first byte is there and gives it back when it has been
/// sent; whoever holds a share is waiting for its own body or for the service, never for another share.
#[derive(Debug)]
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    total: Mutex<u64>,
}

impl Budget {
    /// The library's one, of `bytes` at least: with several providers in one library, the largest figure counts.
    pub(crate) fn shared(bytes: u64) -> &'static Self {
        static SHARED: OnceLock<Budget> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::new(bytes));
        shared.grow_to(bytes);
        shared
    }

    fn new(bytes: u64) -> Self {
        let units = units(bytes);
        Self { units: Arc::new(Semaphore::new(units as usize)), total: Mutex::new(bytes) }
    }

    fn grow_to(&self, bytes: u64) {
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        self.units.add_permits(units(bytes).saturating_sub(units(*total)) as usize);
        *total = bytes.max(*total);
    }

    /// Waits until `bytes` more may be held. A part larger than the whole budget waits until it is alone.
    pub(crate) async fn take(&self, bytes: u64) -> OwnedSemaphorePermit {
        let all = units(*self.total.lock().unwrap_or_else(PoisonError::into_inner));
        let share = units(bytes).min(all);
        self.units.clone().acquire_many_owned(share).await.expect("the semaphore is never closed")
    }
}

fn units(bytes: u64) -> u32 {
    // A semaphore takes no more than this at once; it is 4 TiB.
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::MIB;

    #[tokio::test]
    async fn a_part_larger_than_the_budget_gets_all_of_it() {
        let budget = Budget::new(4 * MIB);
        let all = budget.take(64 * MIB).await;
        assert_eq!(budget.units.available_permits(), 0);
        drop(all);
        let _half = budget.take(2 * MIB).await;
        assert_eq!(budget.units.available_permits(), 2048);
    }

    #[tokio::test]
    async fn the_largest_figure_counts() {
        let budget = Budget::new(MIB);
        budget.grow_to(3 * MIB);
        budget.grow_to(2 * MIB);
        assert_eq!(budget.units.available_permits(), 3072);
    }
}
