//! Types and glue of `wit/policy.wit`, generated.

#[cfg(not(feature = "serde"))]
wit_bindgen::generate!({
    world: "policy",
    path: "../wit/policy.wit",
    pub_export_macro: true,
    export_macro_name: "export",
    additional_derives: [PartialEq, Clone],
});

#[cfg(feature = "serde")]
wit_bindgen::generate!({
    world: "policy",
    path: "../wit/policy.wit",
    pub_export_macro: true,
    export_macro_name: "export",
    additional_derives: [PartialEq, Clone, serde::Serialize, serde::Deserialize],
});
