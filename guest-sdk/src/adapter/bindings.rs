//! Types and glue of `wit/adapter/adapter.wit`, generated.

wit_bindgen::generate!({
    world: "adapter",
    path: "../wit/adapter",
    pub_export_macro: true,
    export_macro_name: "export",
    additional_derives: [PartialEq, Clone],
});
