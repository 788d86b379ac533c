//! Modules of Terraform: valid, planned as they must be, and applied twice to an emulator.

mod modules;
