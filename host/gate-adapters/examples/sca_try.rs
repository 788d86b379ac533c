//! Throwaway.
#![allow(clippy::all, missing_docs, reason = "x")]
use gate_adapters::read::{Among, Options, read};
use gate_adapters::registry;
fn main() {
    let mut args = std::env::args().skip(1);
    let tool = args.next().unwrap();
    for path in args {
        let mut f = std::fs::File::open(&path).unwrap();
        let mut twin = Vec::new();
        let among = if tool == "any" {
            Among::Any(registry::ADAPTERS)
        } else {
            Among::Tool(registry::of_tool(&tool))
        };
        let r = read("r", among, &mut f, &mut twin, &Options::default());
        let n = r.findings.len();
        let mut occ = std::collections::BTreeMap::new();
        for f in &r.findings {
            *occ.entry(format!(
                "{}{}",
                f.severity.level,
                if f.is_suppressed() { "/sup" } else { "" }
            ))
            .or_insert(0) += 1;
        }
        let d = r
            .findings
            .into_iter()
            .map(|finding| gate_core::fingerprint::Draft { report: 0, finding });
        let a = gate_core::fingerprint::assemble("s", d.collect(), 1);
        let mut lv = std::collections::BTreeMap::new();
        for f in &a.findings {
            *lv.entry(f.severity.level.to_string()).or_insert(0) += 1;
        }
        println!(
            "{path}: {:?} {:?} occurrences {n} {occ:?} merged-to {} {lv:?} passed {} quarantined {} scanned {:?}",
            r.report.adapter,
            r.report.completeness,
            a.findings.len(),
            r.report.counts.passed,
            r.report.counts.quarantined,
            r.report.scanned
        );
        for p in r.report.problems.iter().take(5) {
            println!("   {} {:?}", p.message, p.place);
        }
        if std::env::var("V").is_ok() {
            println!("{}", serde_json::to_string_pretty(&a.findings).unwrap());
        }
    }
}
