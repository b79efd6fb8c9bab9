//! TypeScript of JSON Schemas (draft 2020-12, as schemars writes them).
//!
//! A construct that is not known here is an error: a type that says less than the schema would be
//! found out by nobody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};

const HEADER: &str = "\
// Documents of Portcullis. Made from its JSON Schemas; do not edit.
// 64-bit numbers travel as decimal strings, bytes as base64.

";

/// Types by their names.
type Types = BTreeMap<String, String>;

/// Writes the types of all schemas in some folders.
pub fn write(out: &Path, folders: &[&str]) -> Result<(), String> {
    let mut schemas = Vec::new();
    for folder in folders {
        read(folder, &mut schemas)?;
    }
    let names = Names::new(&schemas);
    let mut types = Types::new();
    for schema in &schemas {
        let title = schema["title"].as_str().ok_or("a schema has no title")?;
        let none = Map::new();
        let definitions = schema["$defs"].as_object().unwrap_or(&none);
        add(title, &names.qualify(schema, definitions), &mut types)?;
        for (name, definition) in definitions {
            let qualified = names.of(name, definition);
            add(&qualified, &names.qualify(definition, definitions), &mut types)?;
        }
    }
    let definitions: Vec<&str> = types.values().map(String::as_str).collect();
    std::fs::write(out, HEADER.to_owned() + &definitions.join("\n"))
        .map_err(|error| format!("{}: {error}", out.display()))
}

fn read(folder: &str, schemas: &mut Vec<Value>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let failed = |reason: String| format!("{}: {reason}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        schemas.push(serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?);
    }
    Ok(())
}

/// Names that mean different things in different schemas, because modules of the code share them:
/// each meaning with the schema that has it first.
struct Names<'s>(BTreeMap<&'s str, Vec<(&'s Value, String)>>);

impl<'s> Names<'s> {
    fn new(schemas: &'s [Value]) -> Self {
        let mut meanings: BTreeMap<&str, Vec<(&Value, String)>> = BTreeMap::new();
        for schema in schemas {
            let stem = schema["title"].as_str().unwrap_or_default().trim_end_matches("Doc");
            for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
                let known = meanings.entry(name).or_default();
                if known.iter().all(|(other, _)| *other != definition) {
                    known.push((definition, stem.to_owned()));
                }
            }
        }
        meanings.retain(|_, known| known.len() > 1);
        Self(meanings)
    }

    /// Such a name with that of a schema before it; others as they are.
    fn of(&self, name: &str, definition: &Value) -> String {
        let known = self.0.get(name).into_iter().flatten();
        match known.into_iter().find(|(other, _)| *other == definition) {
            Some((_, stem)) => format!("{stem}{name}"),
            None => name.to_owned(),
        }
    }

    /// A copy of a schema with every reference as the name of a type.
    fn qualify(&self, value: &Value, definitions: &Map<String, Value>) -> Value {
        match value {
            Value::Object(members) => {
                let qualified = members.iter().map(|(key, member)| {
                    let name = member.as_str().and_then(|path| path.strip_prefix("#/$defs/"));
                    let member = match name.filter(|_| key == "$ref") {
                        Some(name) => Value::from(self.of(name, &definitions[name])),
                        None => self.qualify(member, definitions),
                    };
                    (key.clone(), member)
                });
                Value::Object(qualified.collect())
            }
            Value::Array(items) => {
                items.iter().map(|item| self.qualify(item, definitions)).collect()
            }
            other => other.clone(),
        }
    }
}

fn add(name: &str, schema: &Value, types: &mut Types) -> Result<(), String> {
    let body = type_of(schema).map_err(|reason| format!("{name}: {reason}"))?;
    let definition = format!("{}export type {name} = {body};\n", comment(schema, ""));
    match types.get(name) {
        Some(known) if *known != definition => Err(format!(
            "{name} means two things: `cargo xtask bless` rewrites schemas that are out of date"
        )),
        _ => {
            types.insert(name.to_owned(), definition);
            Ok(())
        }
    }
}

fn comment(schema: &Value, indent: &str) -> String {
    let Some(text) = schema["description"].as_str() else { return String::new() };
    let text = text.replace("*/", "* /");
    let lines: Vec<&str> = text.lines().collect();
    if let [line] = lines.as_slice() {
        return format!("{indent}/** {line} */\n");
    }
    let mut comment = format!("{indent}/**\n");
    for line in lines {
        let _ = writeln!(comment, "{}", format!("{indent} * {line}").trim_end());
    }
    comment + indent + " */\n"
}

fn type_of(schema: &Value) -> Result<String, String> {
    if *schema == Value::Bool(true) {
        return Ok("unknown".into());
    }
    let object = schema.as_object().ok_or("is no schema")?;
    let mut parts = Vec::new();
    if let Some(reference) = object.get("$ref") {
        parts.push(reference.as_str().ok_or("`$ref` is no text")?.to_owned());
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = object.get(key).and_then(Value::as_array) {
            let choices = choices.iter().map(type_of).collect::<Result<Vec<_>, _>>()?;
            parts.push(format!("({})", choices.join(" | ")));
        }
    }
    if let Some(value) = object.get("const") {
        return Ok(value.to_string());
    }
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        return Ok(values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
    }
    if let Some(kind) = object.get("type") {
        parts.push(of_kind(kind, object)?);
    } else if object.contains_key("properties") {
        parts.push(members(object)?);
    }
    match parts.is_empty() {
        true => Err(format!("a construct that is not known: {schema}")),
        false => Ok(parts.join(" & ")),
    }
}

fn of_kind(kind: &Value, object: &Map<String, Value>) -> Result<String, String> {
    if let Some(kinds) = kind.as_array() {
        let kinds =
            kinds.iter().map(|kind| of_kind(kind, object)).collect::<Result<Vec<_>, _>>()?;
        return Ok(kinds.join(" | "));
    }
    Ok(match kind.as_str().unwrap_or_default() {
        "string" => "string".into(),
        "integer" | "number" => "number".into(),
        "boolean" => "boolean".into(),
        "null" => "null".into(),
        "array" => list(object)?,
        "object" => members(object)?,
        other => return Err(format!("a type that is not known: {other}")),
    })
}

fn list(object: &Map<String, Value>) -> Result<String, String> {
    if let Some(places) = object.get("prefixItems").and_then(Value::as_array) {
        let places = places.iter().map(type_of).collect::<Result<Vec<_>, _>>()?;
        return Ok(format!("[{}]", places.join(", ")));
    }
    Ok(format!("Array<{}>", type_of(object.get("items").unwrap_or(&Value::Null))?))
}

fn members(object: &Map<String, Value>) -> Result<String, String> {
    let none = Map::new();
    let properties = object.get("properties").and_then(Value::as_object).unwrap_or(&none);
    if properties.is_empty() {
        let of = |key: &str| object.get(key).filter(|values| values.is_object());
        return Ok(match of("patternProperties").or(of("additionalProperties")) {
            None => "{}".into(),
            Some(values) => format!("{{ [key: string]: {} }}", values_of(values)?),
        });
    }
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut text = String::from("{\n");
    for (name, schema) in properties {
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        let key = match name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            true => name.clone(),
            false => format!("{name:?}"),
        };
        let inner = type_of(schema)?.replace('\n', "\n  ");
        let _ = writeln!(text, "{}  {key}{mark}: {inner};", comment(schema, "  "));
    }
    Ok(text + "}")
}

/// The values of an object with any keys: `additionalProperties` is a schema, `patternProperties`
/// holds one for each pattern.
fn values_of(values: &Value) -> Result<String, String> {
    if let Ok(of_all) = type_of(values) {
        return Ok(of_all);
    }
    let patterns = values.as_object().ok_or("is no schema")?.values();
    Ok(patterns.map(type_of).collect::<Result<Vec<_>, _>>()?.join(" | "))
}
