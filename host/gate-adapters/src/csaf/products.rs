//! What product identifiers mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use gate_core::finding::{Software, Text};

use crate::normalize::given;
use crate::package::software_of_purl;

#[derive(Deserialize)]
pub(super) struct ProductTree {
    branches: Option<Vec<Branch>>,
    full_product_names: Option<Vec<Product>>,
    product_groups: Option<Vec<Group>>,
    relationships: Option<Vec<Relationship>>,
}

#[derive(Deserialize)]
struct Branch {
    category: Option<Text>,
    name: Option<Text>,
    branches: Option<Vec<Branch>>,
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    product_id: Text,
    name: Text,
    product_identification_helper: Option<Helper>,
}

#[derive(Deserialize)]
struct Helper {
    purl: Option<Text>,
    /// Since 2.1.
    purls: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Group {
    group_id: Text,
    product_ids: Vec<Text>,
}

#[derive(Deserialize)]
struct Relationship {
    full_product_name: Product,
    product_reference: Text,
    relates_to_product_reference: Text,
}

/// Products and groups of them.
#[derive(Default)]
pub(super) struct Products {
    named: BTreeMap<Text, Software>,
    /// For a product that is part of another the package URL of that, which may name a version or a digest.
    wholes: BTreeMap<Text, Text>,
    groups: BTreeMap<Text, BTreeSet<Text>>,
}

impl Products {
    /// What an identifier means; itself when nothing says.
    pub(super) fn software(&self, id: &str) -> Software {
        self.named.get(id).cloned().unwrap_or_else(|| Software {
            name: id.into(),
            ..Software::default()
        })
    }

    /// What a product is part of, where that has a package URL.
    pub(super) fn whole(&self, id: &str) -> Option<&Text> {
        self.wholes.get(id)
    }

    pub(super) fn in_group(&self, product: &str, group: &str) -> bool {
        self.groups
            .get(group)
            .is_some_and(|products| products.contains(product))
    }
}

impl Product {
    /// By its package URL, else by the branches that lead to it, else by its full name. A package URL without a version
    /// has the one of the branches, or the range: it does not mean every version.
    fn software(&self, name: Option<&Text>, version: Option<&Text>) -> Software {
        let helper = self.product_identification_helper.as_ref();
        let purls = helper
            .into_iter()
            .flat_map(|h| h.purl.iter().chain(h.purls.iter().flatten()));
        if let Some(mut software) = purls
            .map(|purl| software_of_purl(purl))
            .find_map(|purl| purl)
        {
            software.version = software.version.or_else(|| version.cloned());
            return software;
        }
        match (name, version) {
            (Some(name), Some(version)) => Software {
                name: name.clone(),
                version: Some(version.clone()),
                ..Software::default()
            },
            _ => Software {
                name: given(Some(self.name.clone())).unwrap_or_else(|| self.product_id.clone()),
                ..Software::default()
            },
        }
    }
}

impl ProductTree {
    pub(super) fn products(self) -> Products {
        let mut products = Products::default();
        for product in self.full_product_names.into_iter().flatten() {
            let software = product.software(None, None);
            products.named.insert(product.product_id, software);
        }
        // Each branch with the name and the version that the ones above it give.
        let mut open: Vec<(Branch, Option<Text>, Option<Text>)> = Vec::new();
        let roots = self.branches.into_iter().flatten();
        open.extend(roots.map(|branch| (branch, None, None)));
        while let Some((branch, mut name, mut version)) = open.pop() {
            match branch.category.as_deref() {
                Some("product_name") => name = given(branch.name),
                Some("product_version") => version = given(branch.name),
                // A range is no version of a product that has a name, but it bounds what a package URL means.
                Some("product_version_range") => (name, version) = (None, given(branch.name)),
                _ => {}
            }
            if let Some(product) = branch.product {
                let software = product.software(name.as_ref(), version.as_ref());
                products.named.insert(product.product_id, software);
            }
            let inside = branch.branches.into_iter().flatten();
            open.extend(inside.map(|branch| (branch, name.clone(), version.clone())));
        }
        // A component may itself be of another relationship that stands later: as often as there are any.
        let mut left: Vec<Relationship> = self.relationships.into_iter().flatten().collect();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|relationship| !products.relate(relationship));
            if left.len() == before {
                break;
            }
        }
        for Relationship {
            full_product_name, ..
        } in left
        {
            let software = full_product_name.software(None, None);
            products
                .named
                .insert(full_product_name.product_id, software);
        }
        for group in self.product_groups.into_iter().flatten() {
            products
                .groups
                .insert(group.group_id, group.product_ids.into_iter().collect());
        }
        products
    }
}

impl Products {
    /// Names a product that consists of two, if both are known.
    fn relate(&mut self, relationship: &Relationship) -> bool {
        let part = self.named.get(&relationship.product_reference);
        let whole = self.named.get(&relationship.relates_to_product_reference);
        let (Some(part), Some(whole)) = (part, whole) else {
            return false;
        };
        let mut software = relationship.full_product_name.software(None, None);
        // Its own package URL is more exact than that of its part.
        if software.purl.is_none() {
            software = part.clone();
        }
        let version = whole
            .version
            .as_deref()
            .map(|version| format!(" {version}"));
        software.path = Some(format!("{}{}", whole.name, version.unwrap_or_default()).into());
        let id = relationship.full_product_name.product_id.clone();
        if let Some(purl) = whole.purl.clone() {
            self.wholes.insert(id.clone(), purl);
        }
        self.named.insert(id, software);
        true
    }
}
