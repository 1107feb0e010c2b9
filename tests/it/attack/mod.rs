//! What hostile input and hostile surroundings may not do.

mod confined;
mod editor;
mod reads;
mod terminal;
