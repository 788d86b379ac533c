//! `deploy` and `destroy`, run against stand-ins that write down what they are asked.
