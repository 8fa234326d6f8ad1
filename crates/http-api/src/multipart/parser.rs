//! The parser itself, without I/O: the caller pushes bytes and receives steps.

use bytes::{Buf, Bytes};
use memchr::{memmem, memmem::Finder, memrchr};

use super::{boundary::Boundary, error::MultipartError, head::Head, limits::Limits};

/// The most spaces and tabs between a boundary and the end of its line.
const PADDING: usize = 64;

/// The line end with which a delimiter starts.
const LINE_END: &[u8] = b"\r\n";

/// The result of one step.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// The parser needs more bytes.
    NeedMore,
    /// A new part starts.
    Part(Head),
    /// Content of the current part, never empty.
    Data(Bytes),
    /// The current part has ended.
    PartEnd,
    /// The last boundary was read. All bytes behind it are ignored.
    End,
}

/// Finds the parts in the pushed bytes.
pub(super) struct Parser {
    state: State,
    /// Whether the end of the current part still has to be returned.
    part_ends: bool,
    /// A line end, two dashes, and the boundary.
    delimiter: Finder<'static>,
    /// Bytes before `chunk` that may start a delimiter line. Never longer than a delimiter line.
    carry: Vec<u8>,
    /// The number of bytes at the start of `carry` that are not part of the body. The parser assumes a line end before
    /// the body and before each content, because a boundary may be at their very start.
    imagined: usize,
    chunk: Bytes,
    limits: Limits,
    parts: usize,
}

/// The position of the parser.
#[derive(Debug)]
enum State {
    /// Before the first boundary, after skipping this number of bytes.
    Preamble(usize),
    /// In the header of a part, of which these bytes have been read.
    Head(Vec<u8>),
    /// In the content of a part.
    Content,
    /// Behind the last boundary.
    End,
    /// After an error. Every step returns it again.
    Failed(MultipartError),
}

/// The result of scanning the available bytes.
enum Scanned {
    NeedMore,
    Content(Bytes),
    /// A boundary, and the content before it.
    Boundary {
        before: Bytes,
        last: bool,
    },
}

/// The position of a boundary line in a buffer.
enum BoundaryPosition {
    /// The line is at `at..end`.
    Line { at: usize, end: usize, last: bool },
    /// A boundary line may start at this position, but not earlier.
    NotBefore(usize),
}

/// The kind of bytes that follow a delimiter.
#[derive(Debug, PartialEq, Eq)]
enum Rest {
    /// The delimiter line ends after this number of bytes, and another part starts.
    Next(usize),
    /// Two dashes: this was the last boundary.
    Last,
    /// More bytes are needed to decide.
    Unclear,
    /// The bytes only look like a delimiter, and are content.
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

    /// Pushes the next bytes of the body. Allowed only after [`Step::NeedMore`].
    pub(super) fn push(&mut self, bytes: Bytes) {
        debug_assert!(self.chunk.is_empty(), "what was pushed before is used up");
        self.chunk = bytes;
    }

    /// Fails permanently.
    pub(super) fn fail(&mut self, error: MultipartError) -> MultipartError {
        self.chunk = Bytes::new();
        self.state = State::Failed(error.clone());
        error
    }

    /// Advances to the next step.
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

    /// Continues behind a boundary.
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
        // The empty line at the end does not count towards the limit.
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

    /// Scans for the next boundary. Returns the content before it, or all bytes that certainly belong to the content.
    fn scan(&mut self) -> Scanned {
        if !self.carry.is_empty()
            && let Some(scanned) = self.scan_carried()
        {
            return scanned;
        }
        match find(&self.delimiter, &self.chunk) {
            BoundaryPosition::Line { at, end, last } => {
                let before = self.chunk.split_to(at);
                self.chunk.advance(end - at);
                Scanned::Boundary { before, last }
            }
            BoundaryPosition::NotBefore(at) => {
                let content = self.chunk.split_to(at);
                self.carry.extend_from_slice(&self.chunk);
                self.chunk = Bytes::new();
                if content.is_empty() { Scanned::NeedMore } else { Scanned::Content(content) }
            }
        }
    }

    /// Scans the carried bytes. Returns `None` if none are left and the chunk has to be scanned.
    fn scan_carried(&mut self) -> Option<Scanned> {
        if self.chunk.is_empty() {
            return Some(Scanned::NeedMore);
        }
        let carried = self.carry.len();
        // Enough bytes to decide whether a boundary line starts in the carried bytes.
        let window = self.delimiter.needle().len() + PADDING + LINE_END.len();
        let taken = self.chunk.len().min(window);
        let mut joint = std::mem::take(&mut self.carry);
        joint.extend_from_slice(&self.chunk[..taken]);
        match find(&self.delimiter, &joint) {
            BoundaryPosition::Line { at, end, last } if at < carried => {
                self.chunk.advance(end - carried);
                let before = self.real(&joint[..at]);
                self.imagined = 0;
                Some(Scanned::Boundary { before, last })
            }
            BoundaryPosition::NotBefore(at) if taken == self.chunk.len() => {
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

    /// Strips the assumed line end from the first carried bytes.
    fn real(&mut self, bytes: &[u8]) -> Bytes {
        let imagined = self.imagined.min(bytes.len());
        self.imagined -= imagined;
        Bytes::copy_from_slice(&bytes[imagined..])
    }
}

/// Finds the first boundary line in `bytes`.
fn find(delimiter: &Finder<'_>, bytes: &[u8]) -> BoundaryPosition {
    let needle = delimiter.needle();
    let mut from = 0;
    while let Some(at) = delimiter.find(&bytes[from..]).map(|at| from + at) {
        let rest = at + needle.len();
        match rest_of_line(&bytes[rest..]) {
            Rest::Next(length) => return BoundaryPosition::Line { at, end: rest + length, last: false },
            Rest::Last => return BoundaryPosition::Line { at, end: rest + 2, last: true },
            Rest::Unclear => return BoundaryPosition::NotBefore(at),
            Rest::Content => from = at + 1,
        }
    }
    // A delimiter may start at the very end. It can only start at the last carriage return, because a delimiter
    // contains no other.
    let tail = from.max((bytes.len() + 1).saturating_sub(needle.len()));
    let start = memrchr(b'\r', &bytes[tail..]).map(|at| tail + at).filter(|at| needle.starts_with(&bytes[*at..]));
    BoundaryPosition::NotBefore(start.unwrap_or(bytes.len()))
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
