//! Tests of the table, over both databases.
