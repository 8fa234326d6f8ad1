//! Tests of changes of the host's filter at any time.

use crate::{
    collector::seen,
    scene::{Scene, filter, flush},
};

#[tokio::test]
async fn a_change_of_the_filter_reaches_the_library_at_once() {
    let scene = Scene::open().await;
    let count = || {
        flush();
        seen("misbehaving::quiet").len()
    };
    scene.log("quiet").await;
    assert_eq!(count(), 0);
    for round in 1..=20 {
        filter("warn,misbehaving::quiet=trace");
        scene.log("quiet").await;
        assert_eq!(count(), 2 * round, "an event and a record of `log`");
        filter("warn");
        scene.log("quiet").await;
        assert_eq!(count(), 2 * round);
    }
}

#[tokio::test]
async fn a_change_of_the_filter_reaches_work_that_is_under_way() {
    let scene = Scene::open().await;
    filter("error");
    scene.log("late").await;
    filter("info");
    loop {
        flush();
        if seen("misbehaving::late").iter().any(|seen| seen.names().is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
