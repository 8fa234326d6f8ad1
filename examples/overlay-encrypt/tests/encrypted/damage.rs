//! Whoever can write to the storage cannot change a file unnoticed.

use std::fs;

use longshore_provider::{ByteRange, ErrorKind};

use crate::project::{KEY, OTHER_KEY, Project, SEGMENT, content, get, put};

const SEALED: usize = SEGMENT + 16;
const HEADER: usize = 48;

/// What reading says when the stored bytes are changed so.
async fn read_after(change: impl FnOnce(&mut Vec<u8>)) -> (ErrorKind, String) {
    let project = Project::local();
    let provider = project.open().await;
    put(&provider, "a.bin", &content(3 * SEGMENT + 100)).await;
    let path = project.path("files/a.bin");
    let mut stored = fs::read(&path).unwrap();
    change(&mut stored);
    fs::write(&path, stored).unwrap();
    let error = get(&provider, "a.bin", None).await.unwrap_err();
    (error.kind(), error.message().to_owned())
}

async fn damaged(change: impl FnOnce(&mut Vec<u8>)) {
    let (kind, message) = read_after(change).await;
    assert_eq!(kind, ErrorKind::Internal, "{message}");
    assert_eq!(message, "`a.bin` cannot be decrypted: it was changed or cut off since it was stored");
}

#[tokio::test]
async fn a_changed_byte_is_noticed_wherever_it_stands() {
    let last = HEADER + 3 * SEALED;
    // The salt, a segment, its tag, the last segment.
    for at in [16, 47, HEADER, HEADER + SEALED + 5, HEADER + SEALED - 1, last + 50, last + 115] {
        damaged(|stored| stored[at] ^= 1).await;
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_noticed_also_between_segments() {
    for length in [20, HEADER, HEADER + 5, HEADER + SEALED, HEADER + 3 * SEALED, HEADER + 3 * SEALED + 40] {
        damaged(|stored| stored.truncate(length)).await;
    }
}

#[tokio::test]
async fn segments_cannot_be_exchanged_repeated_left_out_or_added() {
    let segment = |number: usize| HEADER + number * SEALED..HEADER + (number + 1) * SEALED;
    damaged(|stored| {
        let second = stored[segment(1)].to_vec();
        stored.copy_within(segment(2), segment(1).start);
        stored[segment(2)].copy_from_slice(&second);
    })
    .await;
    damaged(|stored| stored.copy_within(segment(0), segment(1).start)).await;
    damaged(|stored| drop(stored.drain(segment(1)))).await;
    damaged(|stored| {
        let first = stored[segment(0)].to_vec();
        stored.extend(first);
    })
    .await;
}

#[tokio::test]
async fn a_segment_of_another_file_does_not_fit() {
    let project = Project::local();
    let provider = project.open().await;
    for key in ["a.bin", "b.bin"] {
        put(&provider, key, &content(2 * SEGMENT)).await;
    }
    let (mut stored, other) =
        (fs::read(project.path("files/a.bin")).unwrap(), fs::read(project.path("files/b.bin")).unwrap());
    stored[HEADER..].copy_from_slice(&other[HEADER..]);
    fs::write(project.path("files/a.bin"), stored).unwrap();
    assert_eq!(get(&provider, "a.bin", None).await.unwrap_err().kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn nothing_of_a_changed_segment_is_handed_out_and_the_others_can_be_read() {
    let project = Project::local();
    let provider = project.open().await;
    let bytes = content(20 * SEGMENT);
    put(&provider, "a.bin", &bytes).await;
    let path = project.path("files/a.bin");
    let mut stored = fs::read(&path).unwrap();
    stored[HEADER + 10 * SEALED] ^= 1;
    fs::write(&path, stored).unwrap();
    let mut opened = provider.open(&"a.bin".file(), None, &longshore_provider::Call::new()).await.unwrap();
    let mut found = Vec::new();
    let error = loop {
        match opened.body.next().await.expect("an error comes before the end") {
            Ok(chunk) => found.extend_from_slice(&chunk),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(found.len() <= 10 * SEGMENT && found == bytes[..found.len()]);
    let range = ByteRange { start: 11 * SEGMENT as u64, length: None };
    assert_eq!(get(&provider, "a.bin", Some(range)).await.unwrap().0, bytes[11 * SEGMENT..]);
}

#[tokio::test]
async fn another_key_is_told_from_damage_before_anything_is_decrypted() {
    let project = Project::local();
    put(&project.open().await, "a.bin", &content(1000)).await;
    let other = project.open_with(&format!("key = \"{OTHER_KEY}\"")).await.unwrap();
    for error in [
        get(&other, "a.bin", None).await.unwrap_err(),
        get(&other, "a.bin", Some(ByteRange { start: 3, length: None })).await.unwrap_err(),
        other.head(&"a.bin".file(), &longshore_provider::Call::new()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
        let expected = "`a.bin` was encrypted with another key than providerOptions.encryption.key";
        assert_eq!(error.message(), expected);
        assert!(!format!("{error:?}").contains(&KEY[..12]));
    }
}

#[tokio::test]
async fn a_later_version_of_the_format_is_named() {
    let (kind, message) = read_after(|stored| stored[7] = 2).await;
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(message.contains("version 2 of the format"), "{message}");
}

trait Named {
    fn file(&self) -> longshore_provider::File;
}

impl Named for str {
    fn file(&self) -> longshore_provider::File {
        longshore_provider::File::at(self)
    }
}
