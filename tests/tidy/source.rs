//! The files of the repository, and the functions and lines in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_tests::corpus::repository;
use proc_macro2::Span;
use syn::visit::{self, Visit};

/// Every file under version control, captures aside, as a path from the root. Files that are new
/// and not ignored count too.
pub fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(repository())
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git ls-files failed");
    let listed = String::from_utf8(output.stdout).unwrap();
    let mut paths: Vec<PathBuf> = listed
        .split_terminator('\0')
        .map(PathBuf::from)
        .filter(|path| !path.starts_with("tests/captures") && repository().join(path).is_file())
        .collect();
    paths.sort();
    assert!(paths.len() > 100, "only {} files", paths.len());
    paths
}

/// The Rust files among them.
pub fn rust_files() -> Vec<RustFile> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    files().into_iter().filter(is_rust).map(RustFile::read).collect()
}

/// Text of a file, by its path from the root.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A Rust file.
pub struct RustFile {
    /// Its path from the root.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its functions.
    pub functions: Vec<Function>,
    /// First and last line of everything that is compiled for tests only, counted from 1.
    test_lines: Vec<(usize, usize)>,
}

/// A function.
pub struct Function {
    /// Its name.
    pub name: String,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
}

impl RustFile {
    fn read(path: PathBuf) -> Self {
        let text = read(&path);
        let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut visitor = Visitor::default();
        visitor.visit_file(&parsed);
        let Visitor { functions, mut test_lines } = visitor;
        if path.starts_with("tests")
            || path.iter().any(|part| part == "tests")
            || is_test_module(&path)
        {
            test_lines.push((1, usize::MAX));
        }
        Self { path, text, functions, test_lines }
    }

    /// True when all of it is about tests.
    pub fn is_test(&self) -> bool {
        self.test_lines.contains(&(1, usize::MAX))
    }

    /// Lines that are neither empty nor comment: those of the product, and those of tests.
    pub fn code_lines(&self) -> (usize, usize) {
        let (mut product, mut test) = (0, 0);
        for (number, line) in self.text.lines().map(str::trim).enumerate() {
            let number = number + 1;
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            let is_test = self.test_lines.iter().any(|(from, to)| (*from..=*to).contains(&number));
            *(if is_test { &mut test } else { &mut product }) += 1;
        }
        (product, test)
    }
}

/// `tests.rs` beside the code is a module of tests.
fn is_test_module(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
}

#[derive(Default)]
struct Visitor {
    functions: Vec<Function>,
    test_lines: Vec<(usize, usize)>,
}

impl Visitor {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (from, to) = lines(signature.fn_token.span, block.brace_token.span.close());
        self.functions.push(Function { name: signature.ident.to_string(), lines: to - from + 1 });
    }
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let condition = item.attrs.iter().find(|attribute| is_cfg_test(attribute));
        if let Some(((braces, _), condition)) = item.content.as_ref().zip(condition) {
            self.test_lines.push(lines(condition.pound_token.span, braces.span.close()));
        }
        visit::visit_item_mod(self, item);
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

fn lines(from: Span, to: Span) -> (usize, usize) {
    (from.start().line, to.end().line)
}

#[test]
fn functions_and_test_code_are_measured_as_a_reader_would() {
    let text = "\
fn one() {}

/// Documentation does not count.
#[inline]
fn four(
) -> u8 {
    let text = \"}\"; // }
}

#[cfg(test)]
mod tests {
    fn inner() {}
}
";
    let mut visitor = Visitor::default();
    visitor.visit_file(&syn::parse_file(text).unwrap());
    let measured: Vec<_> = visitor.functions.iter().map(|f| (f.name.as_str(), f.lines)).collect();
    assert_eq!(measured, [("one", 1), ("four", 4), ("inner", 1)]);
    let test_lines = visitor.test_lines;
    let (path, functions) = (PathBuf::new(), Vec::new());
    let file = RustFile { path, text: text.to_owned(), functions, test_lines };
    assert_eq!(file.code_lines(), (6, 4));
}
