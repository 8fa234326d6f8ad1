//! An S3 server for development and tests, with faults that can be switched on.
