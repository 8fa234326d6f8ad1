//! Faults: what tests make go wrong, for which requests, how often.

mod body;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;

pub(crate) use self::body::{cut, stall};
use crate::Operation;
use crate::refusal::Refusal;
use crate::target::Target;

/// Something that goes wrong with a request.
///
/// Without more it happens to every request until the faults are cleared; [`on`](Self::on), [`key`](Self::key),
/// [`skip`](Self::skip) and [`times`](Self::times) narrow it down. Where several faults apply to one request, all
/// happen: a delay and then an error, say.
///
/// ```
/// use std::time::Duration;
/// use longshore_dev_s3::{Fault, Operation};
///
/// // The third part of an upload fails twice.
/// let fault = Fault::slow_down().on(Operation::UploadPart).skip(2).times(2);
/// // Every read of one object takes a second longer.
/// let slow = Fault::delay(Duration::from_secs(1)).on(Operation::GetObject).key("big.bin");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault happens only when it is injected"]
pub struct Fault {
    effect: Effect,
    operations: Vec<Operation>,
    key: Option<String>,
    skip: usize,
    left: Option<usize>,
}

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Before the request is looked at.
    Delay(Duration),
    /// The request is read, and then refused.
    Refuse(Refusal),
    /// The request is read, and never answered.
    Hang,
    /// The request's body is not read, nor is it answered.
    StallRequest,
    /// The connection is reset at once.
    Reset,
    /// The operation is carried out and never answered.
    Withhold,
    /// The operation is carried out, and then the connection is reset.
    LoseAnswer,
    /// The body of the answer stops after so many bytes, and the connection stays.
    StallBody(u64),
    /// The connection ends after so many bytes of the answer's body.
    CutBody(u64),
    /// The answer has an `ETag` that is not the object's.
    WrongETag,
    /// The server's clock is off by so many seconds, ahead or behind.
    ClockSkew(i64),
}

impl Fault {
    /// `503 SlowDown`, as S3 says when it wants fewer requests.
    pub fn slow_down() -> Self {
        Self::error(503, "SlowDown", "Please reduce your request rate.")
    }

    /// `500 InternalError`.
    pub fn internal_error() -> Self {
        Self::error(500, "InternalError", "We encountered an internal error. Please try again.")
    }

    /// `403 AccessDenied`, as a user without the permission gets.
    pub fn access_denied() -> Self {
        Self::error(403, "AccessDenied", "Access Denied")
    }

    /// Any error of S3. The request's body is read first, so that every client gets to see the answer.
    ///
    /// The status may be 200: S3 answers `CompleteMultipartUpload` and `CopyObject` so when it fails after it has begun
    /// to answer.
    ///
    /// # Panics
    ///
    /// When `status` is no HTTP status.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let status = StatusCode::from_u16(status).expect("an HTTP status");
        Self::new(Effect::Refuse(Refusal::new(status, code, message)))
    }

    /// Waits before the request is handled.
    pub fn delay(duration: Duration) -> Self {
        Self::new(Effect::Delay(duration))
    }

    /// Reads the request and never answers; nothing is carried out.
    pub fn hang() -> Self {
        Self::new(Effect::Hang)
    }

    /// Does not even read the request's body.
    pub fn stall_request() -> Self {
        Self::new(Effect::StallRequest)
    }

    /// Resets the connection (RST) before anything is carried out.
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Carries the operation out, then resets the connection: the client cannot know that it succeeded.
    pub fn lose_answer() -> Self {
        Self::new(Effect::LoseAnswer)
    }

    /// Carries the operation out and never answers.
    pub fn withhold_answer() -> Self {
        Self::new(Effect::Withhold)
    }

    /// `502 Bad Gateway` with a page for people, as a proxy before the server answers. Nothing is carried out.
    pub fn bad_gateway() -> Self {
        Self::new(Effect::Refuse(Refusal::page(StatusCode::BAD_GATEWAY)))
    }

    /// Sends `after` bytes of the answer's body and then nothing more; the connection stays open.
    pub fn stall_body(after: u64) -> Self {
        Self::new(Effect::StallBody(after))
    }

    /// Sends `after` bytes of the answer's body and closes the connection.
    pub fn cut_body(after: u64) -> Self {
        Self::new(Effect::CutBody(after))
    }

    /// Answers with an `ETag` that is not the object's; what is stored is right.
    pub fn wrong_etag() -> Self {
        Self::new(Effect::WrongETag)
    }

    /// Sets the server's clock ahead (or back, when negative) by so many seconds: signatures, expiry and the header
    /// `Date` see it. A presigned URL that has expired by the true clock stays expired.
    pub fn clock_skew(seconds: i64) -> Self {
        Self::new(Effect::ClockSkew(seconds))
    }

    /// For this operation only. Called again, for that one too.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// For this key only.
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Lets the first so many matching requests pass.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Happens so often, and then no more.
    pub fn times(mut self, count: usize) -> Self {
        self.left = Some(count);
        self
    }

    fn new(effect: Effect) -> Self {
        Self { effect, operations: Vec::new(), key: None, skip: 0, left: None }
    }

    fn applies(&self, operation: Option<Operation>, target: &Target) -> bool {
        let on_operation = self.operations.is_empty() || operation.is_some_and(|one| self.operations.contains(&one));
        on_operation && self.key.as_ref().is_none_or(|key| target.key.as_ref() == Some(key))
    }

    /// Counts a request that the fault applies to.
    fn strike(&mut self) -> Option<Effect> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        match &mut self.left {
            Some(0) => return None,
            Some(left) => *left -= 1,
            None => {}
        }
        Some(self.effect.clone())
    }
}

/// The faults of a server; a clone is the same set.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// From the next request on.
    pub fn inject(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// No more faults from the next request on; a request that hangs, hangs on.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Whether a fault with a number of [`times`](Fault::times) has yet to happen.
    pub fn is_pending(&self) -> bool {
        self.lock().iter().any(|fault| fault.left.is_some_and(|left| left > 0))
    }

    pub(crate) fn strike(&self, operation: Option<Operation>, target: &Target) -> Vec<Effect> {
        let mut faults = self.lock();
        faults.iter_mut().filter(|fault| fault.applies(operation, target)).filter_map(Fault::strike).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(faults: &Faults, operation: Operation, key: &str) -> usize {
        let target = Target { bucket: Some("media".into()), key: Some(key.into()) };
        faults.strike(Some(operation), &target).len()
    }

    #[test]
    fn fault_skips_then_happens_so_often() {
        let faults = Faults::default();
        faults.inject(Fault::reset().skip(1).times(2));
        let seen: Vec<_> = (0..5).map(|_| strikes(&faults, Operation::GetObject, "a")).collect();
        assert_eq!(seen, [0, 1, 1, 0, 0]);
        assert!(!faults.is_pending());
    }

    #[test]
    fn fault_happens_to_its_operations_and_its_key_alone() {
        let faults = Faults::default();
        faults.inject(Fault::reset().on(Operation::GetObject).on(Operation::HeadObject).key("a"));
        assert_eq!(strikes(&faults, Operation::GetObject, "a"), 1);
        assert_eq!(strikes(&faults, Operation::HeadObject, "a"), 1);
        assert_eq!(strikes(&faults, Operation::PutObject, "a"), 0);
        assert_eq!(strikes(&faults, Operation::GetObject, "b"), 0);
    }

    #[test]
    fn all_matching_faults_happen_until_they_are_cleared() {
        let faults = Faults::default();
        faults.inject(Fault::delay(Duration::ZERO));
        faults.inject(Fault::slow_down());
        assert_eq!(strikes(&faults, Operation::GetObject, "a"), 2);
        faults.clear();
        assert_eq!(strikes(&faults, Operation::GetObject, "a"), 0);
    }
}
