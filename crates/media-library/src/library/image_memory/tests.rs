use super::*;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const SOON: Option<Duration> = Some(Duration::from_millis(20));

fn free(memory: &ImageMemory) -> usize {
    usize::try_from(memory.budget.free()).unwrap()
}

#[tokio::test]
async fn an_image_that_finds_no_memory_free_is_refused_after_a_while() {
    let memory = ImageMemory::new(4 * MIB, SOON);
    let (mut first, mut second, mut third) = (memory.reserve(3 * MIB), memory.reserve(2 * MIB), memory.reserve(MIB));
    first.grow_to(3 * MIB).await.unwrap();
    assert!(matches!(second.grow_to(2 * MIB).await, Err(Error::NoMemory)));
    drop(second);
    third.grow_to(MIB).await.unwrap();
    drop((first, third));
    assert_eq!(free(&memory), 4 * MIB);
    // An image that is larger than all of it has all of it.
    memory.reserve(100 * MIB).grow_to(100 * MIB).await.unwrap();
}

#[tokio::test]
async fn an_image_waits_so_long_for_all_of_its_steps_together() {
    let memory = ImageMemory::new(MIB, Some(Duration::from_millis(300)));
    let mut image = memory.reserve(MIB);
    for step in 1..=2 {
        let mut other = memory.reserve(MIB - (step - 1) * STEP);
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
async fn bytes_hold_their_reservation_until_the_last_copy_is_dropped() {
    let memory = ImageMemory::new(MIB, SOON);
    let mut reservation = memory.reserve(MIB);
    reservation.grow_to(MIB).await.unwrap();
    let bytes = reservation.attach(Bytes::from_static(b"x"));
    let part = bytes.slice(..1);
    drop(bytes);
    assert!(matches!(memory.reserve(MIB).grow_to(1).await, Err(Error::NoMemory)));
    drop(part);
    memory.reserve(MIB).grow_to(1).await.unwrap();
}
