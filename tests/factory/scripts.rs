//! `deploy` and `destroy`, run against stand-ins that write down what they are asked.

mod before;
mod call;
mod destroying;
mod each;
mod emulated;
mod labels;
mod order;
mod refused;
mod room;
mod settings;
mod text;
mod verified;
