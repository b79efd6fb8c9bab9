//! Refuses a guest that the compiler got wrong.
//!
//! LLVM up to 22 miscompiles instructions with two results (llvm/llvm-project, issue 199910): the
//! upper half of a product is read before the product is made, so that checks of signed products
//! of 64 bits say overflow where there is none. It leaves a trace: a value on the operand stack
//! was read from the local that the upper half is then written to. That may be meant, too, but
//! nobody can tell, so a guest with such a place is not built. What has none does not have this
//! fault; it says nothing about others. To be deleted with a compiler on LLVM 23.

use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, Parser, ValidPayload,
    Validator, ValidatorResources, WasmFeatures,
};

/// Checks every function of a module.
pub fn check(wasm: &[u8]) -> Result<(), String> {
    let features = WasmFeatures::default() | WasmFeatures::WIDE_ARITHMETIC;
    let mut validator = Validator::new_with_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| error.to_string())?;
        let valid = validator.payload(&payload).map_err(|error| error.to_string())?;
        if let ValidPayload::Func(function, body) = valid {
            allocations = check_function(function, &body, allocations)?;
        }
    }
    Ok(())
}

fn check_function(
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    allocations: FuncValidatorAllocations,
) -> Result<FuncValidatorAllocations, String> {
    let mut validator = function.into_validator(allocations);
    let mut locals = body.get_binary_reader();
    let failed = |error: wasmparser::BinaryReaderError| error.to_string();
    validator.read_locals(&mut locals).map_err(failed)?;
    let mut operators = body.get_operators_reader().map_err(failed)?;
    let mut stack = Stack::default();
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset().map_err(failed)?;
        let arity = operator.operator_arity(&validator);
        validator.op(offset, &operator).map_err(failed)?;
        if stack.run(&operator, arity.unwrap_or_default()) {
            return Err(format!(
                "byte {offset}: the compiler may have mistaken the upper half of a wide result \
                 (llvm/llvm-project, issue 199910); write that arithmetic without signed products \
                 of 64 bits"
            ));
        }
    }
    Ok(validator.into_allocations())
}

/// The operand stack of one basic block: for each value the locals that it was read from.
#[derive(Default)]
struct Stack {
    values: Vec<Vec<u32>>,
    /// True behind an instruction with two results, until the upper one is stored.
    wide: bool,
}

impl Stack {
    /// Follows one instruction; true when it leaves the trace.
    fn run(&mut self, operator: &Operator<'_>, (pops, pushes): (u32, u32)) -> bool {
        let was_wide = std::mem::take(&mut self.wide);
        match operator {
            Operator::LocalGet { local_index } => self.values.push(vec![*local_index]),
            Operator::LocalSet { local_index } => {
                self.values.pop();
                // Above what was pending lies the lower half.
                let pending = self.values.len().saturating_sub(1);
                let read = |locals: &Vec<u32>| locals.contains(local_index);
                return was_wide && self.values.iter().take(pending).any(read);
            }
            Operator::LocalTee { local_index } => {
                self.values.pop();
                self.values.push(vec![*local_index]);
            }
            // The compiler leaves nothing on the stack where blocks begin and end.
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Unreachable => self.values.clear(),
            Operator::I64MulWideS
            | Operator::I64MulWideU
            | Operator::I64Add128
            | Operator::I64Sub128 => {
                self.apply(pops, pushes);
                self.wide = true;
            }
            _ => self.apply(pops, pushes),
        }
        false
    }

    fn apply(&mut self, pops: u32, pushes: u32) {
        let rest = self.values.len().saturating_sub(pops as usize);
        let read: Vec<u32> = self.values.drain(rest..).flatten().collect();
        self.values.extend((0..pushes).map(|_| read.clone()));
    }
}
