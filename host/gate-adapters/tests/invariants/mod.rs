//! What holds of every report, whatever is in it. The fuzz targets check it on what they make up, `tests/fuzzed.rs`
//! on the cases that they found, on every report of `tests/reports/` and on changes of those.
//!
//! Nothing here knows what an adapter finds; a report that is read wrongly, but in order, is no concern of it.

pub mod canary;
pub mod family;
pub mod finding;
pub mod formats;
pub mod mutate;
mod pieces;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use gate_adapters::adapter::Adapter;
use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::redact::ProjectKey;
use gate_adapters::registry::ADAPTERS;
use gate_core::canonical;
use gate_core::fingerprint::{Assembled, assemble};
use gate_core::scan_report::{Completeness, ScanReport};

use canary::CANARY;
use family::{Family, Header};
use pieces::Pieces;

/// As much as a reader takes at once. What comes behind so much is given to the splitter as the source gives it.
const PIECE: usize = 128 << 10;

/// Checks an input of a family: a header and a report. Panics where something does not hold.
pub fn check(family: &Family, input: &[u8]) {
    let Some((header, report)) = Header::split(input) else {
        return;
    };
    let row = |count: usize| usize::from(header.row) % count;
    let adapter = if family.rows.is_empty() {
        formats::check_splitter(header, report);
        formats::ROWS[row(formats::ROWS.len())]
    } else {
        family::adapter(family.rows[row(family.rows.len())]).expect("a row of the registry")
    };
    check_report(adapter, header, report);
}

/// Checks a report, as read by one adapter.
pub fn check_report(adapter: &'static Adapter, header: Header, report: &[u8]) {
    let options = Options {
        project_key: (header.switches & Header::KEYED != 0)
            .then(|| ProjectKey::new(vec![7; 32]))
            .flatten(),
        redacted: header.switches & Header::REDACTED != 0,
        exit_code: header.exit_code(),
    };
    if header.switches & Header::ANY != 0 {
        let (read, _) = read_bytes(Among::Any(ADAPTERS), report, &options);
        check_account(&read);
    }
    let (read, twin) = read_bytes(Among::Tool(&[adapter]), report, &options);
    check_account(&read);
    check_pieces(adapter, header, report, &options);
    assert!(!read.verbatim || twin == report, "the twin is another");
    if read.readable {
        check_twin(adapter, &read, &twin, &options);
        check_canary(adapter, header, &twin, &options);
    }
    let digest = read.report.digest;
    let (report, assembled) = assembled(read);
    assert!(report.counts.add_up(), "{report:?}");
    let ids = assembled.findings.windows(2);
    assert!(
        ids.clone().all(|pair| pair[0].id < pair[1].id),
        "an identity comes twice"
    );
    for found in &assembled.findings {
        assert_eq!(Some(found.evidence.report), digest, "{found:?}");
        finding::check(found);
    }
}

fn read_bytes(among: Among<'_>, mut report: &[u8], options: &Options) -> (ReadReport, Vec<u8>) {
    let mut twin = Vec::new();
    let read = read("r", among, &mut report, &mut twin, options);
    (read, twin)
}

fn assembled(read: ReadReport) -> (ScanReport, Assembled) {
    let assembled = assemble("fuzz", vec![read.findings]);
    let mut reports = [read.report];
    assembled.account(&mut reports);
    let [report] = reports;
    (report, assembled)
}

/// No record is lost, and nothing that is not whole says that it is.
fn check_account(read: &ReadReport) {
    let ReadReport {
        report,
        findings,
        readable,
        verbatim: _,
    } = read;
    let counts = report.counts;
    assert!(counts.add_up() && counts.merged == 0, "{report:?}");
    assert_eq!(counts.findings as usize, findings.len(), "{report:?}");
    let complete = report.completeness == Completeness::Complete;
    if counts.quarantined > 0 {
        assert!(
            !complete && report.but_for_quarantine.is_some(),
            "{report:?}"
        );
    }
    if !readable {
        assert!(findings.is_empty() && !complete, "{report:?}");
        let failed = report.completeness == Completeness::Failed;
        assert!(failed || counts.quarantined == counts.records, "{report:?}");
    }
    assert!(
        complete || !report.problems.is_empty(),
        "no reason: {report:?}"
    );
    assert!(canonical::to_vec(report).is_ok(), "{report:?}");
}

/// How the source cuts the report into pieces makes no difference.
fn check_pieces(adapter: &'static Adapter, header: Header, report: &[u8], options: &Options) {
    // Seldom, because it takes a hundred times as long as the rest.
    let Some(rare) = header.chance.checked_sub(Header::PIECES) else {
        return;
    };
    // The beginning is gathered before anything is done with it, so the report comes after much white space.
    let mut padded = vec![b'\n'; PIECE];
    padded.extend_from_slice(report);
    let (whole, whole_twin) = read_bytes(Among::Tool(&[adapter]), &padded, options);
    let mut source = Pieces::new(&padded, PIECE, 1 << rare);
    let mut twin = Vec::new();
    let cut = read(
        "r",
        Among::Tool(&[adapter]),
        &mut source,
        &mut twin,
        options,
    );
    assert_eq!(whole.report, cut.report);
    assert_eq!(whole.findings, cut.findings);
    assert_eq!(whole.readable, cut.readable);
    if whole.readable {
        assert!(whole_twin == twin, "twins differ");
    }
}

/// What is kept of a report reads as the report did.
fn check_twin(adapter: &'static Adapter, read: &ReadReport, twin: &[u8], options: &Options) {
    let options = Options {
        redacted: true,
        ..options.clone()
    };
    let (mut again, twin_again) = read_bytes(Among::Tool(&[adapter]), twin, &options);
    assert!(twin == twin_again, "the twin of the twin is another");
    assert!(again.readable, "{:?}", again.report);
    // Sizes and digests differ by what was replaced.
    again.report.size = read.report.size;
    again.report.digest = read.report.digest;
    if let Some(digest) = read.report.digest {
        for finding in &mut again.findings {
            finding.evidence.report = digest;
        }
    }
    assert_eq!(read.report, again.report);
    assert_eq!(read.findings, again.findings);
}

/// A secret that the row knows the place of is nowhere in what comes of the report.
fn check_canary(adapter: &'static Adapter, header: Header, twin: &[u8], options: &Options) {
    // A twin is JSON, whatever the report was.
    let Some(mut documents) = mutate::documents(twin) else {
        return;
    };
    let count = documents.len();
    let chance = usize::from(header.chance);
    if canary::plant(&mut documents[chance % count], adapter.sensitive, chance).is_none() {
        return;
    }
    let options = Options {
        redacted: false,
        ..options.clone()
    };
    let planted = mutate::written(&documents);
    let (read, twin) = read_bytes(Among::Tool(&[as_kept(adapter)]), &planted, &options);
    check_account(&read);
    let said = format!("{:?} {:?}", read.report, read.findings);
    assert!(!said.contains(CANARY), "the canary got through: {said}");
    let kept = String::from_utf8_lossy(&twin);
    assert!(
        !read.readable || !kept.contains(CANARY),
        "the canary is kept: {kept}"
    );
}

/// The adapter for reports that are written as it keeps them.
fn as_kept(adapter: &'static Adapter) -> &'static Adapter {
    static KEPT: Mutex<BTreeMap<&'static str, &'static Adapter>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(adapter.id).or_insert_with(|| {
        // One for each row, for as long as the process runs.
        Box::leak(Box::new(Adapter {
            format: adapter.format.kept(),
            ..*adapter
        }))
    })
}
