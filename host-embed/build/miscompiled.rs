//! Refuses a guest that the compiler got wrong.
//!
//! LLVM up to 22 miscompiles instructions with two results (llvm/llvm-project, issue 199910): the
//! upper half of a product is read before the product is made, so that checks of signed products
//! of 64 bits say overflow where there is none. It leaves a trace: a value on the operand stack
//! was read from the local that the upper half is then written to, whose former content it should
//! not be. That may be meant, too, but nobody can tell, so a guest with such a place is not built.
//!
//! Sums of products are full of places that are meant: there the value on the stack is the result
//! of another such instruction, and the upper half is read later. Those pass unless the upper half
//! is overwritten unread. So this finds every place where the value is used as it is or in plain
//! arithmetic, and does *not* establish that the rest is right: tests compare the guest's answers
//! with native code. To be deleted with a compiler on LLVM 23.

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

/// A value on the operand stack: the locals that it was read from.
#[derive(Clone, Default)]
struct Value {
    read: Vec<u32>,
    /// The same, before they went through an instruction with two results.
    read_before: Vec<u32>,
}

/// The operand stack of one basic block.
#[derive(Default)]
struct Stack {
    values: Vec<Value>,
    /// True behind an instruction with two results, until the upper one is stored.
    wide: bool,
    /// Locals with an upper half that has to be read before it is overwritten.
    unread: Vec<u32>,
}

impl Stack {
    /// Follows one instruction; true when it leaves the trace.
    fn run(&mut self, operator: &Operator<'_>, (pops, pushes): (u32, u32)) -> bool {
        let was_wide = std::mem::take(&mut self.wide);
        match operator {
            Operator::LocalGet { local_index } => {
                self.unread.retain(|local| local != local_index);
                self.push(vec![*local_index]);
            }
            Operator::LocalSet { local_index } => {
                self.values.pop();
                return self.overwritten(*local_index) || (was_wide && self.stale(*local_index));
            }
            Operator::LocalTee { local_index } => {
                self.values.pop();
                self.push(vec![*local_index]);
                return self.overwritten(*local_index);
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
            | Operator::Unreachable => *self = Self::default(),
            Operator::I64MulWideS
            | Operator::I64MulWideU
            | Operator::I64Add128
            | Operator::I64Sub128 => {
                let Value { read, mut read_before } = self.pop(pops);
                read_before.extend(read);
                let result = Value { read: Vec::new(), read_before };
                self.values.extend([result.clone(), result]);
                self.wide = true;
            }
            _ => {
                let operands = self.pop(pops);
                self.values.extend((0..pushes).map(|_| operands.clone()));
            }
        }
        false
    }

    fn push(&mut self, read: Vec<u32>) {
        self.values.push(Value { read, read_before: Vec::new() });
    }

    /// What the operands of an instruction were read from, together.
    fn pop(&mut self, count: u32) -> Value {
        let rest = self.values.len().saturating_sub(count as usize);
        let mut all = Value::default();
        for value in self.values.drain(rest..) {
            all.read.extend(value.read);
            all.read_before.extend(value.read_before);
        }
        all
    }

    /// True when the upper half of a result was stored where a value below was read from.
    fn stale(&mut self, local: u32) -> bool {
        // The lower half lies on top of what was pending.
        let pending = self.values.len().saturating_sub(1);
        let pending = self.values.get(..pending).unwrap_or_default();
        if pending.iter().any(|value| value.read_before.contains(&local)) {
            self.unread.push(local);
        }
        pending.iter().any(|value| value.read.contains(&local))
    }

    /// True when an upper half in doubt was never read.
    fn overwritten(&mut self, local: u32) -> bool {
        self.unread.contains(&local)
    }
}
