//! Documents of statements (VEX): read as reports are, and kept as reports are.

use std::collections::BTreeSet;

use gate_adapters::read::{Options, ReadReport};
use gate_core::code::Code;
use gate_core::ports::EvidenceStore;
use gate_core::scan_report::{Completeness, Content, Problem, ScanReport};
use gate_core::time::{Moment, SKEW_SECONDS};
use gate_core::vex::{Statement, VexDocument};

use crate::adapters::Adapters;
use crate::config::Trusted;
use crate::exits::ScannerExits;
use crate::failure::{Failure, Result};
use crate::parallel;
use crate::reports::{self, Named};

/// Documents, and what is wrong with those that can't be used: the gate then can't decide.
pub(crate) type Documents = (Vec<VexDocument>, Vec<Problem>);

/// Reads documents and keeps them. Their order does not matter.
pub(crate) fn read(
    named: &[Named],
    trusted: &BTreeSet<Trusted>,
    now: Moment,
    options: &Options,
    store: &dyn EvidenceStore,
) -> Result<Documents> {
    let (mut documents, mut problems) = Documents::default();
    if named.is_empty() {
        return Ok((documents, problems));
    }
    let adapters = Adapters::load(&[])?;
    let exits = ScannerExits::parse(&[])?;
    let read = parallel::map(named, |named| {
        reports::read_and_keep(named, &adapters, options, &exits, store)
    });
    for read in read {
        match document(read?).and_then(|document| not_from_the_future(document, now)) {
            Ok(document) => documents.push(VexDocument {
                trusted: is_trusted(&document, trusted),
                ..document
            }),
            Err(problem) => problems.push(problem),
        }
    }
    documents.sort();
    documents.dedup_by_key(|document| document.digest);
    problems.sort();
    Ok((documents, problems))
}

/// Whether the profile believes a document: by its bytes, or by its author as it writes it. Anyone can write a name.
fn is_trusted(document: &VexDocument, trusted: &BTreeSet<Trusted>) -> bool {
    trusted.iter().any(|who| match who {
        Trusted::Author(author) => document.author.as_ref() == Some(author),
        Trusted::Document(digest) => document.digest == *digest,
    })
}

/// A kept document, read again. `Err` when it is no document of statements now.
pub(crate) fn read_again(
    was: &VexDocument,
    adapters: &Adapters,
    twin: &[u8],
) -> Result<std::result::Result<VexDocument, Problem>> {
    let adapter = adapters.by_id(&was.adapter).ok_or_else(|| {
        let message = format!(
            "this program has no adapter `{}` for the document `{}`",
            was.adapter, was.name
        );
        Failure::new(Code::RecordUnreadable, message)
    })?;
    let report = ScanReport {
        digest: Some(was.digest),
        stored: Some(was.stored),
        ..ScanReport::unreadable(&*was.name, Problem::new(Code::VexInvalid, "not read yet"))
    };
    let again = document(reports::read_again(&report, adapter, twin));
    Ok(again.map(|document| VexDocument {
        trusted: was.trusted,
        ..document
    }))
}

/// What a document says, whoever believes it.
fn document(read: ReadReport) -> std::result::Result<VexDocument, Problem> {
    let ReadReport {
        report, findings, ..
    } = read;
    let name = report.name;
    let invalid = |what: &str| {
        let message = format!("`{name}` can't be used as statements (VEX): {what}");
        Problem::advised(Code::VexInvalid, message)
    };
    let why = report.problems.first().map(|problem| {
        let place = problem.place.as_deref().unwrap_or_default();
        format!("{} {place}", problem.message).trim_end().to_owned()
    });
    let why = why.unwrap_or_else(|| "it is not complete".to_owned());
    if report.completeness == Completeness::Failed {
        return Err(invalid(&why));
    }
    if report.content != Content::Statements {
        let (tool, kind) = (report.tool, report.content.as_str());
        return Err(invalid(&format!(
            "it is a report of {tool}, of kind {kind}"
        )));
    }
    // A statement that was not understood may be the one that says otherwise. None at all is no harm.
    if report.completeness == Completeness::Partial {
        return Err(invalid(&why));
    }
    let (Some(digest), Some(stored), Some(adapter)) =
        (report.digest, report.stored, report.adapter)
    else {
        return Err(invalid("it was not kept"));
    };
    let statements: Option<Vec<_>> = findings.into_iter().map(Statement::of).collect();
    let Some(mut statements) = statements else {
        return Err(invalid("it holds something else than statements"));
    };
    statements.sort();
    statements.dedup();
    Ok(VexDocument {
        digest,
        stored,
        adapter,
        name,
        author: report.issuer,
        issued: report.finished,
        trusted: false,
        statements,
    })
}

fn not_from_the_future(
    document: VexDocument,
    now: Moment,
) -> std::result::Result<VexDocument, Problem> {
    let latest = now.unix().saturating_add(SKEW_SECONDS);
    match document.issued {
        Some(issued) if issued.unix() > latest => {
            let message = format!(
                "`{}` can't be used as statements (VEX): it was issued at {issued}, which is after {now}",
                document.name
            );
            Err(Problem::advised(Code::VexInvalid, message))
        }
        _ => Ok(document),
    }
}

#[cfg(test)]
mod tests {
    use gate_core::digest::Digest;

    use super::*;

    #[test]
    fn a_document_is_trusted_by_its_author_or_its_digest() {
        let digest = Digest::of(b"document");
        let document = |author: Option<&str>| VexDocument {
            digest,
            stored: digest,
            adapter: "openvex-json@1".to_owned(),
            name: "vex.json".to_owned(),
            author: author.map(str::to_owned),
            issued: None,
            trusted: false,
            statements: Vec::new(),
        };
        let author = |name: &str| Trusted::Author(name.to_owned());
        let other = Digest::of(b"another");
        for (said, trusted, is) in [
            (Some("Shop"), author("Shop"), true),
            (Some("Shop"), author("shop"), false),
            (Some("Shop"), author("Shop "), false),
            (Some(""), author("Shop"), false),
            (None, author("Shop"), false),
            (None, Trusted::Document(digest), true),
            (Some("Shop"), Trusted::Document(other), false),
            // Whoever calls themselves as a document that is trusted is not that document.
            (Some(&*other.to_string()), Trusted::Document(other), false),
        ] {
            let trusted = BTreeSet::from([trusted]);
            assert_eq!(is_trusted(&document(said), &trusted), is, "{said:?}");
        }
        assert!(!is_trusted(&document(Some("Shop")), &BTreeSet::new()));
    }
}
