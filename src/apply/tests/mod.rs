//! Applies, destroys, drift and recovery against scripted answers of CloudFormation.

mod contended;
mod drifted;
mod recovered;
mod scripted;
