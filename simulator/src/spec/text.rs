//! Specifications as TOML.
//!
//! Every value is set through the table of knobs, so that a text and `--set` know the same
//! fields, allow the same values and give the same errors; a text adds the line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, SpecError};
use super::limits::{DEPTH_MAX, TEXT_BYTES_MAX};
use super::value::Value;
use super::{HostSpec, preset};

/// The field that names the preset to start from.
const PRESET: &str = "preset";

/// Reads a specification: the preset that it names, or the default one, and every field set.
///
/// # Errors
/// The first field that is wrong, with its line.
pub(super) fn parse(text: &str) -> Result<HostSpec, SpecError> {
    if text.len() > TEXT_BYTES_MAX {
        let problem = Problem::Syntax(format!("longer than {TEXT_BYTES_MAX} bytes"));
        return Err(SpecError::new("", problem));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        SpecError::new("", Problem::Syntax(error.message().to_owned())).at_line(line)
    })?;
    let table = table.into_inner();
    let mut spec = start(text, &table)?;
    let mut reader = Reader { text, spec: &mut spec };
    for (key, value) in &table {
        if key.get_ref().as_ref() != PRESET {
            reader.value(key.get_ref(), value, 0)?;
        }
    }
    spec.check().map_err(|error| match line_of_field(text, &table, &error.field) {
        Some(line) => error.at_line(line),
        None => error,
    })?;
    Ok(spec)
}

fn start(text: &str, table: &DeTable<'_>) -> Result<HostSpec, SpecError> {
    let Some(name) = table.iter().find(|(key, _)| key.get_ref().as_ref() == PRESET) else {
        return Ok(HostSpec::default());
    };
    let value = to_value(name.1.get_ref(), 0);
    let found = match &value {
        Value::Text(name) => preset::find(name),
        _ => None,
    };
    found.map(preset::Preset::spec).ok_or_else(|| {
        let allowed = preset::PRESETS.iter().map(|preset| preset.name);
        let allowed = allowed.collect::<Vec<_>>().join(", ");
        let problem = Problem::NotAllowed { found: value.to_string(), allowed };
        SpecError::new(PRESET, problem).at_line(line_of(text, name.1.span().start))
    })
}

struct Reader<'a> {
    text: &'a str,
    spec: &'a mut HostSpec,
}

impl Reader<'_> {
    /// Sets a value, or everything in a table.
    fn value(
        &mut self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        depth: usize,
    ) -> Result<(), SpecError> {
        if depth > DEPTH_MAX {
            let problem = Problem::Syntax(format!("more than {DEPTH_MAX} tables within tables"));
            return Err(SpecError::new(path, problem).at_line(self.line(value)));
        }
        let inner = depth.saturating_add(1);
        match value.get_ref() {
            DeValue::Table(table) => table.iter().try_for_each(|(key, value)| {
                self.value(&format!("{path}.{}", key.get_ref()), value, inner)
            }),
            DeValue::Array(items)
                if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) =>
            {
                // A list of tables replaces what the preset had.
                self.spec.clear_list(path).map_err(|error| error.at_line(self.line(value)))?;
                items.iter().enumerate().try_for_each(|(index, item)| {
                    self.value(&format!("{path}.{index}"), item, inner)
                })
            }
            leaf => {
                let set = self.spec.set_value(path, &to_value(leaf, 0));
                set.map_err(|error| error.at_line(self.line(value)))
            }
        }
    }

    fn line(&self, value: &Spanned<DeValue<'_>>) -> usize {
        line_of(self.text, value.span().start)
    }
}

/// Reads the right side of `--set key=value`: a TOML value, or bare text.
pub(super) fn parse_value(text: &str) -> Value {
    match DeValue::parse(text) {
        Ok(value) => to_value(value.get_ref(), 0),
        Err(_) => Value::Text(text.to_owned()),
    }
}

fn to_value(value: &DeValue<'_>, depth: usize) -> Value {
    match value {
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => {
            match u64::from_str_radix(number.as_str().trim_start_matches('+'), number.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Other(number.to_string()),
            }
        }
        DeValue::Array(items) if depth < DEPTH_MAX => {
            let item =
                |item: &Spanned<DeValue<'_>>| to_value(item.get_ref(), depth.saturating_add(1));
            Value::List(items.iter().map(item).collect())
        }
        other => Value::Other(format!("a {}", other.type_str())),
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// Where a field was set, when it was.
fn line_of_field(text: &str, table: &DeTable<'_>, field: &str) -> Option<usize> {
    let mut parts = field.split('.');
    let mut value = table.get(parts.next()?)?;
    for part in parts.take(DEPTH_MAX) {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(part)?,
            DeValue::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(line_of(text, value.span().start))
}
