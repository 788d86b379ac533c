//! A package as Lambda unpacks it, with a program that stands in, and everything around it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::aws::Aws;
use crate::lambda::Lambda;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const REPOSITORY: &str = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop";
pub(crate) const GROUP: &str = "shop-falco";

/// A package, unpacked.
pub(crate) struct Package {
    folder: TempDir,
    pub(crate) aws: Aws,
}

impl Package {
    /// With a program that passes everything.
    pub(crate) fn new() -> Self {
        // Where cargo runs the test, not where it was compiled: several checkouts may share a target folder.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
        let package = Self::with(&Path::new(&here).join("tests/function/gate.sh"));
        package.mode("pass 0");
        fs::write(package.path("publish"), "0\n").unwrap();
        package
    }

    /// With a certain program.
    pub(crate) fn with(program: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let own = Path::new(env!("CARGO_BIN_EXE_gate-lambda"));
        let bootstrap = folder.path().join("bootstrap");
        // Not written: what is being written can't be executed, and others start processes at the same time.
        if fs::hard_link(own, &bootstrap).is_err() {
            fs::copy(own, &bootstrap).unwrap();
        }
        symlink(program, folder.path().join("gate")).unwrap();
        fs::write(folder.path().join("gate.toml"), "format = 1\n").unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        let aws = Aws::start();
        Self { folder, aws }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the program will answer: a word and an exit code.
    pub(crate) fn mode(&self, mode: &str) {
        fs::write(self.path("mode"), format!("{mode}\n")).unwrap();
    }

    /// How to start the function `events`.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.path("bootstrap"));
        command
            .env_clear()
            .env("TMPDIR", self.path("tmp"))
            .env("CANARY", "canary-of-the-environment")
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "canary-of-the-secret")
            .env("AWS_SESSION_TOKEN", "canary-of-the-token")
            .env("AWS_ENDPOINT_URL", self.aws.endpoint())
            .env("IMAGE_REPOSITORY", REPOSITORY)
            .env("FALCO_LOG_GROUP", GROUP)
            .env("GATE_ENVIRONMENT", "production")
            .env("GATE_EVIDENCE", self.path("store"))
            .env("GATE_FUNCTION", "events");
        command
    }

    /// Starts the function `events`.
    pub(crate) fn events(&self) -> Lambda {
        Lambda::start(&mut self.command())
    }

    /// How often the program was called, and how.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Forgets the calls.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_file(self.path("calls"));
        let _ = fs::remove_file(self.path("report"));
    }
}

/// A batch of a queue, with the messages `m0`, `m1`, …
pub(crate) fn batch(bodies: &[String]) -> Value {
    let record = |(number, body): (usize, &String)| {
        json!({"messageId": format!("m{number}"), "receiptHandle": "r", "body": body,
            "attributes": {"ApproximateReceiveCount": "1"}, "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:gate", "awsRegion": REGION})
    };
    let records: Vec<_> = bodies.iter().enumerate().map(record).collect();
    json!({"Records": records})
}

/// An event of ours.
pub(crate) fn event(source: &str, kind: &str, detail: &Value) -> Value {
    json!({"version": "0", "id": "e", "source": source, "detail-type": kind, "account": ACCOUNT,
        "time": "2026-11-20T09:00:00Z", "region": REGION, "resources": [], "detail": detail})
}

/// A finding of GuardDuty.
pub(crate) fn guardduty(id: &str) -> Value {
    event(
        "aws.guardduty",
        "GuardDuty Finding",
        &json!({"id": id, "type": "T", "severity": 4.0}),
    )
}

/// The digest `sha256:nn…`.
pub(crate) fn digest(number: u8) -> String {
    format!("sha256:{}", format!("{number:02x}").repeat(32))
}

/// The scan of an image of ours.
pub(crate) fn scan(number: u8) -> Value {
    let detail = json!({"scan-status": "COMPLETE", "repository-name": "shop", "image-digest": digest(number),
        "finding-severity-counts": {"HIGH": 1}, "image-tags": ["1"]});
    event("aws.ecr", "ECR Image Scan", &detail)
}
