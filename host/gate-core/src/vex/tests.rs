//! Tests of `vex`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::finding::{Class, Evidence, FixState};
use crate::gate::GateName;
use crate::severity::Severity;

fn digest(of: &str) -> Digest {
    Digest::of(of.as_bytes())
}

fn vulnerable(purl: Option<&str>, name: &str) -> Finding {
    let evidence = Evidence {
        pointer: "/0".into(),
        report: digest("r"),
    };
    let mut finding = Finding::new(
        "trivy",
        Class::Vulnerability,
        "CVE-2026-0001",
        Severity::unknown(),
        "t",
        evidence,
    );
    finding.vulnerability = Some(Box::new(Vulnerability {
        cvss: Vec::new(),
        cwes: Vec::new(),
        epss: None,
        fix_state: FixState::Unknown,
        fixed_in: Vec::new(),
        ids: vec!["CVE-2026-0001".into()],
        known_exploited: None,
        software: Software {
            name: name.into(),
            version: Some("1.0".into()),
            purl: purl.map(Into::into),
            ..Software::default()
        },
    }));
    finding
}

fn statement(status: VexStatus, product: Software) -> Statement {
    Statement {
        ids: vec!["CVE-2026-0001".into()],
        product,
        status,
        justification: None,
    }
}

fn document(name: &str, trusted: bool, statements: Vec<Statement>) -> VexDocument {
    VexDocument {
        digest: digest(name),
        stored: digest(name),
        adapter: "openvex-json@1".to_owned(),
        name: name.to_owned(),
        author: None,
        issued: None,
        trusted,
        statements,
    }
}

fn purl(purl: &str) -> Software {
    Software {
        name: "a".into(),
        purl: Some(purl.into()),
        ..Software::default()
    }
}

fn question(vex: Vec<VexDocument>) -> Question {
    Question {
        vex,
        subject: Some(Subject {
            name: "registry.example/shop/api".to_owned(),
            digest: Some(digest("image")),
        }),
        ..Question::of(
            GateName::new("image").unwrap(),
            "2026-01-10T00:00:00Z".parse().unwrap(),
        )
    }
}

#[test]
fn a_statement_is_about_its_product_alone() {
    let image = |of: &str| format!("pkg:oci/api@{}?repository_url=registry.example", digest(of));
    let part = |whole: &str| Software {
        path: Some(whole.into()),
        ..purl("pkg:npm/a@1.0")
    };
    let plain = |name: &str, version: Option<&str>| Software {
        name: name.into(),
        version: version.map(Into::into),
        ..Software::default()
    };
    for (product, about) in [
        (purl("pkg:npm/a@1.0"), true),
        (purl("pkg:npm/a"), true),
        (purl("pkg:npm/a@1.0?x=y"), true),
        (purl("pkg:npm/a@1.1"), false),
        (purl("pkg:npm/b"), false),
        (purl(&image("image")), true),
        (purl(&image("image").replace("sha256:", "sha256%3A")), true),
        (purl(&image("another")), false),
        (purl("pkg:oci/api"), true),
        (purl("pkg:oci/web"), false),
        (part(&image("image")), true),
        (part(&image("another")), false),
        (part("pkg:oci/api"), true),
        (part("registry.example/shop/api:1.0"), true),
        (part("registry.example/shop/web:1.0"), false),
        (part("registry.example/bank/api:1.0"), false),
        (plain("a", None), true),
        (plain("a", Some("1.0")), true),
        (plain("a", Some("2.0")), false),
        (plain("b", None), false),
        // Left to whoever applies the document, and nobody said to what.
        (plain("", None), false),
    ] {
        let said = document(
            "d",
            true,
            vec![statement(VexStatus::NotAffected, product.clone())],
        );
        let findings = [vulnerable(Some("pkg:npm/a@1.0"), "a")];
        let (verdicts, not_affected) = apply(&question(vec![said]), &findings);
        assert_eq!(!not_affected.is_empty(), about, "{product:?}");
        assert_eq!(verdicts[0].unmatched, u32::from(!about), "{product:?}");
    }
}

#[test]
fn another_vulnerability_is_not_meant() {
    let mut of_another = statement(VexStatus::NotAffected, purl("pkg:npm/a"));
    of_another.ids = vec!["CVE-2026-0002".into()];
    let said = document("d", true, vec![of_another]);
    let findings = [vulnerable(Some("pkg:npm/a@1.0"), "a")];
    assert!(apply(&question(vec![said]), &findings).1.is_empty());
}

#[test]
fn only_who_is_trusted_is_believed() {
    let said = || vec![statement(VexStatus::NotAffected, purl("pkg:npm/a"))];
    let findings = [vulnerable(Some("pkg:npm/a@1.0"), "a")];
    for trusted in [false, true] {
        let (verdicts, not_affected) =
            apply(&question(vec![document("d", trusted, said())]), &findings);
        assert_eq!(!not_affected.is_empty(), trusted);
        assert_eq!(verdicts[0].not_affected, [findings[0].id]);
    }
}

#[test]
fn of_two_that_contradict_each_other_the_worse_holds() {
    use VexStatus::{Affected, NotAffected, UnderInvestigation};
    let findings = [vulnerable(Some("pkg:npm/a@1.0"), "a")];
    for (other, trusted, holds) in [
        (NotAffected, true, true),
        (Affected, true, false),
        (UnderInvestigation, true, false),
        (Affected, false, true),
    ] {
        let mut documents = vec![
            document("d", true, vec![statement(NotAffected, purl("pkg:npm/a"))]),
            document("e", trusted, vec![statement(other, purl("pkg:npm/a"))]),
        ];
        for _ in 0..2 {
            let (verdicts, not_affected) = apply(&question(documents.clone()), &findings);
            assert_eq!(!not_affected.is_empty(), holds, "{other:?} {trusted}");
            let contradicted: usize = verdicts.iter().map(|v| v.contradicted.len()).sum();
            assert_eq!(contradicted > 0, !holds, "{other:?} {trusted}");
            documents.reverse();
        }
    }
}

#[test]
fn what_is_fixed_is_so_in_a_version() {
    let image = format!("pkg:oci/api@{}", digest("image"));
    let part = |whole: &str, of: &str| Software {
        path: Some(whole.into()),
        ..purl(of)
    };
    for (product, about) in [
        (purl("pkg:npm/a@1.0"), true),
        (purl("pkg:npm/a@2.0"), false),
        (purl("pkg:npm/a"), false),
        (purl(&image), true),
        (purl("pkg:oci/api"), false),
        (part(&image, "pkg:npm/a"), true),
        (part("pkg:oci/api", "pkg:npm/a"), false),
    ] {
        let said = vec![statement(VexStatus::Fixed, product.clone())];
        let findings = [vulnerable(Some("pkg:npm/a@1.0"), "a")];
        let asked = question(vec![document("d", true, said)]);
        assert_eq!(!apply(&asked, &findings).1.is_empty(), about, "{product:?}");
    }
}

#[test]
fn any_name_of_a_vulnerability_is_its_name() {
    let mut finding = vulnerable(Some("pkg:npm/a@1.0"), "a");
    let known = finding.vulnerability.as_mut().unwrap();
    known.ids = vec!["GHSA-1".into(), "CVE-2026-0009".into()];
    for (ids, about) in [
        (vec!["CVE-2026-0009"], true),
        (vec!["SNYK-1", "GHSA-1"], true),
        (vec!["CVE-2026-0009", "GHSA-1"], true),
        (vec!["SNYK-1"], false),
        (vec![], false),
    ] {
        let mut said = statement(VexStatus::NotAffected, purl("pkg:npm/a"));
        said.ids = ids.into_iter().map(Into::into).collect();
        let asked = question(vec![document("d", true, vec![said])]);
        let findings = std::slice::from_ref(&finding);
        assert_eq!(!apply(&asked, findings).1.is_empty(), about);
    }
}

#[test]
fn what_was_read_of_a_statement_is_what_it_says() {
    let mut finding = vulnerable(Some("pkg:npm/a@1.0"), "a");
    let known = finding.vulnerability.as_mut().unwrap();
    known.software.path = Some("pkg:oci/api".into());
    for (status, said) in [
        (Status::NotApplicable, VexStatus::NotAffected),
        (Status::Pass, VexStatus::Fixed),
        (Status::Open, VexStatus::UnderInvestigation),
        (Status::Fail, VexStatus::Affected),
    ] {
        finding.status = status;
        assert_eq!(Statement::of(finding.clone()).unwrap().status, said);
    }
    // The product with its digest stands in the place of the one without.
    let whole = format!("pkg:oci/api@{}", digest("another"));
    finding.attributes.insert(PRODUCT.into(), (&*whole).into());
    let statement = Statement::of(finding.clone()).unwrap();
    assert_eq!(statement.product.path.as_deref(), Some(&*whole));
    finding.vulnerability = None;
    assert_eq!(Statement::of(finding), None);
}
