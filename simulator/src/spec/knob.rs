//! Knobs: one entry for each thing that a specification may say, with its documentation.

use super::error::{Problem, SpecError};
use super::value::{KnobValue, Value};

/// Something that can be set about a `T`.
pub struct Knob<T: 'static> {
    /// Its name: the path in TOML and in `--set`.
    pub key: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// The allowed values in words.
    pub allowed: fn() -> String,
    /// The present value.
    pub show: fn(&T) -> Value,
    /// Sets it; false when the value is not allowed.
    pub set: fn(&mut T, &Value) -> bool,
}

/// Puts a value into its place; false when it is not allowed.
pub(super) fn assign<V: KnobValue>(slot: &mut V, value: &Value) -> bool {
    V::read(value).map(|value| *slot = value).is_some()
}

/// Declares the knobs of a type: the field, and the documentation.
macro_rules! knobs {
    ($(#[$meta:meta])* $table:ident: $target:ty { $( $key:literal: $kind:ty = $($field:ident).+, $doc:literal; )* }) => {
        $(#[$meta])*
        pub const $table: &[$crate::spec::knob::Knob<$target>] = &[$(
            $crate::spec::knob::Knob {
                key: $key,
                doc: $doc,
                allowed: <$kind as $crate::spec::value::KnobValue>::allowed,
                show: |target| $crate::spec::value::KnobValue::show(&target.$($field).+),
                set: |target, value| $crate::spec::knob::assign(&mut target.$($field).+, value),
            },
        )*];
    };
}

pub(crate) use knobs;

/// Sets one knob of a table.
pub(super) fn set<T>(
    table: &[Knob<T>],
    target: &mut T,
    key: &str,
    value: &Value,
) -> Result<(), SpecError> {
    let Some(knob) = table.iter().find(|knob| knob.key == key) else {
        return Err(SpecError::new(key, unknown(table, key)));
    };
    if (knob.set)(target, value) {
        return Ok(());
    }
    let allowed = (knob.allowed)();
    Err(SpecError::new(key, Problem::NotAllowed { found: value.to_string(), allowed }))
}

/// The error of a key that no knob has: names those that are near.
fn unknown<T>(table: &[Knob<T>], key: &str) -> Problem {
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    let last = key.rsplit('.').next().unwrap_or(key);
    let near = |knob: &&Knob<T>| {
        let (known_section, known_last) = knob.key.rsplit_once('.').unwrap_or(("", knob.key));
        (!section.is_empty() && known_section == section) || known_last == last
    };
    let mut known: Vec<_> = table.iter().filter(near).map(|knob| knob.key).collect();
    if known.is_empty() {
        // No section of this name: the names of the sections help more than 80 keys.
        known = table.iter().filter_map(|knob| knob.key.split('.').next()).collect();
        known.dedup();
    }
    Problem::UnknownField { known }
}
