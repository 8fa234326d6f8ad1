//! The wire types between a Longshore host and its providers, generation by generation.
