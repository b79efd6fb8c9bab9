//! Specifications: what is read, what is refused, and in which words.

use std::collections::BTreeSet;

use super::*;

/// Sets a field of the reference host.
fn set(key: &str, value: &str) -> Result<HostSpec, String> {
    let mut spec = HostSpec::default();
    spec.set(key, value).map_err(|error| error.to_string())?;
    Ok(spec)
}

#[test]
fn every_knob_takes_the_value_that_it_shows() {
    for preset in preset::PRESETS {
        let spec = preset.spec();
        let mut copy = HostSpec { ci_policies: Vec::new(), ..HostSpec::default() };
        for (key, value) in spec.values() {
            copy.set_value(&key, &value).unwrap_or_else(|error| panic!("{}: {error}", preset.name));
        }
        assert_eq!(copy, spec, "{}", preset.name);
    }
}

#[test]
fn every_knob_has_its_own_name_and_a_documentation() {
    let keys: BTreeSet<_> = HOST_KNOBS.iter().map(|knob| knob.key).collect();
    assert_eq!(keys.len(), HOST_KNOBS.len());
    assert!(HOST_KNOBS.iter().all(|knob| knob.doc.len() > 3 && !(knob.allowed)().is_empty()));
    assert!(CI_POLICY_KNOBS.iter().all(|knob| knob.doc.len() > 3));
}

#[test]
fn presets_differ_pass_their_own_checks_and_are_found_by_name() {
    for (index, preset) in preset::PRESETS.iter().enumerate() {
        let spec = preset.spec();
        assert_eq!(spec.check(), Ok(()), "{}", preset.name);
        assert_eq!(preset::find(preset.name).map(|found| found.name), Some(preset.name));
        let same = preset::PRESETS.iter().take(index).find(|other| other.spec() == spec);
        assert!(same.is_none(), "{} equals {}", preset.name, same.map_or("", |other| other.name));
        if let Some(baseline) = preset.expect.baseline {
            assert!(preset::find(baseline).is_some(), "{baseline}");
        }
    }
}

#[test]
fn each_policy_has_a_preset_that_fails_it() {
    let policies: BTreeSet<_> = preset::PRESETS
        .iter()
        .filter_map(|preset| preset.expect.fails)
        .map(|(policy, _)| policy)
        .collect();
    assert_eq!(policies.len(), 14, "{policies:?}");
    let reasons: BTreeSet<_> =
        preset::PRESETS.iter().filter_map(|preset| preset.expect.fails).collect();
    assert_eq!(reasons.len(), 15, "one reason more than policies: VsmRunning");
}

#[test]
fn overrides_take_bare_text_and_values() {
    let spec = set("windows.hvci", "false").expect("a boolean");
    assert!(!spec.windows.vbs.hvci);
    assert_eq!(set("windows.dumps", "plain").expect("text").windows.dumps, Dumps::Plain);
    assert_eq!(set("windows.dumps", "\"plain\"").expect("text").windows.dumps, Dumps::Plain);
    let banks = set("tpm.banks", "[\"sha1\", \"sha384\"]").expect("a list").tpm.banks;
    assert_eq!(banks, [HashAlg::Sha1, HashAlg::Sha384]);
    assert_eq!(set("ci.policy.0.mode", "audit").expect("text").ci_policies[0].mode, CiMode::Audit);
    assert_eq!(set("ci.policy.2.label", "new").expect("appended").ci_policies.len(), 3);
}

#[test]
fn a_wrong_override_names_the_field_and_what_is_allowed() {
    let error = |key, value| set(key, value).expect_err(key);
    assert_eq!(
        error("windows.hvci", "maybe"),
        "`windows.hvci`: found \"maybe\", allowed: true, false"
    );
    assert_eq!(
        error("windows.dumps", "off"),
        "`windows.dumps`: found \"off\", allowed: \"disabled\", \"plain\", \"encrypted\""
    );
    assert_eq!(
        error("firmware.option_roms", "65"),
        "`firmware.option_roms`: found 65, allowed: a number from 0 to 64"
    );
    assert_eq!(
        error("firmware.option_roms", "-1"),
        "`firmware.option_roms`: found -1, allowed: a number from 0 to 64"
    );
    let unknown = error("windows.hcvi", "true");
    assert!(unknown.starts_with("`windows.hcvi`: no such field; fields near it: "), "{unknown}");
    assert!(unknown.contains("windows.hvci"), "{unknown}");
    let unknown = error("nonsense", "1");
    assert!(unknown.contains("name, class, machine"), "{unknown}");
    assert_eq!(
        error("ci.policy.9.mode", "audit"),
        "`ci.policy.9.mode`: found 9, allowed: an index from 0 to 2"
    );
}

/// The error of a text.
fn error_of(text: &str) -> String {
    let error = HostSpec::from_toml(text).expect_err("a wrong specification");
    error.in_file("host.toml").to_string()
}

#[test]
fn a_text_starts_from_its_preset_and_changes_what_it_names() {
    let text = "preset = \"supermicro-ws2022\"\nname = \"node-7\"\n\n[windows]\nhvci = false\n\n\
                [[ci.policy]]\nlabel = \"mine\"\nversion = \"10.0.1.0\"\n";
    let spec = HostSpec::from_toml(text).expect("a specification");
    let mut expect = preset::find("supermicro-ws2022").expect("a preset").spec();
    expect.name = "node-7".into();
    expect.windows.vbs.hvci = false;
    expect.ci_policies = vec![CiPolicySpec {
        label: "mine".into(),
        version: [10, 0, 1, 0],
        ..CiPolicySpec::default()
    }];
    assert_eq!(spec, expect);
}

#[test]
fn a_wrong_text_names_file_line_field_and_allowed_values() {
    assert_eq!(
        error_of("[windows]\n\nhvci = 1\n"),
        "host.toml:3: `windows.hvci`: found 1, allowed: true, false"
    );
    assert_eq!(
        error_of("[[ci.policy]]\nlabel = \"a\"\nmode = \"loud\"\n"),
        "host.toml:3: `ci.policy.0.mode`: found \"loud\", allowed: \"enforced\", \"audit\""
    );
    let unknown = error_of("[firmware]\nstile = \"dell\"\n");
    assert!(unknown.starts_with("host.toml:2: `firmware.stile`: no such field; "), "{unknown}");
    let preset = error_of("preset = \"hp\"\n");
    assert!(preset.starts_with("host.toml:1: `preset`: found \"hp\", allowed: dell-"), "{preset}");
    let syntax = error_of("[windows]\nhvci = \n");
    assert!(syntax.starts_with("host.toml:2: "), "{syntax}");
    let date = error_of("name = 2020-01-01\n");
    assert!(date.starts_with("host.toml:1: `name`: found a datetime, allowed: text"), "{date}");
    let tables = error_of("[[windows]]\nhvci = true\n");
    assert!(tables.starts_with("host.toml:1: `windows`: no such field; "), "{tables}");
}

#[test]
fn a_contradiction_names_the_field_and_its_line() {
    assert_eq!(
        error_of("[tpm]\nbanks = []\n"),
        "host.toml:2: `tpm.banks`: is empty: a TPM has at least one active bank"
    );
    assert_eq!(
        error_of("[tpm]\nbanks = [\"sha1\", \"sha1\"]\n"),
        "host.toml:2: `tpm.banks`: names a bank twice"
    );
    let sha1 = error_of("[firmware]\nlog_style = \"sha1\"\n");
    assert!(sha1.starts_with("host.toml:2: `firmware.log_style`: a log in the SHA-1"), "{sha1}");
    let vsm = error_of("[windows]\nhypervisor = false\n");
    assert_eq!(vsm, "host.toml: `windows.vsm`: VSM needs windows.hypervisor = true");
}

#[test]
fn hostile_texts_are_refused_without_harm() {
    error_of(&"a".repeat(2 << 20));
    error_of(&format!("name = {}\n", "[".repeat(100_000)));
    error_of(&format!("x = {}1{}\n", "{ a = ".repeat(60), " }".repeat(60)));
    error_of(&format!("[windows]\ndrivers = [{}]\n", "\"a.sys\", ".repeat(300)));
    error_of("\u{feff}\0");
}
