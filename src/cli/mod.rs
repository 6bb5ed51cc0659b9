//! The grammar of the command line, typed at this boundary.

pub mod global;
