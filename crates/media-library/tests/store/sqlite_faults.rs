//! sqlite_faults
