//! One integration binary: every test drives the built pipectl.

mod cases;
mod cloud;
mod construction;
mod dashboard;
mod dead_letters;
mod deploy;
mod editor;
mod extension;
mod guard;
mod house;
mod invalid;
mod lsp;
mod mishap;
mod mutants;
mod package;
mod parity;
mod permission;
mod proxy;
mod readme;
mod schema;
mod template;
mod validate;
mod values;
mod varied;
mod walk;
mod wire;
