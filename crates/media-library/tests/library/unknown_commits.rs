//! The connection to the database goes away at a commit, whose outcome is unknown then. Every commit of a change in
//! turn, however far it came, and whether or not the server can be reached after it.

use std::time::Duration;

use longshore_media_library::{MediaFile, Result};

use crate::{
    both::{Base, has_postgres},
    proxy::{Cut, Fate, Proxy},
    test_library::{TestLibrary, number, picture, text},
};

/// A table behind a proxy.
struct ProxiedLibrary {
    test: TestLibrary,
    proxy: Proxy,
}

impl ProxiedLibrary {
    async fn new() -> Self {
        let proxy = Proxy::start().await;
        let test = TestLibrary::with(|settings| {
            settings.database = proxy.before(&settings.database);
            settings.lease = Duration::from_millis(300);
            settings.provider_stall = Duration::from_millis(400);
        })
        .await;
        Self { test, proxy }
    }

    /// Runs `change` on a new file for each commit that it has, which is cut; checks what came of it once all is settled.
    async fn cut_at_each_commit<T>(
        &self,
        fate: Fate,
        gone: bool,
        change: impl AsyncFn(&TestLibrary, &MediaFile) -> Result<T>,
        check: impl AsyncFn(&TestLibrary, &MediaFile, &str, Result<T>),
    ) {
        for pass in 0.. {
            let file = self.test.upload(picture("before.png", 250, 160)).await.unwrap();
            self.proxy.arm(Cut { pass, fate, gone });
            let outcome = change(&self.test, &file).await;
            self.test.quiet().await;
            let Some(statement) = self.proxy.disarm() else {
                assert!(outcome.is_ok() && pass > 1, "every commit was cut: {pass}");
                return;
            };
            self.settle().await;
            let case = format!("{fate:?}, {}: {statement}", if gone { "gone" } else { "back" });
            self.assert_rows_and_objects_belong_together(&case).await;
            check(&self.test, &file, &case, outcome).await;
        }
    }

    /// Sweeps until nothing is left to do.
    async fn settle(&self) {
        for _ in 0..200 {
            self.test.library.sweep().await.unwrap();
            let unfinished = self.test.library.store().unfinished().await.unwrap();
            if unfinished.iter().all(|(_, files)| *files == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("rows are left");
    }

    async fn assert_rows_and_objects_belong_together(&self, case: &str) {
        let mut stored = Vec::new();
        for file in self.test.files().await {
            let formats = file.formats.iter().flatten().map(|format| (format.key.clone(), format.size_bytes));
            stored.extend(formats.chain([(file.key.clone(), file.size_bytes)]));
        }
        for (key, size) in &stored {
            let bytes = self.test.storage.bytes(key.as_deref().unwrap());
            assert_eq!(bytes.map(|bytes| bytes.len() as u64), Some(*size), "{case}: {key:?}");
        }
        assert_eq!(self.test.storage.keys().len(), stored.len(), "{case}");
    }
}

const FATES: [Fate; 3] = [Fate::Lost, Fate::OnItsWay, Fate::Done];

#[tokio::test]
async fn an_upload_whose_commit_is_unknown_is_there_or_is_not() {
    if !has_postgres() {
        return;
    }
    let upload = async |test: &TestLibrary, _: &MediaFile| {
        let mut batch = test.library.begin()?;
        batch.add(picture("a.png", 250, 160)).await?;
        batch.add(text("b.txt", "b")).await?;
        batch.finish().await
    };
    Base::Postgres
        .within(async {
            let proxied = ProxiedLibrary::new().await;
            for (fate, gone) in FATES.into_iter().flat_map(|fate| [(fate, false), (fate, true)]) {
                let check = async |test: &TestLibrary, _: &MediaFile, case: &str, outcome: Result<Vec<MediaFile>>| {
                    assert!(!gone || outcome.is_err(), "{case}: {outcome:?}");
                    for file in outcome.unwrap_or_default() {
                        let found = test.library.get(&number(&file)).await.unwrap();
                        assert_eq!(found.map(|found| found.name), Some(file.name), "{case}");
                    }
                };
                proxied.cut_at_each_commit(fate, gone, upload, check).await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_replacement_whose_commit_is_unknown_is_finished_or_undone() {
    if !has_postgres() {
        return;
    }
    let replace = async |test: &TestLibrary, file: &MediaFile| {
        let mut replacement = test.library.replace(&number(file)).await?;
        replacement.add(picture("after.png", 260, 170)).await?;
        replacement.finish().await
    };
    Base::Postgres
        .within(async {
            let proxied = ProxiedLibrary::new().await;
            for (fate, gone) in FATES.into_iter().flat_map(|fate| [(fate, false), (fate, true)]) {
                let check = async |test: &TestLibrary, file: &MediaFile, case: &str, outcome: Result<MediaFile>| {
                    let now = test.library.get(&number(file)).await.unwrap().unwrap();
                    match outcome {
                        Ok(_) => assert_eq!(now.name, "after.png", "{case}"),
                        Err(_) => assert!(["before.png", "after.png"].contains(&now.name.as_str()), "{case}"),
                    }
                };
                proxied.cut_at_each_commit(fate, gone, replace, check).await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_removal_whose_commit_is_unknown_takes_place_or_not() {
    if !has_postgres() {
        return;
    }
    let remove = async |test: &TestLibrary, file: &MediaFile| test.library.remove(&number(file)).await;
    Base::Postgres
        .within(Box::pin(async {
            let proxied = ProxiedLibrary::new().await;
            for (fate, gone) in FATES.into_iter().flat_map(|fate| [(fate, false), (fate, true)]) {
                let check = async |test: &TestLibrary, file: &MediaFile, case: &str, outcome: Result<MediaFile>| {
                    let found = test.library.get(&number(file)).await.unwrap();
                    assert!(outcome.is_err() || found.is_none(), "{case}");
                };
                proxied.cut_at_each_commit(fate, gone, remove, check).await;
            }
        }))
        .await;
}
