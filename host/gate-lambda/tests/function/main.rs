//! The function from outside: the real binary, driven by an emulated Runtime API, with services that answer as documented
//! and a program that stands in for `gate`; the real one where it is built.

mod aws;
mod events;
mod failures;
mod http;
mod image;
mod lambda;
mod logs;
mod package;
mod start;
mod verify;
mod whole;
