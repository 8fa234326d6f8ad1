//! The Longshore provider that keeps files in a folder.
