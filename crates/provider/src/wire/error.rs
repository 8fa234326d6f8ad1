//! Conversions of errors, which cross the boundary as the number of their kind, with their texts.

use longshore_provider_abi::{
    RString,
    v1::{Reply, WireError},
};

use super::text::{some, text};
use crate::{Error, ErrorKind, Result};

pub(crate) fn error_to(error: &Error) -> WireError {
    WireError {
        kind: error.kind().number(),
        retryable: error.is_retryable(),
        message: RString::from(error.message()),
        service_code: text(error.service_code()),
        request_id: text(error.request_id()),
        causes: error.causes().map(RString::from).collect(),
        more: RString::new(),
    }
}

pub(crate) fn error_from(wire: WireError) -> Error {
    let causes = wire.causes.into_iter().map(RString::into_string).collect();
    let mut error = Error::new(ErrorKind::from_number(wire.kind), wire.message.into_string())
        .with_causes(causes)
        .with_retryable(wire.retryable);
    if let Some(code) = some(wire.service_code) {
        error = error.with_service_code(code);
    }
    match some(wire.request_id) {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

pub(crate) fn reply<T: Default>(result: Result<T>) -> Reply<T> {
    match result {
        Ok(answer) => Reply::ok(answer),
        Err(error) => Reply::failed(error_to(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_field_survives_the_wire() {
        for kind in ErrorKind::ALL {
            let error = Error::new(kind, "no")
                .with_service_code("NoSuchThing")
                .with_request_id("id")
                .with_retryable(true)
                .with_causes(vec!["because".into(), "of this".into()]);
            assert_eq!(error_from(error_to(&error)), error);
        }
        let bare = Error::internal("x");
        assert_eq!(error_from(error_to(&bare)), bare);
    }
}
