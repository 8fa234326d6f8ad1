//! The content API. Each handler translates a request into one operation of the media library, and the result into a
//! response.

mod bounded_json;
mod file_info;
mod form;
mod list;
mod one;
mod request;
mod shown;
mod upload;

pub(super) use self::{
    list::{files, page},
    one::one,
    upload::upload,
};
