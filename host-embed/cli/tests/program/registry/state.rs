//! Exported states, by the program; and the program on PostgreSQL.

use portcullis_tests::postgres;

use super::fabric::Fabric;

#[test]
fn a_fabric_moves_to_another_machine_with_its_hosts_and_rules() {
    let (fabric, host) = Fabric::ready("state");
    let pass = fabric.write("pass.txt", b"correct horse battery\n");
    let state = fabric.folder.join("fabric.state");
    let state = state.to_str().unwrap();
    fabric.refused(&["state", "export", "-o", state], &["no passphrase", "--passphrase-file"]);
    let weak = fabric.write("weak.txt", b"short\n");
    fabric.refused(&["state", "export", "-o", state, "--passphrase-file", &weak], &["12"]);
    assert!(!std::path::Path::new(state).exists());
    fabric.done(&["state", "export", "-o", state, "--passphrase-file", &pass]);
    let other = Fabric::new("state-other");
    let import = ["state", "import", state, "--passphrase-file", &pass];
    other.refused(&["state", "import", state, "--passphrase-file", &weak], &["fabric.state"]);
    other.done(&import);
    let assess = ["assess", "--host", "host-1", "--evidence", host.evidence()];
    assert_eq!(other.run(&assess).code, 4, "the same host under the same rules");
    let again = other.json(&import);
    assert_eq!(again["added_count"], 0, "{again}");
    // A rehearsal of an import says what it would do to the hosts that are there.
    fabric.done(&["policy", "enable", "Hgs_BitLockerEnabled"]);
    fabric.done(&["baseline", "remove", "R740"]);
    let rehearsed = fabric.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!((&rehearsed["dry_run"], &rehearsed["added_count"]), (&true.into(), &1.into()));
    assert_eq!(fabric.json(&["baseline", "list"]), serde_json::json!([]));
}

#[test]
fn the_program_keeps_its_store_in_postgresql_too() {
    let Some(url) = postgres::database() else { return };
    let mut fabric = Fabric::new("postgres");
    fabric.store = url;
    // The key of the audit trail lies apart from a database.
    let key = fabric.folder.join("audit-key");
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(arguments)
            .env("PORTCULLIS_AUDIT_KEY", &key)
            .env("PORTCULLIS_STORE", &fabric.store)
            .output()
            .unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), shown + &String::from_utf8(output.stderr).unwrap())
    };
    let host = fabric.simulate("host-1", 1, &[]);
    for arguments in [
        &["trust", "add", &host.path("ca")][..],
        &["trust", "add", "--windows", &host.path("windows")],
        &["host", "add", &host.path("identifier.xml")],
        &["baseline", "add", &host.path("host.tcglog"), "--name", "R740"],
        &["ci-policy", "add", &host.path("ci/SiPolicy.p7b")],
        &["appraise", "--host", "host-1", "--evidence", host.evidence()],
        &["audit", "verify"],
    ] {
        let (code, output) = run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {output}");
    }
    let (code, output) = run(&["baseline", "remove", "R740", "--dry-run"]);
    assert_eq!(code, Some(5), "{output}");
    assert!(key.exists());
    let refused = crate::tools::portcullis([
        "host",
        "list",
        "--store",
        "postgresql://user:secret@127.0.0.1:1/none",
    ]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("user@127.0.0.1"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
}
