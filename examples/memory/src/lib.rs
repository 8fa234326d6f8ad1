//! The smallest useful Longshore provider: files in memory.
