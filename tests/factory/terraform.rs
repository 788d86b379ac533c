//! Modules of Terraform: valid, planned as they must be, and applied twice to an emulator.

mod applied;
mod compute;
mod environments;
mod modules;
mod tree;
