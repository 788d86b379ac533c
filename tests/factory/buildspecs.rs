//! Buildspecs: what each command says, and that no road leads to a push or a deployment before a pass.

mod run;
mod runner;
