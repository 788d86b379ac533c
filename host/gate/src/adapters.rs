//! The adapters at hand: those of the program, and the components that the profile names by digest.

mod reader;
mod row;

use std::fs;
use std::path::{Path, PathBuf};

use gate_adapters::adapter::Adapter;
use gate_adapters::registry;
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::request::Limits;
use gate_core::scan_report::ScanReport;
use gate_runtime::adapter::{AdapterFailure, AdapterRuntime, LoadedAdapter};

use crate::compiler::compiler;
use crate::failure::{Failure, Result};
use crate::parallel;

/// An adapter that the profile names.
#[derive(Debug, Clone)]
pub(crate) struct AdapterSource {
    /// The tool whose reports it reads.
    pub(crate) tool: String,
    /// File of the component.
    pub(crate) path: PathBuf,
    /// Digest that the component has to have.
    pub(crate) digest: Digest,
}

impl AdapterSource {
    /// The bytes of the file, if they are what the profile says.
    fn component(&self) -> Result<Vec<u8>> {
        let component = read_component(&self.path)?;
        let digest = Digest::of(&component);
        if digest != self.digest {
            let message = format!(
                "the adapter `{}` is {digest}, and the profile says {}",
                self.path.display(),
                self.digest
            );
            return Err(Failure::new(Code::AdapterDigest, message));
        }
        Ok(component)
    }
}

/// The adapters at hand, in order of tool.
#[derive(Debug)]
pub(crate) struct Adapters {
    all: Vec<&'static Adapter>,
    /// Identifier and bytes of those that are components.
    components: Vec<(&'static str, Vec<u8>)>,
}

impl Adapters {
    /// Those of the program, and these.
    pub(crate) fn load<'a>(sources: impl IntoIterator<Item = &'a AdapterSource>) -> Result<Self> {
        let mut adapters = Self {
            all: registry::ADAPTERS.to_vec(),
            components: Vec::new(),
        };
        let read = |source: &'a AdapterSource| Ok((source, source.component()?));
        let sources = sources.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        if sources.is_empty() {
            return Ok(adapters);
        }
        let runtime = runtime(&Limits::STANDARD)?;
        let loaded = parallel::map(&sources, |(source, component)| {
            load(&runtime, component, &source.path.display().to_string())
        });
        for ((source, component), loaded) in sources.into_iter().zip(loaded) {
            let loaded = loaded?;
            if loaded.description.tool != source.tool {
                let message = format!(
                    "the adapter `{}` reads reports of `{}`, and the profile names it for `{}`",
                    source.path.display(),
                    loaded.description.tool,
                    source.tool
                );
                let help = format!("write `[adapters.{}]`", loaded.description.tool);
                return Err(Failure::new(Code::AdapterInvalid, message).help(help));
            }
            adapters.add(&loaded, component);
        }
        Ok(adapters)
    }

    /// The adapters that read a record's reports again: those of the program, and the components from its store.
    pub(crate) fn of_record(
        reports: &[ScanReport],
        limits: &Limits,
        component: impl Fn(&Digest) -> Result<Vec<u8>>,
    ) -> Result<Self> {
        let mut adapters = Self::load(&[])?;
        for report in reports {
            let id = report.adapter.as_deref().unwrap_or_default();
            let Some(digest) = row::digest(id).filter(|_| adapters.by_id(id).is_none()) else {
                continue;
            };
            let component = component(&digest)?;
            let runtime = runtime(limits)?;
            let loaded = runtime.load(&component).map_err(|failure| {
                let message = format!("the adapter `{id}` can't be used: {failure}");
                Failure::new(Code::RecordUnreadable, message)
            })?;
            adapters.add(&loaded, component);
        }
        Ok(adapters)
    }

    fn add(&mut self, loaded: &LoadedAdapter, component: Vec<u8>) {
        let adapter = row::leak(loaded);
        let order = |adapter: &Adapter| (adapter.tool, adapter.id);
        let at = self.all.partition_point(|a| order(a) < order(adapter));
        self.all.insert(at, adapter);
        self.components.push((adapter.id, component));
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[&'static Adapter] {
        &self.all
    }

    /// Those of a tool; none for a tool that nobody knows.
    pub(crate) fn of_tool(&self, tool: &str) -> &[&'static Adapter] {
        registry::of_tool_among(&self.all, tool)
    }

    /// The one of an identifier.
    pub(crate) fn by_id(&self, id: &str) -> Option<&'static Adapter> {
        self.all.iter().find(|adapter| adapter.id == id).copied()
    }

    /// The bytes of the components that read these reports, to be kept as evidence.
    pub(crate) fn used(self, reports: &[ScanReport]) -> impl Iterator<Item = Vec<u8>> {
        let used = |id: &str| reports.iter().any(|r| r.adapter.as_deref() == Some(id));
        let components = self.components.into_iter();
        components.filter_map(move |(id, component)| used(id).then_some(component))
    }
}

/// A runtime for adapters.
pub(crate) fn runtime(limits: &Limits) -> Result<AdapterRuntime> {
    let compiler = compiler()?;
    AdapterRuntime::new(limits)
        .map(|runtime| runtime.with_compiler(compiler))
        .map_err(|error| Failure::new(Code::PolicyEngine, error.to_string()))
}

/// Compiles a component and asks it what it is. `name` is what it is called in messages.
pub(crate) fn load(
    runtime: &AdapterRuntime,
    component: &[u8],
    name: &str,
) -> Result<LoadedAdapter> {
    runtime.load(component).map_err(|failure: AdapterFailure| {
        let message = format!("the adapter `{name}` can't be used: {failure}");
        Failure::new(Code::AdapterInvalid, message)
    })
}

/// Reads a component from a file.
pub(crate) fn read_component(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let message = format!("reading the adapter `{}`: {error}", path.display());
        Failure::new(Code::ConfigInvalid, message).help("check its path")
    })
}
