//! An element of the graph of version 3. In 3.0.0 its keys had no prefix and JSON-LD's own names.

use serde::Deserialize;

use gate_core::finding::Text;

/// Elements of all classes have their keys in one structure: what a class has not is absent.
#[derive(Deserialize)]
pub(super) struct Element {
    #[serde(rename = "type", alias = "@type")]
    pub(super) class: Option<Text>,
    #[serde(rename = "spdxId", alias = "@id")]
    pub(super) id: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) created: Option<Text>,
    #[serde(rename = "software_packageVersion", alias = "packageVersion")]
    pub(super) version: Option<Text>,
    #[serde(rename = "software_packageUrl", alias = "packageUrl")]
    pub(super) purl: Option<Text>,
    #[serde(rename = "externalIdentifier")]
    pub(super) identifiers: Option<Vec<Identifier>>,
    pub(super) from: Option<Text>,
    pub(super) to: Option<Vec<Text>>,
    #[serde(rename = "relationshipType")]
    pub(super) relationship: Option<Text>,
    #[serde(rename = "security_assessedElement", alias = "assessedElement")]
    pub(super) assessed: Option<Text>,
    #[serde(rename = "security_justificationType", alias = "justificationType")]
    pub(super) justification: Option<Text>,
    #[serde(rename = "security_impactStatement", alias = "impactStatement")]
    pub(super) impact: Option<Text>,
    #[serde(rename = "security_actionStatement", alias = "actionStatement")]
    pub(super) action: Option<Text>,
    #[serde(rename = "security_severity", alias = "severity")]
    pub(super) severity: Option<Text>,
    #[serde(rename = "security_score", alias = "score")]
    pub(super) score: Option<Number>,
    #[serde(rename = "security_vectorString", alias = "vectorString")]
    pub(super) vector: Option<Text>,
}

#[derive(Deserialize)]
pub(super) struct Identifier {
    #[serde(rename = "externalIdentifierType")]
    pub(super) kind: Option<Text>,
    pub(super) identifier: Text,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Number(f64),
    Text(Text),
}
