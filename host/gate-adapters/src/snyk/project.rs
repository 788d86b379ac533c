//! Projects, without their vulnerabilities: what was tested, and what could not be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use gate_core::code::Code;
use gate_core::finding::Text;
use gate_core::scan_report::{Completeness, Problem, Target};

use super::{ADAPTER, Owner};
use crate::adapter::Run;
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    /// Other tools have `vulnerabilities`, too, but not this beside them.
    ok: Option<bool>,
    error: Option<Value>,
    path: Option<String>,
    vulnerabilities: Option<Vec<u8>>,
    infrastructure_as_code_issues: Option<Vec<u8>>,
    #[expect(
        dead_code,
        reason = "there so that another shape than lists is refused"
    )]
    filtered: Option<Filtered>,
    dependency_count: Option<i64>,
    unique_count: Option<u64>,
    severity_threshold: Option<String>,
    project_name: Option<String>,
    target_file: Option<String>,
    display_target_file: Option<String>,
    docker: Option<IgnoredAny>,
    applications: Option<Vec<Project>>,
    /// Of `snyk monitor`.
    is_monitored: Option<bool>,
    /// Of SARIF.
    runs: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "there so that another shape than a list is refused"
)]
struct Filtered {
    ignore: Option<Vec<u8>>,
    patch: Option<Vec<u8>>,
}

impl Project {
    /// The file that names the packages. That of an image is its Dockerfile, which names none.
    pub(super) fn file(&self) -> Option<&str> {
        let file = self
            .display_target_file
            .as_deref()
            .or(self.target_file.as_deref());
        file.filter(|file| !file.is_empty() && self.docker.is_none())
    }

    fn place(&self) -> String {
        let names = [
            &self.display_target_file,
            &self.target_file,
            &self.project_name,
            &self.path,
        ];
        let name = names.into_iter().flatten().find(|name| !name.is_empty());
        name.cloned().unwrap_or_default()
    }

    /// Whether it was tested; why not, when Snyk says so.
    fn tested(&self) -> Result<Result<(), String>, ReadError> {
        let what = match &self.error {
            Some(Value::String(text)) => return Ok(Err(text.clone())),
            Some(Value::Object(error)) => {
                let message = error.get("message").and_then(Value::as_str);
                return Ok(Err(message.unwrap_or("Snyk does not say why").to_owned()));
            }
            Some(_) => return Ok(Err("Snyk does not say why".to_owned())),
            None if self.runs.is_some() => "it is SARIF; name it with `--report sarif=PATH`",
            None if self.ok.is_some()
                && (self.vulnerabilities.is_some()
                    || self.infrastructure_as_code_issues.is_some()) =>
            {
                return Ok(Ok(()));
            }
            None if self.is_monitored.is_some() => {
                let what = "`snyk monitor` reports no vulnerabilities; `snyk test --json` does";
                return Err(ReadError::Unsupported(what.to_owned()));
            }
            None => "`ok` or `vulnerabilities` is missing",
        };
        Err(ReadError::wrong_tool(ADAPTER.tool, what))
    }
}

/// The projects of a report, and what they say of the run.
pub(super) fn read(
    envelope: &[u8],
    ids: &BTreeMap<Owner, BTreeSet<Text>>,
    run: &mut Run,
) -> Result<BTreeMap<Owner, Project>, ReadError> {
    let mut projects: Vec<(Owner, Project)> = Vec::new();
    if is_array(envelope) {
        let list: Vec<Project> = array(ADAPTER.tool, envelope)?;
        let owned = list.into_iter().zip(0..).map(|(project, at)| {
            let owner = Owner {
                project: Some(at),
                application: None,
            };
            (owner, project)
        });
        projects.extend(owned);
    } else {
        projects.push((Owner::default(), object(ADAPTER.tool, envelope)?));
    }
    target(&projects, run);
    let mut inside = Vec::new();
    for (owner, project) in &mut projects {
        for (application, at) in project.applications.take().into_iter().flatten().zip(0..) {
            inside.push((
                Owner {
                    application: Some(at),
                    ..*owner
                },
                application,
            ));
        }
    }
    projects.extend(inside);

    let mut failures = Vec::new();
    for (_, project) in &projects {
        if let Err(why) = project.tested()? {
            failures.push((project.place(), why));
        }
    }
    if failures.len() == projects.len()
        && let Some((_, why)) = failures.first()
    {
        return Err(ReadError::ScannerFailed(why.clone()));
    }
    for (place, why) in failures {
        run.left_out(place, format!("Snyk could not test it: {why}"));
    }
    count(&projects, ids, run);
    // What the user left out on purpose does not make the report less than was asked for.
    let thresholds = projects
        .iter()
        .filter_map(|(_, project)| project.severity_threshold.as_deref());
    for word in thresholds
        .filter(|word| !word.is_empty())
        .collect::<BTreeSet<_>>()
    {
        let message = format!("Snyk was told to leave out what is below {word}");
        run.problem(
            Completeness::Complete,
            Problem::new(Code::ScannerProblem, message),
        );
    }
    Ok(projects.into_iter().collect())
}

fn target(projects: &[(Owner, Project)], run: &mut Run) {
    // Several projects have no name in common.
    let [(_, project)] = projects else { return };
    let (kind, name) = if project.docker.is_some() {
        (Some("image".to_owned()), &project.path)
    } else {
        (None, &project.project_name)
    };
    run.target = name
        .clone()
        .filter(|name| !name.is_empty())
        .map(|name| Target {
            digests: Vec::new(),
            kind,
            name,
        });
}

fn count(projects: &[(Owner, Project)], ids: &BTreeMap<Owner, BTreeSet<Text>>, run: &mut Run) {
    let mut dependencies = None;
    let mut files = 0;
    for (owner, project) in projects {
        // A file of infrastructure as code has no dependencies, and says that it has 0.
        if project.infrastructure_as_code_issues.is_some() {
            files += 1;
        } else if let Some(count) = project.dependency_count {
            let count = u64::try_from(count).unwrap_or_default();
            dependencies = Some(dependencies.unwrap_or(0_u64).saturating_add(count));
        }
        let there = ids.get(owner).map_or(0, |ids| ids.len() as u64);
        if let Some(counted) = project.unique_count.filter(|counted| *counted > there) {
            run.left_out(
                project.place(),
                format!("Snyk counts {counted} different vulnerabilities, and {there} are there"),
            );
        }
    }
    run.scanned = match dependencies {
        Some(count) => Some(count.saturating_add(files)),
        None => (files > 0).then_some(files),
    };
    let found = ids.values().any(|ids| !ids.is_empty());
    if projects.is_empty() {
        run.nothing_scanned("the report has no project");
    } else if run.scanned == Some(0) && !found {
        run.nothing_scanned("Snyk found no dependency to test");
    }
}
