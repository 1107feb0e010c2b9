//! The server of the local console: one page for one person, on this machine alone.
//!
//! | file | holds |
//! |---|---|
//! | `serve`, `connection` | the listener and its limits, and one request after another |
//! | `gate` | which requests are answered: the Host, the Origin, the token, the type of the body |
//! | `token` | the secret that the page has and other sites do not |
//! | `answer` | the headers of each answer: no other site, no foreign script, no copy |
//! | `assets` | the page's files, which are part of the program |
//!
//! The page's requests are answered by a [`Desk`], which knows the pipeline. This module does not.

mod answer;
mod assets;
mod connection;
mod desk;
mod gate;
mod serve;
mod token;

pub use desk::{Desk, Reply};
pub use gate::Gate;
pub use serve::{listen, serve};
pub use token::Token;
