//! What can be said about groups without asking anybody: lag, moves between two descriptions, what
//! is wrong, where a reset leads, what consumers tell each other. Pure.

pub mod consumer_protocol;
pub mod diff;
pub mod doctor;
pub mod follow;
pub mod history;
pub mod keeps;
pub mod lag;
pub mod offsets_file;
pub mod reset;
pub mod told;
pub mod trend;
