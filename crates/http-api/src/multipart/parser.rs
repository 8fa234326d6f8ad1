//! The parser itself: bytes in, steps out; it reads nothing.

use bytes::{Buf, Bytes};
use memchr::{memmem, memmem::Finder, memrchr};

use super::{Boundary, Head, Limits, MultipartError};

/// Spaces and tabs that may stand between a boundary and the end of its line.
const PADDING: usize = 64;

/// A line's end: what a delimiter starts with.
const LINE_END: &[u8] = b"\r\n";

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// More bytes are needed.
    NeedMore,
    /// A part begins.
    Part(Head),
    /// Bytes of its content, never none.
    Data(Bytes),
    /// It has ended.
    PartEnd,
    /// The last boundary has been read; what comes behind it does not count.
    End,
}

/// Finds the parts in what is pushed.
pub(super) struct Parser {
    state: State,
    /// The end of a part's content is still to be said.
    part_ends: bool,
    /// A line's end, two dashes, the boundary.
    delimiter: Finder<'static>,
    /// Bytes before `chunk` that may be the start of a delimiter's line; never more than such a line has.
    carry: Vec<u8>,
    /// How many bytes at the start of `carry` were never in the body: a boundary may stand at its very start, and at
    /// that of a content, as if a line had ended there.
    imagined: usize,
    chunk: Bytes,
    limits: Limits,
    parts: usize,
}

/// Where it stands.
#[derive(Debug)]
enum State {
    /// Before the first boundary; so many bytes were skipped.
    Preamble(usize),
    /// In the header of a part: what is there of it.
    Head(Vec<u8>),
    /// In the content of a part.
    Content,
    /// Behind the last boundary.
    End,
    /// Nothing can be read any more.
    Failed(MultipartError),
}

/// What was found in the bytes that are there.
enum Scanned {
    NeedMore,
    Content(Bytes),
    /// A boundary, and the last content before it.
    Boundary {
        before: Bytes,
        last: bool,
    },
}

/// Where in some bytes a boundary's line stands.
enum Found {
    /// From `at` to `end`.
    Line { at: usize, end: usize, last: bool },
    /// Perhaps from here on; not before.
    NotBefore(usize),
}

/// What follows the bytes of a delimiter.
#[derive(Debug, PartialEq, Eq)]
enum Rest {
    /// Its line ends after so many bytes, and a part begins.
    Next(usize),
    /// Two dashes: it was the last.
    Last,
    /// Too little is there to tell.
    Unclear,
    /// It is content that looks like a delimiter.
    Content,
}

impl Parser {
    pub(super) fn new(boundary: &Boundary, limits: Limits) -> Self {
        Self {
            state: State::Preamble(0),
            part_ends: false,
            delimiter: Finder::new(&boundary.delimiter()).into_owned(),
            carry: LINE_END.to_vec(),
            imagined: LINE_END.len(),
            chunk: Bytes::new(),
            limits,
            parts: 0,
        }
    }

    /// Takes the next bytes of the body; only after [`Step::NeedMore`].
    pub(super) fn push(&mut self, bytes: Bytes) {
        debug_assert!(self.chunk.is_empty(), "what was pushed before is used up");
        self.chunk = bytes;
    }

    /// Fails for good.
    pub(super) fn fail(&mut self, error: MultipartError) -> MultipartError {
        self.chunk = Bytes::new();
        self.state = State::Failed(error.clone());
        error
    }

    /// What comes next.
    pub(super) fn step(&mut self) -> Result<Step, MultipartError> {
        if std::mem::take(&mut self.part_ends) {
            return Ok(Step::PartEnd);
        }
        loop {
            match &self.state {
                State::Preamble(skipped) => {
                    let skipped = *skipped;
                    match self.scan() {
                        Scanned::NeedMore => return Ok(Step::NeedMore),
                        Scanned::Boundary { last, .. } => self.begin(last)?,
                        Scanned::Content(bytes) if skipped + bytes.len() > self.limits.head => {
                            return Err(self.fail(MultipartError::NoBoundary));
                        }
                        Scanned::Content(bytes) => self.state = State::Preamble(skipped + bytes.len()),
                    }
                }
                State::Head(_) => return self.head(),
                State::Content => {
                    return Ok(match self.scan() {
                        Scanned::NeedMore => Step::NeedMore,
                        Scanned::Content(bytes) => Step::Data(bytes),
                        Scanned::Boundary { before, last } => {
                            self.begin(last)?;
                            self.part_ends = !before.is_empty();
                            if before.is_empty() { Step::PartEnd } else { Step::Data(before) }
                        }
                    });
                }
                State::End => return Ok(Step::End),
                State::Failed(error) => return Err(error.clone()),
            }
        }
    }

    /// Goes on behind a boundary.
    fn begin(&mut self, last: bool) -> Result<(), MultipartError> {
        if last {
            self.chunk = Bytes::new();
            self.state = State::End;
            return Ok(());
        }
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(self.fail(MultipartError::TooManyParts));
        }
        self.state = State::Head(Vec::new());
        Ok(())
    }

    fn head(&mut self) -> Result<Step, MultipartError> {
        let State::Head(head) = &mut self.state else { unreachable!("only called in a header") };
        let before = head.len();
        // With the empty line at its end.
        let room = (self.limits.head + 4).saturating_sub(before);
        head.extend_from_slice(&self.chunk[..room.min(self.chunk.len())]);
        let end = if head.starts_with(LINE_END) {
            Some(LINE_END.len())
        } else {
            let from = before.saturating_sub(3);
            memmem::find(&head[from..], b"\r\n\r\n").map(|at| from + at + 4)
        };
        let Some(end) = end else {
            if head.len() > self.limits.head {
                return Err(self.fail(MultipartError::HeadTooLarge));
            }
            self.chunk = Bytes::new();
            return Ok(Step::NeedMore);
        };
        let parsed = Head::parse(&head[..end]);
        self.chunk.advance(end - before);
        let head = parsed.map_err(|error| self.fail(error))?;
        self.state = State::Content;
        self.carry = LINE_END.to_vec();
        self.imagined = LINE_END.len();
        Ok(Step::Part(head))
    }

    /// Content up to the next boundary, or as much as is certain.
    fn scan(&mut self) -> Scanned {
        if !self.carry.is_empty()
            && let Some(scanned) = self.scan_carried()
        {
            return scanned;
        }
        match find(&self.delimiter, &self.chunk) {
            Found::Line { at, end, last } => {
                let before = self.chunk.split_to(at);
                self.chunk.advance(end - at);
                Scanned::Boundary { before, last }
            }
            Found::NotBefore(at) => {
                let content = self.chunk.split_to(at);
                self.carry.extend_from_slice(&self.chunk);
                self.chunk = Bytes::new();
                if content.is_empty() { Scanned::NeedMore } else { Scanned::Content(content) }
            }
        }
    }

    /// The same for what was carried; `None` when nothing of it is left, and the chunk is to be looked at.
    fn scan_carried(&mut self) -> Option<Scanned> {
        if self.chunk.is_empty() {
            return Some(Scanned::NeedMore);
        }
        let carried = self.carry.len();
        // As much as it takes to tell whether a boundary's line starts in what was carried.
        let window = self.delimiter.needle().len() + PADDING + LINE_END.len();
        let taken = self.chunk.len().min(window);
        let mut joint = std::mem::take(&mut self.carry);
        joint.extend_from_slice(&self.chunk[..taken]);
        match find(&self.delimiter, &joint) {
            Found::Line { at, end, last } if at < carried => {
                self.chunk.advance(end - carried);
                let before = self.real(&joint[..at]);
                self.imagined = 0;
                Some(Scanned::Boundary { before, last })
            }
            Found::NotBefore(at) if taken == self.chunk.len() => {
                self.chunk = Bytes::new();
                let content = self.real(&joint[..at]);
                self.carry = joint.split_off(at);
                Some(if content.is_empty() { Scanned::NeedMore } else { Scanned::Content(content) })
            }
            _ => {
                let content = self.real(&joint[..carried]);
                (!content.is_empty()).then_some(Scanned::Content(content))
            }
        }
    }

    /// What of these bytes, the first that were carried, has been in the body.
    fn real(&mut self, bytes: &[u8]) -> Bytes {
        let imagined = self.imagined.min(bytes.len());
        self.imagined -= imagined;
        Bytes::copy_from_slice(&bytes[imagined..])
    }
}

/// Looks for the first boundary's line in `bytes`.
fn find(delimiter: &Finder<'_>, bytes: &[u8]) -> Found {
    let needle = delimiter.needle();
    let mut from = 0;
    while let Some(at) = delimiter.find(&bytes[from..]).map(|at| from + at) {
        let rest = at + needle.len();
        match rest_of_line(&bytes[rest..]) {
            Rest::Next(length) => return Found::Line { at, end: rest + length, last: false },
            Rest::Last => return Found::Line { at, end: rest + 2, last: true },
            Rest::Unclear => return Found::NotBefore(at),
            Rest::Content => from = at + 1,
        }
    }
    // The start of a delimiter at the very end: it can only be the last carriage return, as there is no other in it.
    let tail = from.max((bytes.len() + 1).saturating_sub(needle.len()));
    let start = memrchr(b'\r', &bytes[tail..]).map(|at| tail + at).filter(|at| needle.starts_with(&bytes[*at..]));
    Found::NotBefore(start.unwrap_or(bytes.len()))
}

fn rest_of_line(bytes: &[u8]) -> Rest {
    let padding = bytes.iter().take(PADDING).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &bytes[padding..] {
        [b'\r', b'\n', ..] => Rest::Next(padding + 2),
        [b'-', b'-', ..] if padding == 0 => Rest::Last,
        [] | [b'\r'] => Rest::Unclear,
        [b'-'] if padding == 0 => Rest::Unclear,
        _ => Rest::Content,
    }
}
