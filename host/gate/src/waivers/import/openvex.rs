//! OpenVEX, of which only `not_affected` can be a waiver
//! (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>).

use serde::Deserialize;

use crate::waivers::import::Entry;

#[derive(Deserialize)]
struct Document {
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Vulnerability,
    #[serde(default)]
    products: Vec<Product>,
    status: String,
    justification: Option<String>,
    impact_statement: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    name: String,
}

#[derive(Deserialize)]
struct Product {
    #[serde(rename = "@id")]
    id: Option<String>,
    #[serde(default)]
    subcomponents: Vec<Product>,
}

/// A statement is about the parts of its products, where it names any.
pub(super) fn statements(text: &str) -> Result<Vec<Entry>, String> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| format!("it is no OpenVEX: {error}"))?;
    let entry = |(number, statement): (usize, Statement)| {
        let parts = |product: &Product| {
            let of: Vec<_> = product
                .subcomponents
                .iter()
                .filter_map(|p| p.id.clone())
                .collect();
            if of.is_empty() {
                product.id.iter().cloned().collect()
            } else {
                of
            }
        };
        let mut entry = Entry {
            line: number,
            name: statement.vulnerability.name,
            purls: statement.products.iter().flat_map(parts).collect(),
            reason: statement.impact_statement.or(statement.justification),
            ..Entry::default()
        };
        if statement.status != "not_affected" {
            entry
                .beyond
                .push(format!("the status `{}`", statement.status));
        }
        entry
    };
    Ok((1..).zip(document.statements).map(entry).collect())
}
