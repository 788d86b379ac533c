//! Where a result is (sections 3.28 to 3.33).

use serde::Serialize;

use gate_core::finding::{self, Finding, Software};

use crate::sarif::uri::{of_address, of_path};

/// The base of every path (section 3.14.14). Where it is on the machine that scanned, nobody knows.
pub(super) const ROOT: &str = "%SRCROOT%";

/// A location (section 3.28).
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_locations: Option<[Logical<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

/// A region (section 3.30). A column without a line says nothing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    fully_qualified_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

/// The places of a finding: its own, or else what it is about. Readers show a result without a place nowhere.
pub(super) fn of(finding: &Finding) -> Vec<Location<'_>> {
    let own = finding.locations.iter().filter_map(own);
    let own: Vec<_> = own.collect();
    if !own.is_empty() {
        return own;
    }
    let software = finding.vulnerability.as_ref().map(|v| &v.software);
    let software = software.filter(|s| !s.name.is_empty()).map(package);
    let endpoint = || {
        let url = &*finding.endpoint.as_deref()?.url;
        Some(match of_address(url) {
            Some(uri) => Location {
                physical_location: Some(Physical {
                    artifact_location: Artifact {
                        uri,
                        uri_base_id: None,
                    },
                    region: None,
                }),
                ..Location::default()
            },
            None => named(url, None),
        })
    };
    let resource = || {
        let resource = finding.resource.as_deref()?;
        Some(named(&resource.id, Some("resource")))
    };
    let found = software.or_else(endpoint).or_else(resource);
    found.into_iter().collect()
}

fn own(location: &finding::Location) -> Option<Location<'_>> {
    let physical = location.path.as_deref().map(|path| Physical {
        region: region(location),
        ..file(path)
    });
    let logical = location.logical.as_deref();
    (physical.is_some() || logical.is_some()).then(|| Location {
        physical_location: physical,
        logical_locations: logical.map(|name| [logical_location(name, None)]),
    })
}

fn region(location: &finding::Location) -> Option<Region> {
    let start_line = location.start_line.filter(|line| *line > 0)?;
    let positive = |number: Option<u32>| number.filter(|n| *n > 0);
    Some(Region {
        start_line,
        start_column: positive(location.start_column),
        end_line: location.end_line.filter(|line| *line >= start_line),
        end_column: positive(location.end_column),
    })
}

fn file(path: &str) -> Physical {
    // What begins with a slash is not below any root (section 3.4.4).
    let below = !path.starts_with('/');
    Physical {
        artifact_location: Artifact {
            uri: of_path(path),
            uri_base_id: below.then_some(ROOT),
        },
        region: None,
    }
}

fn package(software: &Software) -> Location<'_> {
    let name = software.purl.as_deref().unwrap_or(&software.name);
    Location {
        physical_location: software.path.as_deref().map(file),
        ..named(name, Some("package"))
    }
}

fn named<'a>(name: &'a str, kind: Option<&'static str>) -> Location<'a> {
    Location {
        logical_locations: Some([logical_location(name, kind)]),
        ..Location::default()
    }
}

fn logical_location<'a>(name: &'a str, kind: Option<&'static str>) -> Logical<'a> {
    Logical {
        fully_qualified_name: name,
        kind,
    }
}
