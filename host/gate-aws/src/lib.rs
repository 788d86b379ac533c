//! What gate asks of AWS: thresholds in Parameter Store, findings and verdicts in Security Hub, notifications, and
//! signatures by keys of KMS.
//!
//! Everything goes over one [`Connection`], which is opened when the first of them is asked for and never before. It waits
//! for its answers: outside this room nothing is asynchronous.
//!
//! This room changes no verdict, and no replay comes through it.

mod connection;
mod error;
pub mod hub;
mod keys;
mod kms;
mod notify;
pub mod ssm;

pub use connection::{Connection, Identity, Options, WayToS3};
pub use error::{Action, AwsError, Cause};
pub use keys::{KeySource, Keys};
pub use kms::{KmsError, KmsSigner, KmsUri, NotAKmsUri};

pub use notify::{Message, is_topic, notify};
