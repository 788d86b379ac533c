//! Findings in little memory.

use arcstr::ArcStr;

use super::{
    Cvss, Endpoint, Evidence, Finding, Location, Resource, Rule, Software, Suppression, Text,
    Vulnerability,
};
use crate::severity::Severity;

/// How many texts are remembered: a multiple of what one finding has.
const SHELVES: usize = 1024;

/// Packs findings one after the other: a text that was there a little before is shared with the finding that had it,
/// and all others of a finding stand in one buffer, instead of each in memory of its own.
///
/// What is packed says the same as before. What is shared depends on the order of the findings; nothing else does.
#[derive(Debug)]
pub struct Packer {
    /// Texts that were there, each on the shelf that follows from it. A later one takes its place.
    shelves: Vec<Text>,
    /// The texts of the finding that is being packed, one after the other.
    buffer: String,
    /// For each text of it, in the order of [`each_text`], where it begins in the buffer; none where it is shared.
    begins: Vec<Option<usize>>,
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            shelves: vec![Text::new(); SHELVES],
            buffer: String::new(),
            begins: Vec::new(),
        }
    }
}

impl Packer {
    /// Packs a finding.
    pub fn pack(&mut self, finding: &mut Finding) {
        let Self {
            shelves,
            buffer,
            begins,
        } = self;
        buffer.clear();
        begins.clear();
        each_text(finding, &mut |text| {
            let there = shelves.get(shelf(text)).filter(|there| *there == text);
            if let Some(there) = there {
                *text = there.clone();
                begins.push(None);
            } else {
                begins.push(Some(buffer.len()));
                buffer.push_str(text);
            }
        });
        let packed = ArcStr::from(buffer.as_str());
        let mut begins = begins.iter();
        each_text(finding, &mut |text| {
            if let Some(Some(begin)) = begins.next() {
                let at = shelf(text);
                *text = Text::part(&packed, *begin..*begin + text.len());
                if let Some(there) = shelves.get_mut(at) {
                    there.clone_from(text);
                }
            }
        });
        fit(finding);
    }
}

/// The shelf of a text: follows from its length, its beginning and its end.
fn shelf(text: &str) -> usize {
    let eight = |part: Option<&[u8; 8]>| part.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let bytes = text.as_bytes();
    let (first, last) = match bytes.first_chunk() {
        Some(first) => (eight(Some(first)), eight(bytes.last_chunk())),
        None => {
            let short = bytes
                .iter()
                .fold(0, |short, byte| short << 8 | u64::from(*byte));
            (short, 0)
        }
    };
    // Odd numbers without a pattern; the upper bits of the product depend on all of it.
    let mixed =
        (first ^ last.rotate_left(29) ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 54) as usize
}

/// Gives back what lists have room for beyond what is in them.
fn fit(finding: &mut Finding) {
    finding.keys.shrink_to_fit();
    finding.locations.shrink_to_fit();
    finding.references.shrink_to_fit();
    finding.rule.tags.shrink_to_fit();
    if let Some(known) = finding.vulnerability.as_deref_mut() {
        known.cvss.shrink_to_fit();
        known.cwes.shrink_to_fit();
        known.fixed_in.shrink_to_fit();
        known.ids.shrink_to_fit();
    }
}

/// Visits every text of a finding, each time in the same order.
fn each_text(finding: &mut Finding, visit: &mut impl FnMut(&mut Text)) {
    let Finding {
        attributes,
        class: _,
        confidence: _,
        count: _,
        description,
        endpoint,
        evidence: Evidence { pointer, report: _ },
        first_seen: _,
        id: _,
        keys,
        locations,
        references,
        remediation,
        resource,
        rule: Rule {
            id,
            name,
            tags,
            url,
        },
        severity:
            Severity {
                level: _,
                origin: _,
                original,
                score,
                source,
            },
        status: _,
        suppression,
        title,
        tool,
        vulnerability,
    } = finding;
    attributes.texts_mut().for_each(&mut *visit);
    [description, pointer, id, title, tool]
        .into_iter()
        .for_each(&mut *visit);
    [remediation, name, url, original, score, source]
        .into_iter()
        .flatten()
        .for_each(&mut *visit);
    keys.iter_mut()
        .chain(references)
        .chain(tags)
        .for_each(&mut *visit);
    for Location {
        end_column: _,
        end_line: _,
        logical,
        path,
        start_column: _,
        start_line: _,
    } in locations
    {
        [logical, path].into_iter().flatten().for_each(&mut *visit);
    }
    if let Some(Endpoint {
        method,
        parameter,
        url,
    }) = endpoint.as_deref_mut()
    {
        [method, parameter]
            .into_iter()
            .flatten()
            .for_each(&mut *visit);
        visit(url);
    }
    if let Some(Resource {
        account,
        id,
        image_digest,
        kind,
        region,
    }) = resource.as_deref_mut()
    {
        [id, kind].into_iter().for_each(&mut *visit);
        [account, image_digest, region]
            .into_iter()
            .flatten()
            .for_each(&mut *visit);
    }
    if let Some(Suppression {
        justification: Some(justification),
        kind: _,
        state: _,
    }) = suppression
    {
        visit(justification);
    }
    if let Some(known) = vulnerability.as_deref_mut() {
        each_text_of(known, visit);
    }
}

fn each_text_of(known: &mut Vulnerability, visit: &mut impl FnMut(&mut Text)) {
    let Vulnerability {
        cvss,
        cwes: _,
        epss,
        fix_state: _,
        fixed_in,
        ids,
        known_exploited: _,
        software:
            Software {
                ecosystem,
                name,
                path,
                purl,
                version,
            },
    } = known;
    ids.iter_mut().chain(fixed_in).for_each(&mut *visit);
    visit(name);
    [epss, ecosystem, path, purl, version]
        .into_iter()
        .flatten()
        .for_each(&mut *visit);
    for Cvss {
        score,
        source,
        vector,
        version,
    } in cvss
    {
        visit(version);
        [score, source, vector]
            .into_iter()
            .flatten()
            .for_each(&mut *visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::full;

    #[test]
    fn what_is_packed_says_the_same_and_shares_what_repeats() {
        let mut packer = Packer::default();
        let (mut first, mut second) = (full(), full());
        second.title = "another".into();
        let (plain, plain_second) = (first.clone(), second.clone());
        packer.pack(&mut first);
        packer.pack(&mut second);
        assert_eq!((&first, &second), (&plain, &plain_second));
        let place = |text: &Text| text.as_ptr();
        assert_eq!(place(&first.description), place(&second.description));
        assert_ne!(place(&first.description), place(&plain.description));
    }
}
