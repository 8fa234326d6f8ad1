//! A range is what it would be of the file itself, and only the segments that have it are read.

use longshore_dev_s3::Operation;
use longshore_provider::{ByteRange, ErrorKind};

use crate::project::{Project, SEGMENT, content, get, put, server};

#[tokio::test]
async fn ranges_are_those_of_the_file() {
    let project = Project::local();
    let provider = project.open().await;
    for size in [1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 5 * SEGMENT + 100] {
        let bytes = content(size);
        put(&provider, "a.bin", &bytes).await;
        let places = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1, 3 * SEGMENT, 5 * SEGMENT + 99];
        for start in places.into_iter().filter(|start| *start < size) {
            for length in [None, Some(0), Some(1), Some(2), Some(SEGMENT), Some(3 * SEGMENT + 5), Some(usize::MAX)] {
                let range = ByteRange { start: start as u64, length: length.map(|length| length as u64) };
                let (found, told) = get(&provider, "a.bin", Some(range)).await.unwrap();
                let end = length.map_or(size, |length| start.saturating_add(length).min(size));
                assert!(found == bytes[start..end], "{range:?} of {size}");
                assert_eq!(told, size as u64, "the whole file's size");
            }
        }
    }
}

#[tokio::test]
async fn a_range_behind_the_end_is_refused() {
    let project = Project::local();
    let provider = project.open().await;
    put(&provider, "a.bin", &content(SEGMENT)).await;
    for start in [SEGMENT as u64, SEGMENT as u64 + 1, u64::MAX] {
        let range = ByteRange { start, length: Some(10) };
        let error = get(&provider, "a.bin", Some(range)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{start}: {error}");
        assert!(error.message().contains(&format!("has only {SEGMENT}")), "{error}");
    }
    put(&provider, "empty.bin", &content(0)).await;
    let none = ByteRange { start: 0, length: Some(10) };
    assert_eq!(get(&provider, "empty.bin", Some(none)).await.unwrap().1, 0);
}

#[tokio::test]
async fn of_the_base_only_the_header_and_the_segments_are_read() {
    let server = server().await;
    let provider = Project::s3(&server).open().await;
    let bytes = content(40 * SEGMENT);
    put(&provider, "a.bin", &bytes).await;
    server.clear_journal();
    let start = 20 * SEGMENT as u64 - 1;
    let (found, _) = get(&provider, "a.bin", Some(ByteRange { start, length: Some(2) })).await.unwrap();
    assert_eq!(found, bytes[20 * SEGMENT - 1..=20 * SEGMENT]);
    let journal = server.journal();
    let ranges: Vec<Option<&str>> = journal.iter().map(|request| request.header("range")).collect();
    let first = 48 + 19 * (SEGMENT + 16);
    let segments = format!("bytes={first}-{}", first + 2 * (SEGMENT + 16) - 1);
    assert_eq!(ranges, [Some("bytes=0-47"), Some(segments.as_str())]);
    server.clear_journal();
    assert_eq!(get(&provider, "a.bin", None).await.unwrap().0, bytes);
    let reads = server.journal().iter().filter(|request| request.operation == Some(Operation::GetObject)).count();
    assert_eq!(reads, 1, "all of it is one request");
}
