//! The cases, one file for each group of rules.

mod cancel;
mod concurrent;
mod deadline;
mod delete;
mod error;
mod fuzz;
mod head;
mod init;
mod key;
mod leak;
mod list;
mod load;
mod memory;
mod options;
mod private;
mod read;
mod remains;
mod replace;
mod runtime;
mod secrets;
mod sign;
mod stream;
mod unreachable;
mod upload;
mod url;

use crate::case::Case;

/// All cases, in the order of the report.
pub(crate) const ALL: &[&[Case]] = &[
    load::CASES,
    options::CASES,
    init::CASES,
    upload::CASES,
    key::CASES,
    read::CASES,
    head::CASES,
    delete::CASES,
    replace::CASES,
    list::CASES,
    stream::CASES,
    cancel::CASES,
    concurrent::CASES,
    deadline::CASES,
    runtime::CASES,
    error::CASES,
    secrets::CASES,
    unreachable::CASES,
    url::CASES,
    sign::CASES,
    private::CASES,
    memory::CASES,
    leak::CASES,
    remains::CASES,
    fuzz::CASES,
];
