//! The evaluation record: everything needed to repeat a verdict, as one canonical JSON document.
//!
//! The record's name is the SHA-256 digest of its bytes. What is large stands in it by digest: findings, raw
//! reports, policy components.

use std::{fmt, io};

use serde::{Deserialize, Serialize};

use crate::canonical::ordered::Ordered;
use crate::canonical::{self, NotCanonical};
use crate::digest::Digest;
use crate::finding::Finding;
use crate::request::Question;
use crate::scan_report::ScanReport;
use crate::verdict::Verdict;

/// Everything needed to repeat a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this format.
    pub format: FormatVersion,
    /// Who made the record.
    pub producer: Producer,
    /// What was asked.
    pub question: Question,
    /// What the reports said of themselves.
    pub reports: Vec<ScanReport>,
    /// The findings, by digest.
    pub findings: FindingsRef,
    /// What came out.
    pub verdict: Verdict,
}

/// The program that made a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Producer {
    /// Version of gate.
    pub gate: String,
    /// Engine profile and full engine version, such as `det1+wasmtime48.0.8`.
    pub engine: String,
}

/// The findings of a record: a blob with one canonical JSON object per line, in canonical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingsRef {
    /// Number of lines.
    pub count: u32,
    /// Digest of the blob.
    pub digest: Digest,
}

/// Version of the record format, written `1.0`. A reader of version `m.n` reads every `m.k` with `k <= n`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormatVersion {
    /// Changes when old readers would misread.
    pub major: u32,
    /// Changes when something was added.
    pub minor: u32,
}

impl FormatVersion {
    /// What this program writes.
    pub const CURRENT: Self = Self { major: 1, minor: 2 };

    /// Whether this program reads a version.
    ///
    /// # Errors
    /// With the reason why not.
    pub fn check_readable(self) -> Result<(), Unreadable> {
        let current = Self::CURRENT;
        if self.major > current.major {
            return Err(Unreadable::TooNew(self));
        }
        if self.major < current.major {
            return Err(Unreadable::TooOld(self));
        }
        if self.minor > current.minor {
            return Err(Unreadable::MinorTooNew(self));
        }
        Ok(())
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Debug for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for FormatVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parse = |part: &str| part.parse().ok();
        text.split_once('.')
            .and_then(|(major, minor)| {
                Some(Self {
                    major: parse(major)?,
                    minor: parse(minor)?,
                })
            })
            .filter(|version| version.to_string() == text)
            .ok_or_else(|| serde::de::Error::custom("expected a version such as `1.0`"))
    }
}

/// Why a record can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is of a later major version.
    #[error("it is of format {0}; this program reads {current} and needs to be newer", current = FormatVersion::CURRENT)]
    TooNew(FormatVersion),
    /// It is of an earlier major version.
    #[error("it is of format {0}, which this program no longer reads")]
    TooOld(FormatVersion),
    /// It is of a later minor version.
    #[error("it is of format {0}; this program reads up to {current} and would miss what was added", current = FormatVersion::CURRENT)]
    MinorTooNew(FormatVersion),
    /// It is no record.
    #[error("it is not an evaluation record: {0}")]
    NotARecord(serde_json::Error),
    /// It is a record with other bytes than the canonical ones, so it was not written by gate.
    #[error("its bytes are not the canonical form of what it says")]
    NotCanonical,
    /// Its canonical form could not be computed.
    #[error(transparent)]
    Canonical(#[from] NotCanonical),
}

impl Record {
    /// The canonical bytes, whose digest is the record's name.
    ///
    /// # Errors
    /// When a part has no canonical form, which no part has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_vec(self)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// With the reason why it can't be read: another version, not a record, not canonical.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        /// What every version of the format has.
        #[derive(Deserialize)]
        struct Versioned {
            format: FormatVersion,
        }
        let Versioned { format } = serde_json::from_slice(bytes).map_err(Unreadable::NotARecord)?;
        format.check_readable()?;
        let record: Self = serde_json::from_slice(bytes).map_err(Unreadable::NotARecord)?;
        if record.to_bytes()? != bytes {
            return Err(Unreadable::NotCanonical);
        }
        Ok(record)
    }
}

/// How many bytes of findings go to the sink at once.
const PIECE: usize = 32 << 10;

/// Writes a findings blob: one line for each finding. The findings are in canonical order already, and what is
/// written for a finding is canonical JSON ([`crate::finding`]).
///
/// # Errors
/// When the sink fails.
pub fn write_findings(findings: &[Finding], sink: &mut dyn io::Write) -> io::Result<()> {
    let mut lines = Ordered::default();
    for finding in findings {
        finding.serialize(&mut lines)?;
        lines.0.push(b'\n');
        if lines.0.len() >= PIECE {
            sink.write_all(&lines.0)?;
            lines.0.clear();
        }
    }
    sink.write_all(&lines.0)
}

/// Reads a findings blob.
///
/// # Errors
/// With the line that is not a finding.
pub fn findings_from_bytes(bytes: &[u8]) -> Result<Vec<Finding>, (usize, serde_json::Error)> {
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    lines
        .map(|(at, line)| serde_json::from_slice(line).map_err(|e| (at + 1, e)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_says_why_it_cannot_be_read() {
        for (version, why) in [
            ((2, 0), "needs to be newer"),
            ((0, 9), "no longer reads"),
            ((1, 99), "would miss what was added"),
        ] {
            let (major, minor) = version;
            let error = FormatVersion { major, minor }.check_readable().unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(FormatVersion::CURRENT.check_readable().is_ok());
    }

    #[test]
    fn what_is_no_record_is_named() {
        for (bytes, why) in [
            (&b""[..], "not an evaluation record"),
            (b"{}", "missing field `format`"),
            (b"{\"format\":\"1\"}", "expected a version"),
            (b"{\"format\":\"9.0\"}", "format 9.0"),
            (b"{\"format\":\"1.0\"}", "missing field"),
        ] {
            let error = Record::from_bytes(bytes).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn findings_are_read_as_written() {
        let findings = vec![crate::finding::tests::full()];
        let mut bytes = Vec::new();
        write_findings(&findings, &mut bytes).unwrap();
        assert_eq!(findings_from_bytes(&bytes).unwrap(), findings);
        let (line, _) = findings_from_bytes(b"\n\n{}").unwrap_err();
        assert_eq!(line, 3);
    }
}
