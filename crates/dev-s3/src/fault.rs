//! Faults that tests inject: their effect, the requests that they apply to, and how often.

mod body;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;

pub(crate) use self::body::{cut, stall};
use crate::Operation;
use crate::refusal::Refusal;
use crate::target::Target;

/// A fault that the server causes in requests.
///
/// By default a fault applies to every request until the faults are cleared. [`on`](Self::on), [`key`](Self::key),
/// [`skip`](Self::skip) and [`times`](Self::times) narrow it down. If several faults apply to one request, all of them
/// happen: a delay and then an error, for example.
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

/// The effect of a fault.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The server waits before it handles the request.
    Delay(Duration),
    /// The server reads the request, and then refuses it.
    Refuse(Refusal),
    /// The server reads the request, and never responds.
    Hang,
    /// The server neither reads the request's body nor responds.
    StallRequest,
    /// The connection is reset at once.
    Reset,
    /// The operation is carried out, and the server never responds.
    Withhold,
    /// The operation is carried out, and then the connection is reset.
    LoseAnswer,
    /// The response body stops after this many bytes, and the connection stays open.
    StallBody(u64),
    /// The connection ends after this many bytes of the response body.
    CutBody(u64),
    /// The response has an `ETag` that is not the object's.
    WrongETag,
    /// The server's clock is off by this many seconds, ahead or behind.
    ClockSkew(i64),
}

impl Fault {
    /// `503 SlowDown`, by which S3 asks for fewer requests.
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

    /// Any error of S3. The request's body is read first, so that every client receives the response.
    ///
    /// The status may be 200: S3 sends it if `CompleteMultipartUpload` or `CopyObject` fails after the response has
    /// begun.
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

    /// Reads the request and never responds. Nothing is carried out.
    pub fn hang() -> Self {
        Self::new(Effect::Hang)
    }

    /// Neither reads the request's body nor responds.
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

    /// Carries the operation out and never responds.
    pub fn withhold_answer() -> Self {
        Self::new(Effect::Withhold)
    }

    /// `502 Bad Gateway` with a page for people, like the response of a proxy. Nothing is carried out.
    pub fn bad_gateway() -> Self {
        Self::new(Effect::Refuse(Refusal::page(StatusCode::BAD_GATEWAY)))
    }

    /// Sends `after` bytes of the response body and then nothing more. The connection stays open.
    pub fn stall_body(after: u64) -> Self {
        Self::new(Effect::StallBody(after))
    }

    /// Sends `after` bytes of the response body and closes the connection.
    pub fn cut_body(after: u64) -> Self {
        Self::new(Effect::CutBody(after))
    }

    /// Responds with an `ETag` that is not the object's. The stored object is right.
    pub fn wrong_etag() -> Self {
        Self::new(Effect::WrongETag)
    }

    /// Sets the server's clock ahead (or back, if negative) by this many seconds: signatures, expiry and the header
    /// `Date` see it. A presigned URL that has expired by the true clock stays expired.
    pub fn clock_skew(seconds: i64) -> Self {
        Self::new(Effect::ClockSkew(seconds))
    }

    /// Applies the fault to this operation only. Each further call adds an operation.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Applies the fault to this key only.
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Lets the first `count` matching requests pass.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Limits the fault to `count` requests.
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
    /// Adds a fault, from the next request on.
    pub fn inject(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Removes all faults, from the next request on. A request that hangs keeps hanging.
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
