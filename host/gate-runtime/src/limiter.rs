//! What a policy may take: memory, tables, instances.

use wasmtime::{ResourceLimiter, Result, bail};

use gate_core::request::Limits;

/// The state of a store: the limits, and how far they were used.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    table_elements: usize,
    instances: usize,
    /// Size of all linear memories together, in bytes.
    memory: usize,
    /// The largest that this was so far.
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
            memory: 0,
            memory_peak: 0,
            exceeded: false,
        }
    }
}

impl ResourceLimiter for Limiter {
    /// Growing beyond the limit is a trap: a policy that could see the failure could answer differently. The limit
    /// holds for all memories together, or a policy would have as many times as much as it has memories.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let memory = self.memory.saturating_add(desired.saturating_sub(current));
        if memory > self.memory_bytes {
            self.exceeded = true;
            bail!("the memories would grow to {memory} bytes");
        }
        self.memory = memory;
        self.memory_peak = self.memory_peak.max(memory);
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
