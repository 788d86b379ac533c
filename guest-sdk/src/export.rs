//! The macro that makes a function a policy.

/// Exports a function as the policy of this crate.
///
/// Takes the crate's [`Description`](crate::Description) and the function. Outside WebAssembly it only checks
/// that both have the right types, so that the same crate runs in unit tests.
#[macro_export]
macro_rules! export_policy {
    ($description:expr, $policy:path) => {
        const _: () = {
            use $crate::bindings::exports::gate::policy::guest as wit;

            struct Exported;
            struct Running($crate::internal::Evaluation);

            impl wit::Guest for Exported {
                type Evaluation = Running;

                fn describe() -> wit::Description {
                    $crate::Description::to_wit(&$description)
                }
            }

            impl wit::GuestEvaluation for Running {
                fn new(context: $crate::Context) -> Self {
                    Self($crate::internal::Evaluation::start(
                        &$description,
                        context,
                        $policy,
                    ))
                }

                fn on_findings(&self, batch: wit::Batch) -> Result<(), String> {
                    self.0.on_findings(batch)
                }

                fn finish(&self) -> Result<$crate::Decision, String> {
                    self.0.finish()
                }
            }

            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}
