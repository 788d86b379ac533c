//! Types and calls of `wit/policy.wit` and `wit/adapter/adapter.wit`, generated.

#[cfg(not(feature = "serde"))]
wasmtime::component::bindgen!({ world: "policy", path: "../../wit/policy.wit" });

#[cfg(feature = "serde")]
wasmtime::component::bindgen!({
    world: "policy",
    path: "../../wit/policy.wit",
    additional_derives: [serde::Serialize, serde::Deserialize],
});

pub mod adapter {
    //! Those of adapters, which are a package of their own.

    wasmtime::component::bindgen!({ world: "adapter", path: "../../wit/adapter" });
}
