//! What is looked at before the compiler gets to see a component.
//!
//! Fuel limits what a guest does, not what its compiler does, and there are short components that a compiler works on
//! for hours. A component beyond a [`Cap`] is refused before, by what it says and not by what the machine bears: the
//! same on every machine. What can be compiled for all that and still takes too long is stopped by the limits of the
//! process that compiles (`child.rs`).

mod body;
mod cap;
mod module;

use std::ops::Range;

use wasmparser::{
    BinaryReader, ComponentInstance, ComponentType, ComponentTypeDeclaration, Encoding,
    InstanceTypeDeclaration, Parser, Payload,
};

pub use cap::{Beyond, CAPS, Cap};
use module::Module;

/// Largest component that is compiled, in bytes.
pub const MAX_COMPONENT: u64 = cap::BYTES.most;

/// Why a component is not compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no component, or ends in the middle.
    NoComponent,
    /// It goes beyond a cap.
    Beyond(Beyond),
}

impl From<Beyond> for Refused {
    fn from(beyond: Beyond) -> Self {
        Self::Beyond(beyond)
    }
}

impl From<wasmparser::Error> for Refused {
    fn from(_: wasmparser::Error) -> Self {
        Self::NoComponent
    }
}

/// Looks at a component and at everything in it.
pub(crate) fn scan(component: &[u8]) -> Result<(), Refused> {
    cap::BYTES.check(component.len() as u64)?;
    let mut scan = Scan {
        component,
        open: Vec::new(),
        instantiations: 1,
        sums: Sums::default(),
    };
    for payload in Parser::new(0).parse_all(component) {
        scan.payload(payload?)?;
    }
    Ok(())
}

/// What is counted over the whole of a component.
#[derive(Debug, Default)]
struct Sums {
    components: u64,
    modules: u64,
    items: u64,
    types: u64,
    functions: u64,
    parameters: u64,
    names: u64,
    globals: u64,
    tables: u64,
    memories: u64,
    elements: u64,
    image: u64,
    data: u64,
}

/// What the bytes are inside of.
enum Open {
    Component { instantiations: u64 },
    Module(Module),
}

struct Scan<'a> {
    component: &'a [u8],
    open: Vec<Open>,
    /// The product over the components that ended.
    instantiations: u64,
    sums: Sums,
}

impl Scan<'_> {
    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Refused> {
        let sums = &mut self.sums;
        match payload {
            Payload::Version { encoding, .. } => self.begin(encoding),
            Payload::End(_) => self.end(),
            Payload::ComponentTypeSection(section) => self.types(section.range()),
            Payload::ComponentInstanceSection(section) => {
                cap::ITEMS.add(&mut sums.items, section.count().into())?;
                for instance in section {
                    if let (
                        ComponentInstance::Instantiate { .. },
                        Some(Open::Component { instantiations }),
                    ) = (instance?, self.open.last_mut())
                    {
                        *instantiations += 1;
                    }
                }
                Ok(())
            }
            Payload::InstanceSection(section) => sums.items(section.count()),
            Payload::CoreTypeSection(section) => sums.items(section.count()),
            Payload::ComponentAliasSection(section) => sums.items(section.count()),
            Payload::ComponentCanonicalSection(section) => sums.items(section.count()),
            Payload::ComponentImportSection(section) => sums.items(section.count()),
            Payload::ComponentExportSection(section) => sums.items(section.count()),
            other => match self.open.last_mut() {
                Some(Open::Module(module)) => module.payload(other, sums),
                _ => Ok(()),
            },
        }
    }

    /// A component or module begins.
    fn begin(&mut self, encoding: Encoding) -> Result<(), Refused> {
        let open = match encoding {
            Encoding::Component => {
                cap::COMPONENTS.add(&mut self.sums.components, 1)?;
                Open::Component { instantiations: 0 }
            }
            // A module is no component.
            Encoding::Module if self.open.is_empty() => return Err(Refused::NoComponent),
            Encoding::Module => {
                cap::MODULES.add(&mut self.sums.modules, 1)?;
                Open::Module(Module::default())
            }
        };
        self.open.push(open);
        Ok(cap::NESTING.check(self.open.len() as u64)?)
    }

    fn end(&mut self) -> Result<(), Refused> {
        match self.open.pop() {
            Some(Open::Component { instantiations }) => {
                self.instantiations = self.instantiations.saturating_mul(instantiations.max(1));
                Ok(cap::INSTANTIATIONS.check(self.instantiations)?)
            }
            Some(Open::Module(module)) => module.end(&mut self.sums),
            None => Ok(()),
        }
    }

    /// Types of a component, which can be nested.
    fn types(&mut self, range: Range<usize>) -> Result<(), Refused> {
        let bytes = self.component.get(range).ok_or(Refused::NoComponent)?;
        let mut reader = BinaryReader::new(bytes, 0);
        for _ in 0..reader.read_var_u32()? {
            self.ty(&mut reader, self.open.len())?;
        }
        Ok(())
    }

    /// One type. The library's own reader calls itself for each level, without end: it gets to read leaves only.
    fn ty(&mut self, reader: &mut BinaryReader<'_>, depth: usize) -> Result<(), Refused> {
        const COMPONENT: u8 = 0x41;
        const INSTANCE: u8 = 0x42;
        const TYPE_IN_TYPE: u8 = 0x01;

        self.sums.items(1)?;
        let kind = reader.clone().read_u8()?;
        if kind != COMPONENT && kind != INSTANCE {
            reader.read::<ComponentType<'_>>()?;
            return Ok(());
        }
        cap::NESTING.check(depth as u64 + 1)?;
        reader.read_u8()?;
        for _ in 0..reader.read_var_u32()? {
            if reader.clone().read_u8()? == TYPE_IN_TYPE {
                reader.read_u8()?;
                self.ty(reader, depth + 1)?;
                continue;
            }
            self.sums.items(1)?;
            if kind == COMPONENT {
                reader.read::<ComponentTypeDeclaration<'_>>()?;
            } else {
                reader.read::<InstanceTypeDeclaration<'_>>()?;
            }
        }
        Ok(())
    }
}

impl Sums {
    fn items(&mut self, count: u32) -> Result<(), Refused> {
        Ok(cap::ITEMS.add(&mut self.items, count.into())?)
    }
}

#[cfg(test)]
mod tests;
