//! Counts what is in a function.

use wasmparser::{BlockType, FunctionBody, Operator};

use super::{Refused, cap, module::Module};

/// Looks at a function of a module, with this many parameters.
pub(super) fn scan(
    body: &FunctionBody<'_>,
    parameters: u64,
    module: &Module,
) -> Result<(), Refused> {
    let bytes = body.range().len() as u64;
    cap::BODY.check(bytes)?;
    let mut locals = parameters;
    for declared in body.get_locals_reader()? {
        let (count, _) = declared?;
        cap::LOCALS.add(&mut locals, count.into())?;
    }
    cap::LOCALS_BY_BYTES.check(locals * bytes)?;

    let mut branches = 0;
    // Whether each block that is open is a loop.
    let mut open = Vec::new();
    let mut loops = 0;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let operator = operators.read()?;
        cap::BRANCHES.add(&mut branches, weight(&operator, module)?)?;
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                if let BlockType::FuncType(ty) = blockty {
                    let (taken, given) = module.ty(ty)?;
                    cap::RESULTS.check(taken + given)?;
                }
                let is_loop = matches!(operator, Operator::Loop { .. });
                cap::LOOPS.add(&mut loops, is_loop.into())?;
                open.push(is_loop);
                cap::DEPTH.check(open.len() as u64)?;
            }
            Operator::End => loops -= u64::from(open.pop().unwrap_or_default()),
            _ => {}
        }
    }
    Ok(())
}

/// To how many places the code can go on from here, beside the next instruction. What the compiler makes of the
/// instructions that have none is in proportion to their bytes.
fn weight(operator: &Operator<'_>, module: &Module) -> Result<u64, Refused> {
    use Operator as O;
    // A call gives back values, at the same price of two bytes.
    let more = |(_, results): (u64, u64)| results.saturating_sub(1);
    Ok(match operator {
        O::Block { .. }
        | O::Loop { .. }
        | O::If { .. }
        | O::Else
        | O::Br { .. }
        | O::BrIf { .. } => 1,
        O::BrTable { targets } => u64::from(targets.len()) + 1,
        O::Call { function_index } => more(module.function(*function_index)?),
        // The function may have to be looked up first, and be of another type.
        O::CallIndirect { type_index, .. } => 2 + more(module.ty(*type_index)?),
        // Calls of the engine, which can end in a trap.
        O::MemoryGrow { .. }
        | O::MemoryInit { .. }
        | O::MemoryCopy { .. }
        | O::MemoryFill { .. }
        | O::DataDrop { .. }
        | O::TableGet { .. }
        | O::TableSet { .. }
        | O::TableGrow { .. }
        | O::TableInit { .. }
        | O::TableCopy { .. }
        | O::TableFill { .. }
        | O::ElemDrop { .. }
        | O::RefFunc { .. } => 2,
        // As above where the processor has no instruction for it; the code is for every processor of the target.
        O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest => 1,
        O::F64Ceil | O::F64Floor | O::F64Trunc | O::F64Nearest => 1,
        O::F32x4Ceil | O::F32x4Floor | O::F32x4Trunc | O::F32x4Nearest => 4,
        O::F64x2Ceil | O::F64x2Floor | O::F64x2Trunc | O::F64x2Nearest => 2,
        // Comes to a trap, or goes two ways.
        O::I32TruncF32S | O::I32TruncF32U | O::I32TruncF64S | O::I32TruncF64U => 1,
        O::I64TruncF32S | O::I64TruncF32U | O::I64TruncF64S | O::I64TruncF64U => 1,
        O::I32TruncSatF32S | O::I32TruncSatF32U | O::I32TruncSatF64S | O::I32TruncSatF64U => 1,
        O::I64TruncSatF32S | O::I64TruncSatF32U | O::I64TruncSatF64S | O::I64TruncSatF64U => 1,
        O::F32ConvertI64U | O::F64ConvertI64U => 1,
        _ => 0,
    })
}
