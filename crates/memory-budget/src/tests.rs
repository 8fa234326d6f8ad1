use std::time::Duration;

use futures::{FutureExt, future::join_all};
use tokio::{task::yield_now, time::timeout};

use super::*;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

#[tokio::test]
async fn a_reservation_holds_the_bytes_that_have_arrived() {
    let budget = MemoryBudget::new(16 * MIB);
    let slow: Vec<_> = (0..50).map(|_| budget.reserve(8 * MIB)).collect();
    for reservation in &slow {
        reservation.grow_to(1).now_or_never().expect("there is room for the first step of many");
    }
    assert_eq!(budget.free(), 16 * MIB - 50 * STEP);
    let small = budget.reserve(2 * MIB);
    small.grow_to(2 * MIB).now_or_never().expect("slow uploads keep no other waiting");
    drop((slow, small));
    assert_eq!(budget.free(), 16 * MIB);
}

#[tokio::test]
async fn a_final_reservation_gives_back_the_rest_and_takes_what_is_free() {
    let budget = MemoryBudget::new(4 * MIB);
    let (image, other) = (budget.reserve(3 * MIB), budget.reserve(MIB));
    image.grow_to(3 * MIB).await;
    image.finalize(2 * MIB);
    assert_eq!(budget.free(), 2 * MIB);
    other.grow_to(MIB).await;
    image.finalize(4 * MIB);
    assert_eq!(budget.free(), 0);
    drop(other);
    image.finalize(4 * MIB);
    assert_eq!(budget.free(), 0);
}

#[tokio::test]
async fn a_reservation_larger_than_the_budget_gets_all_of_it() {
    let budget = MemoryBudget::new(4 * MIB);
    let all = budget.reserve(64 * MIB);
    all.grow_to(64 * MIB).await;
    assert_eq!(budget.free(), 0);
    assert!(budget.reserve(1).grow_to(1).now_or_never().is_none());
    drop(all);
    assert_eq!(budget.free(), 4 * MIB);
}

#[tokio::test]
async fn a_budget_is_raised_and_never_lowered() {
    let budget = MemoryBudget::new(MIB);
    let all = budget.reserve(MIB);
    all.grow_to(MIB).await;
    let other = budget.reserve(MIB);
    let mut waits = Box::pin(other.grow_to(MIB));
    assert!((&mut waits).now_or_never().is_none());
    budget.raise_to(3 * MIB);
    waits.now_or_never().expect("the budget was raised");
    budget.raise_to(2 * MIB);
    assert_eq!(budget.free(), MIB);
}

#[tokio::test]
async fn one_reservation_can_always_be_filled_and_then_the_others() {
    let budget = MemoryBudget::new(10 * MIB);
    let reservations: Vec<_> = (0..4).map(|_| budget.reserve(8 * MIB)).collect();
    // In turns, as bytes arrive, until none gets any more.
    let mut reached = [0; 4];
    for bytes in (STEP..=8 * MIB).step_by(usize::try_from(STEP).unwrap()) {
        for (reservation, reached) in reservations.iter().zip(&mut reached) {
            if *reached + STEP == bytes && reservation.grow_to(bytes).now_or_never().is_some() {
                *reached = bytes;
            }
        }
    }
    assert_eq!(reached.iter().filter(|reached| **reached == 8 * MIB).count(), 1, "{reached:?}");
    for _ in 0..4 {
        let full = reached.iter().position(|reached| *reached == 8 * MIB).expect("one is full");
        reservations[full].finalize(0);
        reached[full] = 0;
        if let Some(next) = reached.iter().position(|reached| *reached > 0) {
            reservations[next]
                .grow_to(8 * MIB)
                .now_or_never()
                .expect("it gets the bytes that the one before gave back");
            reached[next] = 8 * MIB;
        }
    }
}

#[tokio::test]
async fn a_small_reservation_passes_large_ones_that_wait() {
    let budget = MemoryBudget::new(9 * MIB);
    let (slow, large) = (budget.reserve(8 * MIB), budget.reserve(8 * MIB));
    slow.grow_to(7 * MIB).await;
    let mut waits = Box::pin(large.grow_to(8 * MIB));
    assert!((&mut waits).now_or_never().is_none());
    let small = budget.reserve(STEP);
    small.grow_to(STEP).now_or_never().expect("it keeps no other from being filled");
    assert!((&mut waits).now_or_never().is_none());
    drop(small);
    slow.grow_to(8 * MIB).now_or_never().expect("it was promised");
    drop(slow);
    waits.await;
}

#[tokio::test]
async fn a_reservation_that_waits_for_free_bytes_is_not_passed() {
    let budget = MemoryBudget::new(8 * MIB);
    let sent = budget.reserve(8 * MIB);
    sent.grow_to(8 * MIB).await;
    let (first, second) = (budget.reserve(MIB), budget.reserve(STEP));
    let (mut waits, mut after) = (Box::pin(first.grow_to(MIB)), Box::pin(second.grow_to(STEP)));
    assert!((&mut waits).now_or_never().is_none() && (&mut after).now_or_never().is_none());
    sent.finalize(8 * MIB - STEP);
    assert!((&mut after).now_or_never().is_none(), "the first one has the step");
    drop(sent);
    waits.await;
    after.await;
}

#[tokio::test]
async fn a_caller_that_stops_waiting_leaves_nothing_behind() {
    let budget = MemoryBudget::new(MIB);
    let all = budget.reserve(MIB);
    all.grow_to(MIB).await;
    let late = budget.reserve(MIB);
    assert!(late.grow_to(1).now_or_never().is_none());
    drop(all);
    assert_eq!(budget.free(), MIB);
    late.grow_to(1).await;
    drop(late);
    assert_eq!(budget.free(), MIB);
}

#[tokio::test]
async fn a_reservation_that_was_passed_is_served_when_the_one_that_passed_it_is_full() {
    let budget = MemoryBudget::new(996 * KIB);
    let (near, far) = (budget.reserve(522 * KIB), budget.reserve(434 * KIB));
    near.grow_to(512 * KIB).await;
    far.grow_to(384 * KIB).await;
    let mut waits = Box::pin(far.grow_to(434 * KIB));
    assert!((&mut waits).now_or_never().is_none(), "the free bytes are promised to the other");
    near.grow_to(522 * KIB).now_or_never().expect("it was promised");
    waits.now_or_never().expect("enough is free, and no other needs it");
    assert_eq!(budget.free(), 40 * KIB);
}

/// Uploads of all sizes that arrive at all paces, in a budget that has room for few.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reservations_never_wait_for_each_other_for_ever() {
    let budget = MemoryBudget::new(10 * MIB);
    let uploads = (0..200_u64).map(|number| {
        let budget = budget.clone();
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
                let reservation = budget.reserve(most);
                let mut arrived = 0;
                while arrived < length {
                    arrived = length.min(arrived + 1 + roll(MIB));
                    reservation.grow_to(arrived).await;
                    yield_now().await;
                }
                if roll(4) > 0 {
                    // Less than has arrived, or more: formats are held beside an image.
                    reservation.finalize(length / 2 + roll(MIB));
                    yield_now().await;
                }
            }
        })
    });
    timeout(Duration::from_mins(1), join_all(uploads)).await.expect("all of them end");
    assert_eq!(budget.free(), 10 * MIB);
}
