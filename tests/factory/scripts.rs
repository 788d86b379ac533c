//! `deploy` and `destroy`, run against stand-ins that write down what they are asked.

mod destroying;
mod emulated;
mod order;
mod refused;
mod room;
mod settings;
mod text;
