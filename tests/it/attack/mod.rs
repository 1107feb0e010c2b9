//! What hostile input and hostile surroundings may not do.

mod any_answer;
mod any_letter;
mod any_plan;
mod damaged;
mod endpoints;
mod servers;
