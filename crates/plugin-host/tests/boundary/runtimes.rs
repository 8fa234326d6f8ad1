//! The busy time of each library's runtime.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use longshore_plugin_host::registry::{Registry, Runtime};
use longshore_provider::File;

use crate::{
    generations::{frozen, patched},
    project::Project,
};

/// The time for which the provider `misbehaving` blocks a thread when it deletes the file `block`.
const BLOCKED: Duration = Duration::from_millis(200);

fn project(provider: &str) -> Project {
    Project::new(&format!("[upload.config]\nprovider = \"{provider}\"\n"))
}

fn by_name(registry: &Registry) -> BTreeMap<String, Runtime> {
    registry.runtimes().into_iter().map(|runtime| (runtime.provider.clone(), runtime)).collect()
}

/// The busy time of the runtime `name` since `before`, once it has grown by [`BLOCKED`]. A thread reports its busy time
/// only when it is idle again.
fn busy_after(registry: &Registry, name: &str, before: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        let busy = by_name(registry)[name].busy;
        if busy >= before + BLOCKED || begun.elapsed() > Duration::from_secs(20) {
            return busy.saturating_sub(before);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_provider_that_keeps_its_thread_makes_its_own_runtime_busy() {
    let registry = project("overlaying1").open().await.unwrap();
    let before = by_name(&registry);
    assert_eq!(before.keys().collect::<Vec<_>>(), ["misbehaving", "overlaying1"], "the base's library has its own");
    assert!(before.values().all(|runtime| (2..=8).contains(&runtime.workers)), "{before:?}");

    registry.main().delete(&File::at("block")).await.unwrap();
    let busy = busy_after(&registry, "misbehaving", before["misbehaving"].busy);
    assert!(busy >= BLOCKED, "{busy:?}");
    let after = by_name(&registry);
    let waiting = after["overlaying1"].busy.saturating_sub(before["overlaying1"].busy);
    assert!(waiting < busy, "the overlay only awaits its base: {waiting:?}");
    assert!(after["misbehaving"].ratio > 0.0 && after.values().all(|runtime| runtime.ratio <= 1.0), "{after:?}");
}

#[tokio::test]
async fn libraries_of_one_name_count_together() {
    let project = project("misbehaving");
    patched(
        "longshore-fixture-overlay",
        &[(r#""name":"overlaying1""#, r#""name":"misbehaving""#)],
        &project,
        "misbehaving",
    );
    let registry = project.open().await.unwrap();
    let alone = self::project("misbehaving").open().await.unwrap();
    let (both, one) = (registry.runtimes(), alone.runtimes());
    assert_eq!((both.len(), one.len()), (1, 1), "{both:?} {one:?}");
    assert_eq!(both[0].workers, 2 * one[0].workers);
}

#[tokio::test]
async fn a_library_that_is_older_than_the_question_is_left_out() {
    let project = frozen();
    let registry = project.open().await.unwrap();
    assert_eq!(registry.runtimes(), []);
    assert_eq!(registry.runtimes(), [], "and is not asked again");
}

#[tokio::test]
async fn a_provider_that_is_shut_down_is_left_out() {
    let registry = project("misbehaving").open().await.unwrap();
    assert_eq!(registry.runtimes().len(), 1);
    registry.shutdown(Duration::from_secs(20)).await;
    assert_eq!(registry.runtimes(), []);
}
