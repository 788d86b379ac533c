//! Components and what stands around them, in JSON and in XML, whose attributes begin with `@`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::digest::Digest;
use gate_core::finding::{Software, Text};

use super::vulnerability::Vulnerability;
use crate::normalize::{given, percent_decoded};
use crate::package::software_of_purl;

#[derive(Default, Deserialize)]
pub(super) struct Component {
    #[serde(rename = "bom-ref", alias = "@bom-ref")]
    pub(super) reference: Option<Text>,
    #[serde(rename = "type", alias = "@type")]
    pub(super) kind: Option<Text>,
    group: Option<Text>,
    pub(super) name: Option<Text>,
    version: Option<Text>,
    purl: Option<Text>,
    pub(super) components: Option<Vec<Component>>,
    /// Only in the XML of version 1.2, by an extension.
    pub(super) vulnerabilities: Option<Vec<Vulnerability>>,
}

impl Component {
    /// The component as a package, if it has a name. Many tools write the package URL as its reference, and some
    /// only there.
    pub(super) fn software(self) -> Option<Software> {
        let is_image = self.is_image();
        let purl = given(self.purl).or(self.reference);
        let of_purl = purl.as_deref().and_then(software_of_purl);
        let name = match (given(self.group), given(self.name)) {
            (Some(group), Some(name)) => Some(format!("{group}/{name}").into()),
            (_, name) => name,
        };
        // Of an image it is a digest or a tag, which every build changes.
        let version = given(self.version).filter(|_| !is_image);
        match (of_purl, name) {
            // The package URL says how its kind of package is named.
            (Some(mut software), _) => {
                software.version = version.or(software.version);
                Some(software)
            }
            (None, Some(name)) => Some(Software {
                name,
                version,
                ..Software::default()
            }),
            (None, None) => None,
        }
    }

    /// The digest of an image, which Trivy writes into the package URL and Grype as the version.
    pub(super) fn digest(&self) -> Option<String> {
        let of_purl = self.purl.as_deref().and_then(|purl| {
            let (_, version) = purl.split_once('@')?;
            version.split(['?', '#']).next().map(percent_decoded)
        });
        let version = self.version.as_deref().map(Cow::Borrowed);
        let digest = [of_purl, version]
            .into_iter()
            .flatten()
            .find_map(|text| text.parse::<Digest>().ok());
        digest
            .filter(|_| self.is_image())
            .map(|digest| digest.to_string())
    }

    fn is_image(&self) -> bool {
        self.kind.as_deref() == Some("container")
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) timestamp: Option<String>,
    tools: Option<Tools>,
    pub(super) component: Option<Component>,
    authors: Option<Parties>,
    /// Since 1.6.
    manufacturer: Option<Parties>,
    supplier: Option<Parties>,
}

/// People or an organization.
#[derive(Deserialize)]
#[serde(untagged)]
enum Parties {
    List(Vec<Party>),
    /// In XML: the people, or what is said of the organization.
    Bag {
        #[serde(rename = "#items")]
        items: Vec<Party>,
    },
    One(Party),
    /// Nothing that anybody is named by.
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Party {
    name: Option<String>,
    #[serde(rename = "#name")]
    element: Option<String>,
    #[serde(rename = "#text")]
    text: Option<String>,
}

impl Parties {
    fn names(&self) -> Option<String> {
        let parties = match self {
            Self::List(parties) | Self::Bag { items: parties } => parties.as_slice(),
            Self::One(party) => std::slice::from_ref(party),
            Self::Other(_) => &[],
        };
        let name = |party: &Party| {
            let is_name = party.element.as_deref() == Some("name");
            let text = party.text.clone().filter(|_| is_name);
            party.name.clone().or(text)
        };
        let names: Vec<String> = parties.iter().filter_map(name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tools {
    /// Up to version 1.4; and XML, where the components of later versions are a list in it.
    List(Vec<ToolOrTools>),
    Parts {
        components: Option<Vec<Tool>>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ToolOrTools {
    Tools(Vec<Tool>),
    Tool(Tool),
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
    version: Option<String>,
}

impl Metadata {
    /// Who answers for the document: its authors, else who made it, else who supplies what it is about.
    pub(super) fn issuer(&self) -> Option<String> {
        let parties = [&self.authors, &self.manufacturer, &self.supplier];
        let mut named = parties.into_iter().flatten();
        named.find_map(Parties::names)
    }

    /// The tools with their versions, such as `trivy 0.69.1`.
    pub(super) fn tools(&self) -> Option<String> {
        let mut all: Vec<&Tool> = Vec::new();
        match &self.tools {
            None => {}
            Some(Tools::Parts { components }) => all.extend(components.iter().flatten()),
            Some(Tools::List(list)) => {
                for tool in list {
                    match tool {
                        ToolOrTools::Tool(tool) => all.push(tool),
                        ToolOrTools::Tools(tools) => all.extend(tools),
                    }
                }
            }
        }
        let named = all.into_iter().filter_map(|tool| {
            let name = tool.name.as_deref()?;
            Some(format!(
                "{name} {}",
                tool.version.as_deref().unwrap_or_default()
            ))
        });
        let named: Vec<String> = named.map(|tool| tool.trim().to_owned()).collect();
        (!named.is_empty()).then(|| named.join(", "))
    }
}
