//! Documents that are made from the code.

use std::fmt::Write as _;

use portcullis_api::schema;
use portcullis_engine::ci_policy::warnings::WarningCode;
use portcullis_engine::explain::{self, Lang};
use portcullis_engine::finding::FindingCode;
use portcullis_engine::host::PolicyVersion;
use portcullis_engine::verdict::{Context, tier};
use portcullis_tests::corpus::repository;
use portcullis_tests::golden;

use crate::layers::packages;
use crate::limits;
use crate::source::read;

#[test]
fn golden_findings_documents_have_a_row_for_every_code() {
    for lang in Lang::ALL {
        let (file, heading) = match lang {
            Lang::En => ("findings.md", ENGLISH),
            Lang::Ja => ("findings.ja.md", JAPANESE),
        };
        let mut text = heading.to_owned();
        for code in FindingCode::ALL {
            let (meaning, remedy) = (explain::meaning(*code, lang), explain::remedy(*code, lang));
            let _ = writeln!(text, "| `{code}` | {} | {meaning} | {remedy} |", tiers(*code));
        }
        golden::check(&repository().join("engine/docs").join(file), &text);
    }
}

#[test]
fn golden_warnings_document_has_a_row_for_every_code() {
    let mut text = String::from(
        "# Warnings about code integrity policies\n\n\
         Made from the code by `cargo xtask bless`. Warnings are about a policy file or a conversion\n\
         and decide nothing. The evidence says what speaks for each: *real files* were made by\n\
         Microsoft's tools, *documented* is Microsoft's documentation, *one source* is a single\n\
         public implementation, *inferred* is concluded from the others.\n\n\
         | code | meaning | evidence |\n|---|---|---|\n",
    );
    for code in WarningCode::ALL {
        let _ = writeln!(text, "| `{code}` | {} | {} |", code.meaning(), code.evidence());
    }
    golden::check(&repository().join("engine/docs/ci-policy-warnings.md"), &text);
}

const ENGLISH: &str = "\
# Finding codes

Made from the code by `cargo xtask bless`. A code is stable and never reused for another
meaning. `portcullis explain CODE` says the same.

| code | tier | meaning | remedy |
|---|---|---|---|
";

const JAPANESE: &str = "\
# 検出コード

`cargo xtask bless` がコードから生成します。コードは変わらず、別の意味に再利用されることも
ありません。`portcullis explain CODE --lang ja` でも表示できます。

| コード | 重大度 | 意味 | 対処 |
|---|---|---|---|
";

/// The tier in an appraisal under v2, and where another question gives another one.
fn tiers(code: FindingCode) -> String {
    let of = |proofs_required, version| tier(code, Context { proofs_required, version });
    let base = of(true, PolicyVersion::V2);
    let mut text = base.name().to_owned();
    for (other, place) in [
        (of(false, PolicyVersion::V2), "in an assessment"),
        (of(true, PolicyVersion::V1), "under v1"),
    ] {
        if other != base {
            let _ = write!(text, "; {} {place}", other.name());
        }
    }
    text
}

#[test]
fn golden_schemas_are_those_of_the_code() {
    for (name, text) in schema::all() {
        golden::check(&repository().join("engine/api/schema").join(name), &text);
    }
    let of_package = portcullis_wasm::schema::all();
    for (name, text) in of_package.into_iter().chain(portcullis_wasm_simulated::schema::all()) {
        golden::check(&repository().join("wasm-pkg/schema").join(name), &text);
    }
}

#[test]
fn golden_limits_table_of_the_readme_is_that_of_the_code() {
    const BEGIN: &str = "<!-- limits: begin -->\n";
    const END: &str = "<!-- limits: end -->";
    let readme = read("README.md");
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{}{END}{after}", limits::table());
    golden::check(&repository().join("README.md"), &made);
}

#[test]
fn the_readme_names_every_crate_and_only_files_that_exist() {
    let readme = read("README.md");
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "the code map lacks {name}");
    }
    let words = readme.split(|c: char| c.is_whitespace() || "`()[],:".contains(c));
    let paths = words.map(|word| word.trim_end_matches('.')).filter(|word| word.contains('/'));
    let folders = ["engine/", "host-embed/", "simulator/", "tests/", "wasm-pkg/", ".ci/"];
    for path in paths.filter(|path| folders.iter().any(|folder| path.starts_with(folder))) {
        assert!(repository().join(path).exists(), "{path} does not exist");
    }
}
