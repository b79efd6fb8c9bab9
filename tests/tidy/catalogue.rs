//! The Japanese catalogue translates what the engine says, and nothing that it does not.

use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprTuple, Lit};

use crate::source::{read, rust_files};

const PHRASES: &str = "engine/src/explain/ja/phrases.rs";

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

#[test]
fn every_phrase_of_the_catalogue_is_one_that_the_engine_says() {
    let mut phrases = Phrases::default();
    phrases.visit_file(&syn::parse_file(&read(PHRASES)).unwrap());
    assert!(phrases.0.len() > 90, "only {} phrases", phrases.0.len());
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
