//! All that an author of a Longshore storage provider depends on.
