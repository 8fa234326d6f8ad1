//! The parser's results for complete bodies and for bodies in pieces.

use futures::{FutureExt, stream};
use longshore_provider::{Error as BodyError, ErrorKind};
use proptest::prelude::*;

use futures::StreamExt as _;

use super::*;

const LIMITS: Limits = Limits { head: 8 * 1024, parts: 200, text: 1024 * 1024 };

/// The tests never wait: all bytes are available at once.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

type Parsed = Vec<(Head, Vec<u8>)>;

fn boundary() -> Boundary {
    Boundary::of_content_type("multipart/form-data; boundary=XX").unwrap().unwrap()
}

fn read(pieces: impl IntoIterator<Item = Vec<u8>>, limits: Limits) -> Result<Parsed, MultipartError> {
    let pieces: Vec<_> = pieces.into_iter().map(|piece| Ok(Bytes::from(piece))).collect();
    let mut multipart = Multipart::new(stream::iter(pieces), &boundary(), limits);
    block_on(async {
        let mut parts = Vec::new();
        while let Some(mut part) = multipart.next().await? {
            let mut content = Vec::new();
            while let Some(chunk) = part.body.chunk().await? {
                assert!(!chunk.is_empty());
                content.extend_from_slice(&chunk);
            }
            parts.push((part.head, content));
        }
        Ok(parts)
    })
}

fn parse(body: &[u8]) -> Result<Parsed, MultipartError> {
    read([body.to_vec()], LIMITS)
}

fn contents(body: &[u8]) -> Result<Vec<Vec<u8>>, MultipartError> {
    parse(body).map(|parts| parts.into_iter().map(|(_, content)| content).collect())
}

fn part(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

#[test]
fn a_form_as_browsers_send_it() {
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
        \x89PNG\r\n\r\n--XX\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n\r\n--XX--\r\n";
    let parts = parse(body).unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].0.filename.as_deref(), Some("a.png"));
    assert_eq!(parts[0].0.content_type.as_deref(), Some("image/png"));
    assert_eq!(parts[0].1, b"\x89PNG\r\n");
    assert_eq!((parts[1].0.name.as_str(), parts[1].1.as_slice()), ("path", &b""[..]));
}

#[test]
fn preamble_epilogue_and_padding_do_not_count() {
    let body = b"hello\r\n--XX \t\r\n\r\none\r\n--XX\r\n\r\ntwo\r\n--XX-- \r\nbye\r\n--XX\r\n\r\nthree";
    assert_eq!(contents(body), Ok(vec![b"one".to_vec(), b"two".to_vec()]));
}

#[test]
fn a_body_may_end_without_a_line_end() {
    assert_eq!(contents(b"--XX\r\n\r\none\r\n--XX--"), Ok(vec![b"one".to_vec()]));
}

#[test]
fn a_form_may_be_empty() {
    assert_eq!(contents(b"--XX--\r\n"), Ok(vec![]));
}

#[test]
fn an_empty_content_may_lack_its_line_end() {
    assert_eq!(contents(b"--XX\r\nA: b\r\n\r\n--XX--"), Ok(vec![vec![]]));
}

#[test]
fn content_that_looks_like_a_boundary_is_content() {
    for content in [
        &b"\r\n--X"[..],
        b"\r\n--XXY",
        b"\r\n--XX-",
        b"\r\n--XX- ",
        b"\r\n--XX\r",
        b"\r\n--XX\n",
        b"\r\r\n--X\r\n--\r\n-",
        b"\n--XX\r\n",
        b"\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\r\n--XX \t x\r\n",
    ] {
        let body = [&part("a", content)[..], &part("b", content), b"--XX--"].concat();
        assert_eq!(contents(&body), Ok(vec![content.to_vec(); 2]), "{}", content.escape_ascii());
    }
}

#[test]
fn a_body_that_breaks_off_is_an_error() {
    let body = [&part("a", b"one")[..], &part("b", b"two"), b"--XX--"].concat();
    for end in 0..body.len() {
        let expected = if end < body.len() - 2 { MultipartError::Truncated } else { continue };
        assert_eq!(parse(&body[..end]), Err(expected), "{end}");
    }
}

#[test]
fn a_body_without_its_boundary_is_refused_early() {
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 1000])));
    let mut multipart = Multipart::new(endless, &boundary(), LIMITS);
    assert_eq!(block_on(multipart.next()).err(), Some(MultipartError::NoBoundary));
    assert_eq!(block_on(multipart.next()).err(), Some(MultipartError::NoBoundary));
}

#[test]
fn a_header_of_a_megabyte_is_refused() {
    for header in [b"X: ".repeat(350_000), b"X: y\r\n".repeat(200_000), b"\r".repeat(1_000_000)] {
        let body = [&b"--XX\r\nA: "[..], &header].concat();
        assert_eq!(parse(&body), Err(MultipartError::HeadTooLarge));
        let pieces: Vec<Vec<u8>> = body.chunks(7).map(<[u8]>::to_vec).collect();
        assert_eq!(read(pieces, LIMITS), Err(MultipartError::HeadTooLarge));
    }
}

#[test]
fn a_header_up_to_the_limit_is_read() {
    let limits = Limits { head: 100, ..LIMITS };
    for (length, fits) in [(97, true), (98, false)] {
        let body = [&b"--XX\r\nA: "[..], &b"x".repeat(length), b"\r\n\r\n\r\n--XX--"].concat();
        assert_eq!(read([body], limits).is_ok(), fits, "{length}");
    }
}

#[test]
fn more_parts_than_the_limit_are_refused() {
    let parts = |count: usize| [part("a", b"").repeat(count), b"--XX--".to_vec()].concat();
    assert_eq!(parse(&parts(200)).map(|parts| parts.len()), Ok(200));
    assert_eq!(parse(&parts(1000)), Err(MultipartError::TooManyParts));
}

#[test]
fn texts_are_limited_together() {
    let body = [&part("a", b"12345")[..], &part("b", b"67890"), &part("c", b"x"), b"--XX--"].concat();
    let whole = [Ok(Bytes::from(body))];
    let mut multipart = Multipart::new(stream::iter(whole), &boundary(), Limits { text: 10, ..LIMITS });
    block_on(async {
        for expected in [Ok("12345".to_owned()), Ok("67890".to_owned()), Err(MultipartError::TextTooLarge)] {
            let part = multipart.next().await.unwrap().unwrap();
            assert_eq!(multipart.text(part.body).await, expected);
        }
    });
}

#[test]
fn the_unread_rest_of_a_part_is_skipped() {
    let body = [&part("a", &b"x".repeat(100_000))[..], &part("b", b"two"), b"--XX--"].concat();
    let pieces: Vec<_> = body.chunks(1000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let mut multipart = Multipart::new(stream::iter(pieces), &boundary(), LIMITS);
    block_on(async {
        let mut first = multipart.next().await.unwrap().unwrap();
        assert!(first.body.chunk().await.unwrap().is_some());
        let second = multipart.next().await.unwrap().unwrap();
        assert_eq!(first.body.chunk().await, Err(MultipartError::LeftBehind));
        assert_eq!(multipart.text(second.body).await.as_deref(), Ok("two"));
        assert!(multipart.next().await.unwrap().is_none());
        assert!(multipart.next().await.unwrap().is_none());
    });
}

#[test]
fn an_error_of_the_source_comes_behind_what_was_before_it() {
    let error = BodyError::new(ErrorKind::Timeout, "too slow");
    let pieces = [Ok(Bytes::from_static(b"--XX\r\n\r\nabc")), Ok(Bytes::from_static(b"def")), Err(error.clone())];
    let mut multipart = Multipart::new(stream::iter(pieces), &boundary(), LIMITS);
    block_on(async {
        let mut part = multipart.next().await.unwrap().unwrap();
        assert_eq!(part.body.next().await, Some(Ok(Bytes::from_static(b"abcdef"))));
        assert_eq!(part.body.next().await, Some(Err(error.clone())));
        assert_eq!(multipart.next().await.err(), Some(MultipartError::Body(error)));
    });
}

#[test]
fn large_chunks_are_handed_on_uncopied_and_small_ones_together() {
    let large = Bytes::from(vec![1; 100_000]);
    let small = Bytes::from(vec![2; 1000]);
    let mut pieces = vec![Ok(Bytes::from_static(b"--XX\r\n\r\n")), Ok(large.clone())];
    pieces.extend(std::iter::repeat_n(Ok(small), 300));
    pieces.push(Ok(large.clone()));
    let mut multipart = Multipart::new(stream::iter(pieces), &boundary(), LIMITS);
    block_on(async {
        let mut part = multipart.next().await.unwrap().unwrap();
        let mut chunks = Vec::new();
        while let Ok(Some(chunk)) = part.body.chunk().await {
            chunks.push(chunk);
        }
        let lengths: Vec<usize> = chunks.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [100_000, 262_000, 38_000, 100_000]);
        assert_eq!(chunks[0].as_ptr(), large.as_ptr());
        assert_eq!(chunks[3].as_ptr(), large.as_ptr());
    });
}

/// Text made of the parser's delimiters, so that near misses are common.
fn tricky() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"\r\n--XX"[..]),
        Just(&b"--"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\n"[..]),
        Just(&b"X"[..]),
        Just(&b" "[..]),
        Just(&b"\r\n\r\n"[..]),
        Just(&b"A: b"[..]),
        Just(&b"some content"[..]),
        Just(&[b' '; 70][..]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn split(body: &[u8], at: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = at.iter().map(|index| index.index(body.len() + 1)).collect();
    at.sort_unstable();
    at.push(body.len());
    let mut from = 0;
    let mut pieces = Vec::new();
    for end in at {
        pieces.push(body[from..end].to_vec());
        from = end;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_any_body_gives_the_same(
        body in tricky(),
        starts_well in any::<bool>(),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let body = if starts_well { [b"--XX\r\n\r\n", &body[..]].concat() } else { body };
        let whole = parse(&body);
        prop_assert_eq!(&read(split(&body, &at), LIMITS), &whole);
        let bytes: Vec<Vec<u8>> = body.iter().map(|byte| vec![*byte]).collect();
        prop_assert_eq!(&read(bytes, LIMITS), &whole);
    }

    #[test]
    fn what_was_put_in_comes_out(
        contents in prop::collection::vec(tricky(), 0..5),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        // A boundary line within a content cannot be distinguished from a real one.
        let contents: Vec<Vec<u8>> = contents.into_iter().map(|content| {
            String::from_utf8(content).unwrap().replace("--XX", "--XY").into_bytes()
        }).collect();
        let mut body: Vec<u8> = contents.iter().flat_map(|content| part("files", content)).collect();
        body.extend_from_slice(b"--XX--\r\n");
        let parsed = read(split(&body, &at), LIMITS).unwrap();
        let parsed: Vec<Vec<u8>> = parsed.into_iter().map(|(_, content)| content).collect();
        prop_assert_eq!(parsed, contents);
    }
}
