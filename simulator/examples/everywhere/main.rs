//! The same seed gives the same bytes on this target as on any other, or this panics. Built for
//! `wasm32-unknown-unknown` it imports nothing; `tests/simulator/wasm.rs` looks at that.

mod machines;

fn main() {
    let expected = include_str!("../../../tests/simulator/machines.txt");
    assert_eq!(machines::digests().as_deref(), Ok(expected), "other bytes than on other targets");
}
