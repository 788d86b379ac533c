//! What surrounds the dependencies, in JSON and in XML.

use serde::Deserialize;

use super::TOOL;
use crate::envelope::object;
use crate::error::ReadError;

/// What both say of the run.
pub(super) struct Report {
    pub(super) engine_version: Option<String>,
    pub(super) database_version: Option<String>,
    pub(super) project: Option<String>,
    pub(super) finished: Option<String>,
    pub(super) exceptions: Vec<String>,
    pub(super) dependencies: u64,
}

impl Report {
    fn new(
        engine_version: Option<String>,
        sources: Vec<DataSource>,
        exceptions: Vec<Failure>,
        project: Project,
        dependencies: &[u8],
    ) -> Self {
        let dated = |source: &DataSource| source.name.contains("Modified");
        let at = sources.iter().position(dated).unwrap_or(0);
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        let messages = exceptions.into_iter().map(|failure| said(failure.message));
        Self {
            engine_version: said(engine_version),
            database_version: sources
                .into_iter()
                .nth(at)
                .and_then(|source| said(source.timestamp)),
            project: said(project.name),
            finished: project.report_date,
            exceptions: messages
                .map(|message| {
                    message.unwrap_or_else(|| "Dependency-Check does not say why".to_owned())
                })
                .collect(),
            dependencies: dependencies.len() as u64,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Project {
    name: Option<String>,
    report_date: Option<String>,
}

#[derive(Deserialize)]
struct DataSource {
    name: String,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    report_schema: String,
    scan_info: JsonScanInfo,
    project_info: Project,
    dependencies: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonScanInfo {
    engine_version: Option<String>,
    data_source: Option<Vec<DataSource>>,
    analysis_exceptions: Option<Vec<JsonFailure>>,
}

#[derive(Deserialize)]
struct JsonFailure {
    exception: Failure,
}

pub(super) fn json(envelope: &[u8]) -> Result<Report, ReadError> {
    let report: Json = object(TOOL, envelope)?;
    if report.report_schema != "1.1" {
        let what = format!(
            "schema {} of Dependency-Check's JSON report is not known; 1.1 is",
            report.report_schema
        );
        return Err(ReadError::Unsupported(what));
    }
    let JsonScanInfo {
        engine_version,
        data_source,
        analysis_exceptions,
    } = report.scan_info;
    let failures = analysis_exceptions.into_iter().flatten();
    Ok(Report::new(
        engine_version,
        data_source.unwrap_or_default(),
        failures.map(|failure| failure.exception).collect(),
        report.project_info,
        &report.dependencies,
    ))
}

#[derive(Deserialize)]
struct XmlRoot {
    analysis: Analysis,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    #[serde(rename = "@xmlns")]
    namespace: String,
    scan_info: XmlScanInfo,
    project_info: Project,
    dependencies: Vec<u8>,
}

#[derive(Deserialize)]
struct XmlScanInfo {
    #[serde(rename = "#items")]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Exceptions(Vec<Failure>),
    Source(DataSource),
    Text {
        #[serde(rename = "#name")]
        name: String,
        #[serde(rename = "#text")]
        text: Option<String>,
    },
}

pub(super) fn xml(envelope: &[u8]) -> Result<Report, ReadError> {
    let XmlRoot { analysis } = object(TOOL, envelope)?;
    let named = analysis.namespace.rsplit_once("dependency-check.");
    let Some(version) = named.and_then(|(_, rest)| rest.strip_suffix(".xsd")) else {
        return Err(ReadError::wrong_tool(
            TOOL,
            "its namespace is not that of a Dependency-Check report",
        ));
    };
    let major = version.split('.').next().unwrap_or_default();
    if !matches!(major, "1" | "2" | "3" | "4") {
        let what = format!(
            "schema {version} of Dependency-Check's XML report is not known; 1.3 to 4.1 are"
        );
        return Err(ReadError::Unsupported(what));
    }
    let (mut engine, mut sources, mut failures) = (None, Vec::new(), Vec::new());
    for item in analysis.scan_info.items {
        match item {
            Item::Exceptions(list) => failures.extend(list),
            Item::Source(source) => sources.push(source),
            Item::Text { name, text } if name == "engineVersion" => engine = text,
            Item::Text { .. } => {}
        }
    }
    Ok(Report::new(
        engine,
        sources,
        failures,
        analysis.project_info,
        &analysis.dependencies,
    ))
}
