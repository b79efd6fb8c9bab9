//! The Japanese catalogue translates what the engine says, and nothing that it does not.

use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprTuple, Lit};

use crate::source::{read, rust_files};

const PHRASES: &str = "engine/src/explain/ja/phrases.rs";
const DECODING: &str = "engine/src/explain/ja/decoding.rs";

/// The first of each pair of texts.
#[derive(Default)]
struct Phrases(Vec<String>);

impl<'ast> Visit<'ast> for Phrases {
    fn visit_expr_tuple(&mut self, tuple: &'ast ExprTuple) {
        let texts = tuple.elems.iter().filter_map(|element| match element {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        });
        if let [english, _] = texts.collect::<Vec<_>>().as_slice() {
            self.0.push(english.clone());
        }
        visit::visit_expr_tuple(self, tuple);
    }
}

fn phrases() -> Phrases {
    let mut phrases = Phrases::default();
    for file in [PHRASES, DECODING] {
        phrases.visit_file(&syn::parse_file(&read(file)).unwrap());
    }
    phrases
}

#[test]
fn every_phrase_of_the_catalogue_is_one_that_the_engine_says() {
    let phrases = phrases();
    assert!(phrases.0.len() > 150, "only {} phrases", phrases.0.len());
    let sources: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| file.path.starts_with("engine") && !file.is_test())
        .filter(|file| !file.path.starts_with("engine/src/explain"))
        .map(|file| file.text)
        .collect();
    for phrase in phrases.0 {
        // What stands in the gaps has names in the source, so the parts are looked up.
        for part in phrase.split("{}") {
            let said = sources.iter().any(|source| source.contains(part));
            assert!(said, "nothing says `{part}` of `{phrase}`");
        }
    }
}

/// Calls whose first text is why something cannot be decoded.
const REASONS: [&str; 6] =
    ["Invalid(\"", "invalid(\"", "torn(\"", "refuse(\"", "error(\"", "=> \""];

/// What `x509::element::reason` says, and what the readers of evidence say themselves.
#[test]
fn every_reason_of_a_decoding_error_is_in_the_catalogue() {
    let phrases = phrases();
    let mut reasons_count = 0;
    let files = rust_files().into_iter().filter(|file| !file.is_test());
    for file in files.filter(|file| file.path.starts_with("engine/src/formats")) {
        let (text, _) = file.text.split_once("#[cfg(test)]").unwrap_or((&file.text, ""));
        for call in REASONS {
            // Arms of a match are reasons in one file only.
            if call.starts_with('=') && !file.path.ends_with("x509/element.rs") {
                continue;
            }
            for rest in text.split(call).skip(1) {
                let (reason, _) = rest.split_once('"').unwrap();
                assert!(
                    phrases.0.iter().any(|phrase| phrase == reason),
                    "{}: `{reason}` has no Japanese",
                    file.path.display()
                );
                reasons_count += 1;
            }
        }
    }
    assert!(reasons_count > 70, "only {reasons_count} reasons");
}
