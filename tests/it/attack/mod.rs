//! What hostile input and hostile surroundings may not do.

mod endpoints;
mod servers;
