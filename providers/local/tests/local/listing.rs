//! The extension `list`.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    time::{Duration, UNIX_EPOCH},
};

use longshore_provider::{Call, Handle, ListRequest, serde_json::json};

use crate::fixture::{Project, put};

/// In the order of their bytes, which is not that of a walk through folders.
const KEYS: [&str; 9] = ["a!", "a-b/x", "a/1", "a/2/deep/er", "a/3", "a0", "b", "b.txt", "c/only"];

async fn pages(local: &Handle, prefix: &str, limit: u32) -> Vec<Vec<String>> {
    let mut request = ListRequest::prefix(prefix);
    request.limit = limit;
    let mut pages = Vec::new();
    loop {
        let page = local.list(&request, &Call::new()).await.unwrap();
        pages.push(page.objects.into_iter().map(|object| object.relative_key).collect());
        match page.next {
            Some(next) => request.after = Some(next),
            None => return pages,
        }
    }
}

async fn filled(root: &str) -> (Project, Handle) {
    let project = Project::new();
    let local = project.open_with(json!({ "rootPath": root }), json!({})).await.unwrap();
    for key in KEYS {
        put(&local, key, key).await.unwrap();
    }
    (project, local)
}

#[tokio::test]
async fn pages_of_any_size_make_the_same_listing() {
    for root in ["", "some/root"] {
        let (project, local) = filled(root).await;
        // Folders without any file must neither end a page early nor be listed.
        for n in 0..20 {
            fs::create_dir_all(project.file(root).join(format!("a/0empty{n}/more"))).unwrap();
        }
        for limit in 0..=10 {
            let pages = pages(&local, "", limit).await;
            assert!(limit == 0 || pages.iter().all(|page| page.len() <= limit as usize));
            assert!(pages.iter().all(|page| !page.is_empty()));
            assert_eq!(pages.concat(), KEYS, "{limit} a page below {root:?}");
        }
    }
}

#[tokio::test]
async fn a_prefix_need_not_end_at_a_folder() {
    let (_project, local) = filled("root").await;
    for prefix in ["a", "a/", "a/2", "a/2/deep/", "b", "b.", "c/only", "d", "a/9/", "../", "/", "a//"] {
        let expected: Vec<_> = KEYS.into_iter().filter(|key| key.starts_with(prefix)).collect();
        assert_eq!(pages(&local, prefix, 2).await.concat(), expected, "{prefix:?}");
    }
}

#[tokio::test]
async fn an_object_is_listed_with_what_is_known_of_it() {
    let project = Project::new();
    let local = project.open_with(json!({ "rootPath": "root" }), json!({})).await.unwrap();
    let uploaded = put(&local, "a/x", "content").await.unwrap();
    let page = local.list(&ListRequest::default(), &Call::new()).await.unwrap();
    let [object] = page.objects.as_slice() else { panic!("{page:?}") };
    assert_eq!((object.key.as_str(), object.relative_key.as_str()), ("root/a/x", "a/x"));
    assert_eq!((object.size, &object.etag), (7, &uploaded.etag));
    assert!(object.last_modified.unwrap() > UNIX_EPOCH + Duration::from_secs(1_600_000_000));
}

#[tokio::test]
async fn names_that_are_no_keys_are_left_out() {
    let project = Project::new();
    let local = project.open().await;
    put(&local, "key", "x").await.unwrap();
    fs::write(project.file("").join(OsStr::from_bytes(b"latin1-\xe9")), "x").unwrap();
    fs::write(project.file("line\nbreak"), "x").unwrap();
    std::os::unix::fs::symlink(".", project.file("circle")).unwrap();
    assert_eq!(pages(&local, "", 0).await.concat(), ["key"]);
}

#[tokio::test]
async fn an_empty_folder_has_one_empty_page() {
    let project = Project::new();
    let local = project.open().await;
    assert_eq!(pages(&local, "", 0).await, [Vec::<String>::new()]);
}
