//! The server of the local console: one page for one person, on this machine alone.
//!
//! | file | holds |
//! |---|---|
//! | `serve`, `connection` | the listener and its limits, and one request after the other |
//! | `gate` | which requests are answered: the Host, the Origin, the token, the type of the body |
//! | `token` | the secret that the page has and other sites have not |
//! | `answer` | what each answer says besides its content: no other site, no script of anybody else's, no copy |
//! | `assets` | the page's files, which are part of the program |
//!
//! What the page asks is answered by a [`Desk`], which knows the pipeline. Nothing here does.

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
