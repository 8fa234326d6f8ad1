use futures::{FutureExt, future::join_all};
use tokio::task::yield_now;

use super::*;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const SOON: Option<Duration> = Some(Duration::from_millis(20));

fn free(memory: &ImageMemory) -> usize {
    lock(&memory.book).free()
}

#[tokio::test]
async fn who_finds_no_memory_free_is_turned_away_after_a_while() {
    let memory = ImageMemory::new(4 * MIB, SOON);
    let (mut first, mut second, mut third) = (memory.share(3 * MIB), memory.share(2 * MIB), memory.share(MIB));
    first.grow_to(3 * MIB).await.unwrap();
    assert!(matches!(second.grow_to(2 * MIB).await, Err(Error::NoMemory)));
    drop(second);
    third.grow_to(MIB).await.unwrap();
    drop((first, third));
    assert_eq!(free(&memory), 4 * MIB);
    // An image that is larger than all of it has all of it.
    memory.share(100 * MIB).grow_to(100 * MIB).await.unwrap();
}

#[tokio::test]
async fn an_image_waits_so_long_for_all_of_its_steps_together() {
    let memory = ImageMemory::new(MIB, Some(Duration::from_millis(300)));
    let mut image = memory.share(MIB);
    for step in 1..=2 {
        let mut other = memory.share(MIB - (step - 1) * STEP);
        other.grow_to(MIB).await.unwrap();
        let given_back = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(other);
        };
        let (grown, ()) = tokio::join!(image.grow_to(step * STEP), given_back);
        assert_eq!(grown.is_ok(), step == 1, "{step}");
    }
}

#[tokio::test]
async fn a_share_is_what_has_arrived_whatever_it_may_come_to() {
    let memory = ImageMemory::new(16 * MIB, None);
    let mut slow: Vec<Share> = (0..50).map(|_| memory.share(8 * MIB)).collect();
    for share in &mut slow {
        share.grow_to(1).now_or_never().expect("there is room for the first step of many").unwrap();
    }
    assert_eq!(free(&memory), 16 * MIB - 50 * STEP);
    let mut small = memory.share(2 * MIB);
    small.grow_to(2 * MIB).now_or_never().expect("nobody who is slow keeps it waiting").unwrap();
}

#[tokio::test]
async fn who_is_settled_gets_more_at_once_or_not_at_all() {
    let memory = ImageMemory::new(4 * MIB, None);
    let (mut image, mut other) = (memory.share(3 * MIB), memory.share(MIB));
    image.grow_to(3 * MIB).await.unwrap();
    image.settle(2 * MIB);
    assert_eq!(free(&memory), 2 * MIB);
    other.grow_to(MIB).await.unwrap();
    image.settle(4 * MIB);
    assert_eq!(free(&memory), 0);
    drop(other);
    image.settle(4 * MIB);
    assert_eq!(free(&memory), 0);
}

#[tokio::test]
async fn bytes_have_their_share_as_long_as_anybody_has_them() {
    let memory = ImageMemory::new(MIB, SOON);
    let mut share = memory.share(MIB);
    share.grow_to(MIB).await.unwrap();
    let bytes = share.of(Bytes::from_static(b"x"));
    let part = bytes.slice(..1);
    drop(bytes);
    assert!(matches!(memory.share(MIB).grow_to(1).await, Err(Error::NoMemory)));
    drop(part);
    memory.share(MIB).grow_to(1).await.unwrap();
}

#[tokio::test]
async fn a_small_image_passes_large_ones_that_wait() {
    let memory = ImageMemory::new(9 * MIB, None);
    let (mut slow, mut large, mut small) = (memory.share(8 * MIB), memory.share(8 * MIB), memory.share(STEP));
    slow.grow_to(7 * MIB).await.unwrap();
    let mut waits = Box::pin(large.grow_to(8 * MIB));
    assert!((&mut waits).now_or_never().is_none());
    small.grow_to(STEP).now_or_never().expect("it keeps nobody from being whole").unwrap();
    drop(small);
    slow.grow_to(8 * MIB).now_or_never().expect("it was promised").unwrap();
    drop(slow);
    waits.await.unwrap();
}

#[tokio::test]
async fn an_image_that_was_passed_by_is_served_when_the_one_that_passed_it_is_whole() {
    let memory = ImageMemory::new(996 * KIB, None);
    let (mut near, mut far) = (memory.share(522 * KIB), memory.share(434 * KIB));
    near.grow_to(512 * KIB).await.unwrap();
    far.grow_to(384 * KIB).await.unwrap();
    let mut waits = Box::pin(far.grow_to(434 * KIB));
    assert!((&mut waits).now_or_never().is_none(), "what is free is promised to the other");
    near.grow_to(522 * KIB).now_or_never().expect("it was promised").unwrap();
    waits.now_or_never().expect("enough is free, and nobody else needs it").unwrap();
    assert_eq!(free(&memory), 40 * KIB);
}

/// Images of all sizes that arrive at all paces, in memory that has room for few.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn images_never_wait_for_each_other_for_ever() {
    let memory = Arc::new(ImageMemory::new(10 * MIB, None));
    let images = (0..200_usize).map(|number| {
        let memory = memory.clone();
        tokio::spawn(async move {
            let mut dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut roll = |sides: usize| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                dice % sides
            };
            for _ in 0..5 {
                let most = [100_000, 5 * MIB, 8 * MIB, 8 * MIB, 16 * MIB][roll(5)];
                let length = if roll(3) == 0 { most } else { roll(most) };
                let mut share = memory.share(most);
                let mut arrived = 0;
                while arrived < length {
                    arrived = length.min(arrived + 1 + roll(MIB));
                    share.grow_to(arrived).await.unwrap();
                    yield_now().await;
                }
                if roll(4) > 0 {
                    share.settle(length / 2 + roll(MIB));
                    yield_now().await;
                }
            }
        })
    });
    timeout(Duration::from_mins(1), join_all(images)).await.expect("all of them end");
    assert_eq!(free(&memory), 10 * MIB);
}
