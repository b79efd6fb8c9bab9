//! Licences of everything that is built, against the list in `.cargo/deny.toml`.

use serde_json::Value;

use crate::layers::cargo;
use crate::source::read;

#[test]
fn every_dependency_can_be_used_under_an_allowed_licence() {
    let allowed = allowed();
    let metadata = cargo("metadata", &["--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "only {} packages", packages.len());
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(holds(licence, &allowed), "{}: licence {licence}", package["name"]);
    }
}

/// Quoted words of the line `allow = [...]`.
fn allowed() -> Vec<String> {
    let text = read(".cargo/deny.toml");
    let line = text.lines().find(|line| line.starts_with("allow = [")).unwrap();
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// SPDX expressions as they occur: `OR` binds least, `/` is its old form; brackets group.
fn holds(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    if let Some((before, rest)) = expression.split_once('(') {
        let (inner, after) = rest.split_once(')').unwrap();
        let known = if holds(inner, allowed) { &allowed[0] } else { "NOT-ALLOWED" };
        return holds(&format!("{before}{known}{after}"), allowed);
    }
    expression.split(" OR ").any(|choice| {
        choice.split(" AND ").all(|part| allowed.iter().any(|licence| licence == part.trim()))
    })
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed = ["MIT", "Apache-2.0"].map(str::to_owned);
    for held in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(GPL-3.0 OR MIT) AND Apache-2.0"] {
        assert!(holds(held, &allowed), "{held}");
    }
    for refused in ["none", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR GPL-3.0) AND GPL-2.0"] {
        assert!(!holds(refused, &allowed), "{refused}");
    }
}
