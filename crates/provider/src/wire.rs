//! Conversions between the author's types and the wire's types.

mod answer;
mod error;
mod place;
mod request;
mod text;

pub(crate) use answer::{
    meta_from, meta_to, milliseconds, moment, opened_from, opened_to, signed_from, signed_to, uploaded_from,
    uploaded_to,
};
pub(crate) use error::{error_from, error_to, reply};
pub(crate) use place::{place_from, place_to};
pub(crate) use request::{call_from, call_to, duration, file_from, file_to, range_from, range_to, sign_from, sign_to};
pub(crate) use text::{object_from, object_to, value_from};
