use std::{sync::Arc, time::Duration};

use longshore_provider::{
    futures::{FutureExt, future::join_all},
    tokio::{self, task::yield_now, time::timeout},
};

use super::*;
use crate::settings::MIB;

const KIB: u64 = 1024;
const LONG: Duration = Duration::from_mins(1);

fn budget(bytes: u64) -> &'static Budget {
    Box::leak(Box::new(Budget::new(bytes)))
}

fn free(budget: &Budget) -> u64 {
    budget.book().free
}

#[tokio::test]
async fn a_part_holds_what_has_arrived() {
    let budget = budget(16 * MIB);
    let slow: Vec<_> = (0..50).map(|_| budget.share(8 * MIB)).collect();
    for share in &slow {
        share.grow_to(1).now_or_never().expect("there is room for the first byte of many");
    }
    assert_eq!(free(budget), 16 * MIB - 50 * STEP);
    drop(slow);
    assert_eq!(free(budget), 16 * MIB);
}

#[tokio::test]
async fn what_a_full_part_does_not_need_goes_back() {
    let budget = budget(16 * MIB);
    let share = budget.share(8 * MIB);
    share.grow_to(1000).await;
    share.is_full(1000);
    assert_eq!(free(budget), 16 * MIB - 1000);
}

#[tokio::test]
async fn a_part_larger_than_the_budget_gets_all_of_it() {
    let budget = budget(4 * MIB);
    let all = budget.share(64 * MIB);
    all.grow_to(64 * MIB).await;
    assert_eq!(free(budget), 0);
    assert!(budget.share(1).grow_to(1).now_or_never().is_none());
    drop(all);
    assert_eq!(free(budget), 4 * MIB);
}

#[tokio::test]
async fn the_largest_figure_counts() {
    let budget = budget(MIB);
    budget.grow_to(3 * MIB);
    budget.grow_to(2 * MIB);
    assert_eq!(free(budget), 3 * MIB);
}

#[tokio::test]
async fn one_part_can_always_be_filled_and_then_the_others() {
    let budget = budget(10 * MIB);
    let shares: Vec<_> = (0..4).map(|_| budget.share(8 * MIB)).collect();
    // In turns, as bytes arrive, until nobody gets any more.
    let mut reached = [0; 4];
    for bytes in (STEP..=8 * MIB).step_by(usize::try_from(STEP).unwrap()) {
        for (share, reached) in shares.iter().zip(&mut reached) {
            if *reached + STEP == bytes && share.grow_to(bytes).now_or_never().is_some() {
                *reached = bytes;
            }
        }
    }
    assert_eq!(reached.iter().filter(|reached| **reached == 8 * MIB).count(), 1, "{reached:?}");
    for _ in 0..4 {
        let full = reached.iter().position(|reached| *reached == 8 * MIB).expect("one is full");
        shares[full].is_full(0);
        reached[full] = 0;
        if let Some(next) = reached.iter().position(|reached| *reached > 0) {
            shares[next].grow_to(8 * MIB).now_or_never().expect("it gets what the one before gave back");
            reached[next] = 8 * MIB;
        }
    }
}

#[tokio::test]
async fn a_small_file_passes_large_ones_that_wait() {
    let budget = budget(9 * MIB);
    let (slow, large) = (budget.share(8 * MIB), budget.share(8 * MIB));
    slow.grow_to(7 * MIB).await;
    let mut waits = Box::pin(large.grow_to(8 * MIB));
    assert!((&mut waits).now_or_never().is_none());
    let small = budget.share(STEP);
    small.grow_to(STEP).now_or_never().expect("it keeps nobody from being filled");
    assert!((&mut waits).now_or_never().is_none());
    drop(small);
    slow.grow_to(8 * MIB).now_or_never().expect("it was promised");
    drop(slow);
    waits.await;
}

#[tokio::test]
async fn who_waits_for_room_is_not_passed() {
    let budget = budget(8 * MIB);
    let sent = budget.share(8 * MIB);
    sent.grow_to(8 * MIB).await;
    let (first, second) = (budget.share(MIB), budget.share(STEP));
    let (mut waits, mut after) = (Box::pin(first.grow_to(MIB)), Box::pin(second.grow_to(STEP)));
    assert!((&mut waits).now_or_never().is_none() && (&mut after).now_or_never().is_none());
    sent.is_full(8 * MIB - STEP);
    assert!((&mut after).now_or_never().is_none(), "the first one has it");
    drop(sent);
    waits.await;
    after.await;
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_nothing_behind() {
    let budget = budget(MIB);
    let all = budget.share(MIB);
    all.grow_to(MIB).await;
    let late = budget.share(MIB);
    assert!(late.grow_to(1).now_or_never().is_none());
    drop(all);
    assert_eq!(free(budget), MIB);
    late.grow_to(1).await;
    drop(late);
    assert_eq!(free(budget), MIB);
}

#[tokio::test]
async fn a_part_that_was_passed_by_is_served_when_the_one_that_passed_it_is_full() {
    let budget = budget(996 * KIB);
    let (near, far) = (budget.share(522 * KIB), budget.share(434 * KIB));
    near.grow_to(512 * KIB).await;
    far.grow_to(384 * KIB).await;
    let mut waits = Box::pin(far.grow_to(434 * KIB));
    assert!((&mut waits).now_or_never().is_none(), "what is free is promised to the other");
    near.grow_to(522 * KIB).now_or_never().expect("it was promised");
    waits.now_or_never().expect("enough is free, and nobody else needs it");
    assert_eq!(free(budget), 40 * KIB);
}

/// Parts of all sizes that fill at all paces, in a budget that has room for few.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parts_never_wait_for_each_other_for_ever() {
    let budget = budget(10 * MIB);
    let done = Arc::new(Mutex::new(0));
    let parts = (0..200_u64).map(|number| {
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            let mut dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut roll = |sides: u64| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                dice % sides
            };
            for _ in 0..5 {
                let most = [100_000, 5 * MIB, 8 * MIB, 8 * MIB, 16 * MIB][usize::try_from(roll(5)).unwrap()];
                let length = if roll(3) == 0 { most } else { roll(most) };
                let share = budget.share(most);
                let mut arrived = 0;
                while arrived < length {
                    arrived = length.min(arrived + 1 + roll(MIB));
                    share.grow_to(arrived).await;
                    yield_now().await;
                }
                if roll(4) > 0 {
                    share.is_full(length);
                    yield_now().await;
                }
            }
            *done.lock().unwrap() += 1;
        })
    });
    let ended = timeout(LONG, join_all(parts)).await;
    assert!(ended.is_ok(), "only {} of 200 have ended", done.lock().unwrap());
    assert_eq!(free(budget), 10 * MIB);
}
