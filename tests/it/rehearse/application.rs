//! The example application in every state between vulnerable and mended, and what was recorded of its scanners.

use std::fs;
use std::path::{Path, PathBuf};

use crate::gate::workspace;

/// What mends the fault of one gate: a file of the application, and what scanners then say.
pub(super) struct Mend {
    pub(super) file: &'static str,
    reports: &'static [&'static str],
}

/// In the order of the gates.
pub(super) const MENDS: [Mend; 5] = [
    Mend {
        file: "settings.py",
        reports: &["git-secrets.txt", "detect-secrets.json"],
    },
    Mend {
        file: "app.py",
        reports: &["bandit.json", "semgrep.json"],
    },
    Mend {
        file: "requirements.txt",
        reports: &["trivy-library.json", "sbom.cdx.json"],
    },
    Mend {
        file: "Dockerfile",
        reports: &["trivy-image.json", "ecr.json"],
    },
    Mend {
        file: "pages.py",
        reports: &["zap.json"],
    },
];

/// What stands in the vulnerable application's settings.
pub(super) const SECRETS: [&str; 2] = ["AKIA0GATE0EXAMPLE000", "correct-horse-7-battery"];

/// Of each recorded report its tool, and the gate that it is for.
pub(super) const RECORDED: [(&str, &str, &str); 11] = [
    ("git-secrets", "secrets", "git-secrets.txt"),
    ("detect-secrets", "secrets", "detect-secrets.json"),
    ("bandit", "sast", "bandit.json"),
    ("semgrep", "sast", "semgrep.json"),
    ("hadolint", "iac", "hadolint.json"),
    ("checkov", "iac", "checkov.json"),
    ("trivy", "sca", "trivy-library.json"),
    ("cyclonedx", "sbom", "sbom.cdx.json"),
    ("trivy", "image", "trivy-image.json"),
    ("ecr", "image", "ecr.json"),
    ("zap", "dast", "zap.json"),
];

/// The exit code with which a tool ended when its report was recorded.
pub(super) fn exit(tool: &str, state: &str) -> u8 {
    let tells = ["git-secrets", "bandit", "hadolint", "checkov"].contains(&tool);
    u8::from(tells && state == "vulnerable")
}

/// A recorded report.
pub(super) fn report(state: &str, name: &str) -> PathBuf {
    example().join("reports").join(state).join(name)
}

fn example() -> PathBuf {
    workspace().join("iac/example")
}

/// Puts the application with some mends into a folder.
pub(super) fn source(mends: &[Mend], folder: &Path) {
    put(&example().join("vulnerable"), folder);
    for mend in mends {
        let mended = example().join("mended").join(mend.file);
        fs::copy(mended, folder.join(mend.file)).unwrap();
    }
}

/// Puts what scanners say of it into a folder.
pub(super) fn reports(mends: &[Mend], folder: &Path) {
    put(&example().join("reports/vulnerable"), folder);
    for name in mends.iter().flat_map(|mend| mend.reports) {
        fs::copy(report("mended", name), folder.join(name)).unwrap();
    }
}

/// Copies the files of a folder over those of another.
pub(super) fn put(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}
