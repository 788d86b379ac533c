//! What a policy may take: memory, tables, instances.

use wasmtime::{ResourceLimiter, Result, bail};

use gate_core::request::Limits;

/// The state of a store: the limits, and how far they were used.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    table_elements: usize,
    instances: usize,
    /// Largest linear memory so far, in bytes.
    pub(crate) memory_peak: usize,
    /// A memory or table was asked to grow beyond its limit.
    pub(crate) exceeded: bool,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX),
            table_elements: limits.table_elements as usize,
            instances: limits.instances as usize,
            memory_peak: 0,
            exceeded: false,
        }
    }
}

impl ResourceLimiter for Limiter {
    /// Growing beyond the limit is a trap: a policy that could see the failure could answer differently.
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if desired > self.memory_bytes {
            self.exceeded = true;
            bail!("a memory would grow to {desired} bytes");
        }
        self.memory_peak = self.memory_peak.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if desired > self.table_elements {
            self.exceeded = true;
            bail!("a table would grow to {desired} elements");
        }
        Ok(true)
    }

    /// The host itself could not provide the memory. As above: never visible to the policy.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.exceeded = true;
        Err(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.exceeded = true;
        Err(error)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }
}
