//! Tests of changes of the host's filter at any time.

use crate::{
    collector::seen,
    test_registry::{TestRegistry, filter, flush},
};

#[tokio::test]
async fn a_change_of_the_filter_reaches_the_library_at_once() {
    let test = TestRegistry::open().await;
    let count = || {
        flush();
        seen("misbehaving::quiet").len()
    };
    test.log("quiet").await;
    assert_eq!(count(), 0);
    for round in 1..=20 {
        filter("warn,misbehaving::quiet=trace");
        test.log("quiet").await;
        assert_eq!(count(), 2 * round, "an event and a record of `log`");
        filter("warn");
        test.log("quiet").await;
        assert_eq!(count(), 2 * round);
    }
}

#[tokio::test]
async fn a_change_of_the_filter_reaches_work_that_is_under_way() {
    let test = TestRegistry::open().await;
    filter("error");
    test.log("late").await;
    filter("info");
    loop {
        flush();
        if seen("misbehaving::late").iter().any(|seen| seen.names().is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
