//! One integration binary: every test drives the built pipectl.

mod cloud;
mod guard;
mod mishap;
mod readme;
mod template;
mod walk;
