//! The local cloud's state and process, without starting one.

mod real;
