//! Every chapter is in the summary, and every link to a file leads to one.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The chapters, with their text.
pub(crate) fn chapters() -> Vec<(PathBuf, String)> {
    let docs = longshore_test_artifacts::workspace().join("docs");
    let folders = [docs.clone(), docs.join("provider"), docs.join("options")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut chapters: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    chapters.sort();
    assert!(chapters.len() > 15, "{chapters:?}");
    chapters
}

/// The files that a text links to. Web addresses are left out.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://") && !target.starts_with('#') && target.contains(".md"))
}

#[test]
fn every_link_leads_to_a_file() {
    let root = longshore_test_artifacts::workspace();
    let others = ["README.md", "ARCHITECTURE.md"].map(|name| root.join(name));
    let others = others.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap()));
    let mut looked_at = 0;
    for (path, text) in chapters().into_iter().chain(others) {
        for link in links(&text) {
            let target = path.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(target.is_file(), "{} links to {link}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 30, "{looked_at}");
}

#[test]
fn every_chapter_is_in_the_summary() {
    let docs = longshore_test_artifacts::workspace().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary).map(|link| docs.join(link)).collect();
    for (path, _) in chapters() {
        assert!(path.ends_with("SUMMARY.md") || listed.contains(&path), "{} is not listed", path.display());
    }
}

/// The path without the folder of the project.
pub(crate) fn short(path: &Path) -> String {
    path.strip_prefix(longshore_test_artifacts::workspace()).unwrap_or(path).display().to_string()
}
