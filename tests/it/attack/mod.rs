//! What hostile input and hostile surroundings may not do.

mod references;
mod templates;
