//! Scanner reports into scan reports and findings.
//!
//! [`registry::ADAPTERS`] is the table of formats; each row is one module. [`read::read`] takes a stream, picks
//! the row, splits the report into records ([`splitter`]), replaces what is secret ([`redact`]) and accounts for
//! every record: it ends as a finding, as a check that passed, or in quarantine, which makes the report partial.
//!
//! This room opens no file and decides nothing; an adapter knows no other adapter.
#![warn(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a pure room: the same bytes give the same findings"
)]

pub mod adapter;
pub mod envelope;
pub mod error;
pub mod feed;
pub mod format;
pub mod normalize;
pub mod read;
pub mod redact;
pub mod registry;
pub mod shape;
pub mod splitter;
pub mod weight;

mod anchore;
mod asff;
mod aws;
mod aws_config;
mod bandit;
mod cargo_audit;
mod cfn_guard;
mod cfn_lint;
mod cfn_nag;
mod checkov;
mod clair;
mod cobertura;
mod conftest;
mod csaf;
mod cyclonedx;
mod dependency_check;
mod detect_secrets;
mod ecr;
mod eslint;
mod falco;
mod git_secrets;
mod gitleaks;
mod grype;
mod guardduty;
mod hadolint;
mod inspector2;
mod junit;
mod kics;
mod kube_bench;
mod kubescape;
mod lcov;
mod npm_audit;
mod nuclei;
mod ocsf;
mod opa;
mod openvex;
mod osv_scanner;
mod package;
mod phpstan;
mod pip_audit;
mod polaris;
mod prowler;
mod rego;
mod sarif;
mod semgrep;
mod snyk;
mod sonarqube;
mod spdx;
mod tflint;
mod tfsec;
mod transcode;
mod trivy;
mod trufflehog;
mod vex;
mod zap;
