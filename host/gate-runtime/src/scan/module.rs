//! Counts what is in a core module.

use std::collections::BTreeMap;

use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, Operator, Payload, TypeRef,
};

use super::{Refused, Sums, body, cap};

/// What has to be known of a module until it ends.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Numbers of parameters and of results of each type; zeros where it is no function's.
    types: Vec<(u64, u64)>,
    /// As above, of each function; first those that are imported.
    functions: Vec<(u64, u64)>,
    /// The function whose body comes next.
    next: usize,
    /// Where the data of each memory begins and ends.
    images: BTreeMap<u32, (u64, u64)>,
}

impl Module {
    pub(super) fn payload(&mut self, payload: Payload<'_>, sums: &mut Sums) -> Result<(), Refused> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.types() {
                        cap::TYPES.add(&mut sums.types, 1)?;
                        let (parameters, results) = match &ty.composite_type.inner {
                            CompositeInnerType::Func(function) => {
                                let [given, back] = [function.params(), function.results()];
                                (given.len() as u64, back.len() as u64)
                            }
                            _ => (0, 0),
                        };
                        cap::RESULTS.check(results)?;
                        cap::PARAMETERS.add(&mut sums.parameters, parameters + results)?;
                        self.types.push((parameters, results));
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    let (parameters, results) = self.ty(ty?)?;
                    cap::FUNCTIONS.add(&mut sums.functions, 1)?;
                    cap::PARAMETERS.add(&mut sums.parameters, parameters + results)?;
                    self.functions.push((parameters, results));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let function = self.functions.get(self.next).copied();
                let (parameters, _) = function.ok_or(Refused::NoComponent)?;
                self.next += 1;
                body::scan(&body, parameters, self)?;
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    cap::NAMES.add(&mut sums.names, 1)?;
                    if let TypeRef::Func(ty) = import?.ty {
                        self.functions.push(self.ty(ty)?);
                        self.next += 1;
                    }
                }
            }
            Payload::ExportSection(section) => {
                cap::NAMES.add(&mut sums.names, section.count().into())?;
            }
            Payload::GlobalSection(section) => {
                cap::GLOBALS.add(&mut sums.globals, section.count().into())?;
            }
            Payload::TableSection(section) => {
                cap::TABLES.add(&mut sums.tables, section.count().into())?;
            }
            Payload::MemorySection(section) => {
                cap::MEMORIES.add(&mut sums.memories, section.count().into())?;
            }
            Payload::ElementSection(section) => {
                for segment in section {
                    let count = match segment?.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    // A segment without elements is a row as well.
                    cap::ELEMENTS.add(&mut sums.elements, u64::from(count) + 1)?;
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    cap::DATA.add(&mut sums.data, 1)?;
                    if let DataKind::Active {
                        memory_index,
                        offset_expr,
                    } = segment.kind
                    {
                        self.data(memory_index, &offset_expr, segment.data.len() as u64)?;
                    }
                }
            }
            // What else there is has no cap; whether it is allowed at all is the engine's to say.
            _ => {}
        }
        Ok(())
    }

    /// The module ended.
    pub(super) fn end(&self, sums: &mut Sums) -> Result<(), Refused> {
        for (begin, end) in self.images.values() {
            cap::IMAGE.add(&mut sums.image, end - begin)?;
        }
        Ok(())
    }

    /// Numbers of parameters and results of a type.
    pub(super) fn ty(&self, index: u32) -> Result<(u64, u64), Refused> {
        let ty = usize::try_from(index)
            .ok()
            .and_then(|at| self.types.get(at));
        ty.copied().ok_or(Refused::NoComponent)
    }

    /// As [`Module::ty`], of a function.
    pub(super) fn function(&self, index: u32) -> Result<(u64, u64), Refused> {
        let at = usize::try_from(index).ok();
        let function = at.and_then(|at| self.functions.get(at));
        function.copied().ok_or(Refused::NoComponent)
    }

    /// Data at a place that is known now; other data is laid out when the module is instantiated.
    fn data(&mut self, memory: u32, offset: &ConstExpr<'_>, length: u64) -> Result<(), Refused> {
        if let Operator::I32Const { value } = offset.get_operators_reader().read()?
            && length > 0
        {
            let begin = u64::from(value.cast_unsigned());
            let end = begin + length;
            let image = self.images.entry(memory).or_insert((begin, end));
            *image = (image.0.min(begin), image.1.max(end));
        }
        Ok(())
    }
}
