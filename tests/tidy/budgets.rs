//! How long files and functions may get.

use crate::source::{RustFile, rust_files};

const FILE_LINES_MAX: usize = 600;
const FILE_LINES_MEDIAN_MAX: usize = 200;
const FUNCTION_LINES_MAX: usize = 70;
const FUNCTION_LINES_90TH_PERCENTILE_MAX: usize = 40;

/// Files that are one table, each with the reason why it is not cut.
const TABLES: &[(&str, &str)] = &[];

#[test]
fn no_file_is_long_but_the_tables() {
    for file in rust_files() {
        let table = TABLES.iter().find(|(path, _)| file.path.ends_with(path));
        let (lines, path) = (file.text.lines().count(), file.path.display());
        match table {
            None => assert!(lines <= FILE_LINES_MAX, "{path} has {lines} lines"),
            Some(_) => assert!(lines > FILE_LINES_MAX, "{path} no longer needs its exception"),
        }
    }
}

#[test]
fn the_median_file_is_short() {
    let lines = rust_files().iter().map(|file| file.text.lines().count()).collect();
    let median = percentile(lines, 50);
    println!("median file: {median} lines");
    assert!(median <= FILE_LINES_MEDIAN_MAX, "the median file has {median} lines");
}

#[test]
fn no_function_is_long() {
    let files = rust_files();
    for file in &files {
        for function in &file.functions {
            let (name, lines) = (&function.name, function.lines);
            let path = file.path.display();
            assert!(lines <= FUNCTION_LINES_MAX, "`{name}` in {path} has {lines} lines");
        }
    }
}

#[test]
fn nine_of_ten_functions_of_the_product_are_short() {
    let files = rust_files();
    let product = files.iter().filter(|file| !file.is_test());
    let lines = product.flat_map(|file: &RustFile| &file.functions).map(|f| f.lines).collect();
    let percentile = percentile(lines, 90);
    println!("90th percentile of functions: {percentile} lines");
    assert!(percentile <= FUNCTION_LINES_90TH_PERCENTILE_MAX, "{percentile} lines");
}

fn percentile(mut values: Vec<usize>, percent: usize) -> usize {
    values.sort_unstable();
    values[(values.len() - 1) * percent / 100]
}
