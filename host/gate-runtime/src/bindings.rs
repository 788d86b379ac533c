//! Types and calls of `wit/policy.wit`, generated.

#[cfg(not(feature = "serde"))]
wasmtime::component::bindgen!({ world: "policy", path: "../../wit" });

#[cfg(feature = "serde")]
wasmtime::component::bindgen!({
    world: "policy",
    path: "../../wit",
    additional_derives: [serde::Serialize, serde::Deserialize],
});
