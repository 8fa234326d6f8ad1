//! Configures, locates, loads and holds Longshore storage providers: for any program that hosts them.
