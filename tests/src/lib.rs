//! The tests stand in `it/`; this package has no library of its own.
