//! The limits of the engine, read from the file that declares them.

use std::fmt::Write as _;

use syn::{Attribute, Expr, Item, Lit, Meta};

use crate::source::read;

const FILE: &str = "engine/src/limits.rs";

/// One row for every limit: name, value, reason.
pub fn table() -> String {
    let file = syn::parse_file(&read(FILE)).unwrap();
    let defaults = defaults(&file.items);
    let mut table = String::from("| limit | value | why |\n|---|---|---|\n");
    let mut row = |name: String, value: u64, why: String| {
        let _ = writeln!(table, "| `{name}` | {} | {why} |", readable(&name, value));
    };
    for item in &file.items {
        match item {
            Item::Struct(limits) => {
                for field in &limits.fields {
                    let name = field.ident.as_ref().unwrap().to_string();
                    let value = defaults.iter().find(|(known, _)| *known == name).unwrap().1;
                    row(format!("{name} (configurable)"), value, doc(&field.attrs));
                }
            }
            Item::Const(limit) => {
                row(limit.ident.to_string(), evaluate(&limit.expr), doc(&limit.attrs));
            }
            _ => {}
        }
    }
    table
}

/// Fields of the structure expression in `Default::default`.
fn defaults(items: &[Item]) -> Vec<(String, u64)> {
    struct Fields(Vec<(String, u64)>);
    impl<'ast> syn::visit::Visit<'ast> for Fields {
        fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
            let syn::Member::Named(name) = &field.member else { return };
            self.0.push((name.to_string(), evaluate(&field.expr)));
        }
    }
    let mut fields = Fields(Vec::new());
    items.iter().for_each(|item| syn::visit::Visit::visit_item(&mut fields, item));
    fields.0
}

/// Numbers and shifts, which is all that limits are made of.
fn evaluate(expression: &Expr) -> u64 {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().unwrap(),
            _ => panic!("a limit is a number"),
        },
        Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Shl(_)) => {
            evaluate(&binary.left) << evaluate(&binary.right)
        }
        _ => panic!("a limit is a number or a shift"),
    }
}

/// Sizes in the largest unit that divides them, other numbers as they are.
fn readable(name: &str, value: u64) -> String {
    if !name.to_lowercase().contains("size_bytes") {
        return value.to_string();
    }
    match value {
        _ if value.is_multiple_of(1 << 20) => format!("{} MiB", value >> 20),
        _ if value.is_multiple_of(1 << 10) => format!("{} KiB", value >> 10),
        _ => format!("{value} bytes"),
    }
}

/// The doc comment as one line, links as plain code.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(line) => Some(line.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let text = lines.collect::<Vec<_>>().join(" ").replace("[`", "`").replace("`]", "`");
    assert!(!text.is_empty(), "a limit has a reason");
    text
}

#[test]
fn every_limit_has_its_unit_and_reason() {
    let table = table();
    assert!(table.contains("| `event_log_size_bytes_max (configurable)` | 4 MiB | Largest event"));
    assert!(table.contains("| `EVENT_LOG_EVENTS_MAX` | 65536 | Records in one event log."));
    assert!(table.contains("| `KEY_FILE_SIZE_BYTES_MAX` | 64 KiB |"));
}
