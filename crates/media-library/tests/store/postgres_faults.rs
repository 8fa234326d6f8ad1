//! postgres_faults
