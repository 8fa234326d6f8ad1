//! Symbolic links: what stays inside is followed, nothing leaves.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use longshore_provider::{Call, ErrorKind, File, ListRequest};
use tokio::time::timeout;

use crate::fixture::{Project, body, get, put};

#[tokio::test]
async fn a_folder_that_is_a_link_out_is_refused_for_everything() {
    let project = Project::new();
    fs::create_dir(project.outside("other")).unwrap();
    fs::write(project.outside("other/secret"), "secret").unwrap();
    symlink(project.outside("other"), project.file("absolute")).unwrap();
    symlink("../../other", project.file("relative")).unwrap();
    let local = project.open().await;
    for folder in ["absolute", "relative"] {
        let secret = format!("{folder}/secret");
        let mut errors = vec![
            put(&local, &format!("{folder}/new"), "x").await.unwrap_err(),
            put(&local, &format!("{folder}/deeper/new"), "x").await.unwrap_err(),
            get(&local, &secret).await.unwrap_err(),
            local.head(&File::at(&secret), &Call::new()).await.unwrap_err(),
            local.delete(&File::at(&secret), &Call::new()).await.unwrap_err(),
            local.replace(&File::at(&secret), &File::at(&secret), body("x"), &Call::new()).await.unwrap_err(),
        ];
        errors.push(local.list(&ListRequest::prefix(format!("{folder}/")), &Call::new()).await.unwrap_err());
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
            assert!(error.message().contains("symbolic link"), "{error:?}");
        }
    }
    assert_eq!(fs::read_to_string(project.outside("other/secret")).unwrap(), "secret");
    assert_eq!(fs::read_dir(project.outside("other")).unwrap().count(), 1);
    assert_eq!(local.list(&ListRequest::default(), &Call::new()).await.unwrap().objects, []);
    assert_eq!(project.files(), ["absolute", "relative"]);
}

#[tokio::test]
async fn a_file_that_is_a_link_out_is_not_read_and_is_replaced_itself() {
    let project = Project::new();
    fs::write(project.outside("secret"), "secret").unwrap();
    symlink("../../secret", project.file("x")).unwrap();
    let local = project.open().await;
    assert_eq!(get(&local, "x").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(local.list(&ListRequest::default(), &Call::new()).await.unwrap().objects, []);
    put(&local, "x", "new").await.unwrap();
    assert_eq!(fs::read_to_string(project.outside("secret")).unwrap(), "secret");
    assert_eq!(get(&local, "x").await.unwrap(), "new");

    symlink("../../secret", project.file("y")).unwrap();
    local.delete(&File::at("y"), &Call::new()).await.unwrap();
    assert!(project.outside("secret").exists());
    assert_eq!(project.files(), ["x"]);
}

#[tokio::test]
async fn links_that_stay_inside_are_followed() {
    let project = Project::new();
    fs::create_dir(project.file("real")).unwrap();
    symlink("real", project.file("alias")).unwrap();
    let local = project.open().await;
    put(&local, "alias/x", "through").await.unwrap();
    assert_eq!(get(&local, "real/x").await.unwrap(), "through");
}

#[tokio::test]
async fn a_link_to_a_folder_is_neither_replaced_nor_deleted() {
    let project = Project::new();
    fs::create_dir(project.file("real")).unwrap();
    symlink("real", project.file("alias")).unwrap();
    let local = project.open().await;
    put(&local, "alias/x", "through").await.unwrap();
    let error = put(&local, "alias", "x").await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains("it is a folder"), "{error}");
    local.delete(&File::at("alias"), &Call::new()).await.unwrap();
    assert_eq!(get(&local, "alias/x").await.unwrap(), "through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_is_swapped_in_keeps_nobody_waiting() {
    let project = Project::new();
    let local = project.open().await;
    let stop = AtomicBool::new(false);
    let runtime = tokio::runtime::Handle::current();
    let (pipe, spare) = (project.outside("pipe"), project.outside("spare"));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::write(&spare, "x");
                let _ = fs::rename(&spare, project.file("x"));
                let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
                let _ = rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0);
                let _ = fs::rename(&pipe, project.file("x"));
            }
        });
        let reads = scope.spawn(|| {
            let reads = async {
                for _ in 0..2000 {
                    let _ = get(&local, "x").await;
                }
            };
            runtime.block_on(async { timeout(Duration::from_secs(30), reads).await })
        });
        let reads = reads.join();
        stop.store(true, Ordering::Relaxed);
        assert!(reads.unwrap().is_ok(), "a read waits for a writer of the pipe");
    });
}

#[tokio::test]
async fn the_folder_of_files_may_itself_be_a_link() {
    let project = Project::new();
    fs::create_dir(project.outside("elsewhere")).unwrap();
    fs::remove_dir(project.file("")).unwrap();
    symlink(project.outside("elsewhere"), project.outside("public/uploads")).unwrap();
    let local = project.open().await;
    put(&local, "x", "x").await.unwrap();
    assert!(project.outside("elsewhere/x").exists());
}

#[tokio::test]
async fn temporary_files_do_not_leave_through_a_link_either() {
    let project = Project::new();
    fs::create_dir(project.outside("other")).unwrap();
    symlink(project.outside("other"), project.file(".longshore-tmp")).unwrap();
    let local = project.open().await;
    assert_eq!(put(&local, "x", "x").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read_dir(project.outside("other")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_link_that_is_swapped_in_during_a_call_is_not_followed() {
    let project = Project::new();
    fs::create_dir(project.outside("other")).unwrap();
    fs::create_dir(project.file("real")).unwrap();
    let local = project.open().await;
    let stop = AtomicBool::new(false);
    let runtime = tokio::runtime::Handle::current();
    let (link, folder) = (project.outside("link"), project.file("a"));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                // Each rename puts the one in the other's place at once.
                let _ = fs::remove_file(&link);
                let _ = symlink(project.outside("other"), &link);
                let _ = fs::rename(&link, &folder);
                let _ = symlink("real", &link);
                let _ = fs::rename(&link, &folder);
            }
        });
        scope.spawn(|| {
            for n in 0..300 {
                let _ = runtime.block_on(put(&local, &format!("a/{n}"), "x"));
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
    assert_eq!(fs::read_dir(project.outside("other")).unwrap().count(), 0);
    assert!(fs::read_dir(project.file("real")).unwrap().count() > 0, "no upload was done while the link led inside");
}
