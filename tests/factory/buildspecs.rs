//! Buildspecs: what each command says, and that no road leads to a push or a deployment before a pass.

mod faults;
mod judged;
mod rehearsal;
mod roads;
mod run;
mod runner;
mod scanners;
mod shape;
mod toolbox;
mod walk;

/// Each stands for a build of the pipeline, in its order.
pub(crate) const BUILDSPECS: [&str; 6] = [
    "secrets",
    "build",
    "image",
    "deploy-staging",
    "dast",
    "deploy-production",
];
