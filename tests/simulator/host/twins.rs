//! Twins: simulated hosts built like recorded ones leave records of the same shape.
//!
//! Compared is the sequence of (register, type, identifiers of SIPA elements with their nesting);
//! contents differ, of course. Nothing else may: the list of excepted differences is empty.

use std::path::{Path, PathBuf};

use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::wire::{EventType, SipaType};
use portcullis_simulator::sipa::TrustPoint;
use portcullis_simulator::spec::{HostSpec, preset};
use portcullis_tests::corpus;

use super::start;

/// Bytes of a SIPA element's header.
const HEADER_SIZE: usize = 8;

/// The shape of a log: a line for each record.
fn shape(log: &[u8]) -> Vec<String> {
    let log = eventlog::parse(log, &Limits::default()).expect("a log");
    log.events
        .iter()
        .map(|event| {
            let sipa =
                event.untrusted_type == EventType::EVENT_TAG && (12..=14).contains(&event.pcr);
            let ids = match sipa || event.pcr == u32::MAX {
                true => ids(event.data),
                false => String::new(),
            };
            format!("{:#x} {} {}{ids}", event.pcr, event.untrusted_type, event.digests.len())
        })
        .collect()
}

/// The identifiers of elements, containers with what they hold.
fn ids(mut data: &[u8]) -> String {
    let mut text = String::new();
    while data.len() >= HEADER_SIZE {
        let word = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().expect("4 bytes"));
        let (kind, size) = (SipaType(word(0)), word(4) as usize);
        let value = &data[HEADER_SIZE..HEADER_SIZE + size];
        text += &format!(" {kind}");
        if kind.is_container() {
            text += &format!("[{} ]", ids(value));
        }
        data = &data[HEADER_SIZE + size..];
    }
    assert!(data.is_empty(), "{} bytes behind the last element", data.len());
    text
}

fn twin(name: &str) -> HostSpec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/twins").join(name);
    let path = path.with_added_extension("toml");
    let text = String::from_utf8(corpus::read(&path)).expect("UTF-8");
    HostSpec::from_toml(&text)
        .unwrap_or_else(|error| panic!("{}", error.in_file(path.display().to_string())))
}

/// What of a log is compared.
#[derive(Clone, Copy)]
enum Part {
    /// Every record.
    All,
    /// What Windows measures: the firmware of these hosts is of no style that we simulate.
    Windows,
}

fn check(recorded: &Path, spec: HostSpec, part: Part, trust_points: usize) {
    let mut started = start(spec, 1);
    let point = |index: usize| TrustPoint {
        aik_id: format!("key {index}"),
        aik_public_digest: [1; 20],
        quote: vec![2; 121],
        signature: vec![3; 256],
    };
    let points: Vec<_> = (0..trust_points).map(point).collect();
    if !points.is_empty() {
        started.host.add_trust_points(&points);
    }
    let windows = |line: &String| {
        line.starts_with("0xb ")
            || line.starts_with("0xc ")
            || line.starts_with("0xd ")
            || line.starts_with("0xe ")
    };
    let lines = |log: &[u8]| {
        let mut lines = shape(log);
        lines.retain(|line| matches!(part, Part::All) || windows(line));
        lines
    };
    let (expect, found) = (lines(&corpus::read(recorded)), lines(started.log()));
    let mut differences = Vec::new();
    for index in 0..expect.len().max(found.len()) {
        let line = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
        if line(&expect) != line(&found) {
            differences.push(format!(
                "{index}:\n  real {}\n  twin {}",
                line(&expect),
                line(&found)
            ));
        }
    }
    assert!(differences.is_empty(), "{}:\n{}", recorded.display(), differences.join("\n"));
}

fn windows(name: &str) -> Option<PathBuf> {
    corpus::third_party("eventlogs/windows")
        .map(|folder| folder.join(name).with_added_extension("tcglog"))
}

#[test]
fn a_twin_of_a_hypervisor_host_has_the_shape_of_its_log() {
    let name = "win10-ent-x1carbon-2banks";
    let Some(recorded) = windows(name) else { return };
    check(&recorded, twin(name), Part::All, 0);
}

#[test]
fn a_twin_of_a_host_with_option_roms_has_the_shape_of_its_log() {
    let name = "ws2019-dell-r340-two-trustpoints";
    let Some(recorded) = windows(name) else { return };
    check(&recorded, twin(name), Part::All, 2);
}

#[test]
fn a_twin_of_a_host_with_a_site_policy_has_the_shape_of_its_log() {
    let name = "ws2022-supermicro-sipolicy-trustpoint";
    let Some(recorded) = windows(name) else { return };
    check(&recorded, twin(name), Part::All, 1);
}

#[test]
fn a_twin_of_the_same_hardware_at_another_boot_has_its_shape_too() {
    let Some(recorded) = windows("ws2019-dell-bootcounters") else { return };
    check(&recorded, twin("ws2019-dell-r340-two-trustpoints"), Part::All, 0);
}

#[test]
fn a_twin_without_secure_boot_has_the_shape_of_its_log() {
    let name = "win10-pro-latitude7520-vbs-hvci";
    let Some(recorded) = windows(name) else { return };
    check(&recorded, twin(name), Part::Windows, 0);
}

#[test]
fn a_twin_that_resumes_has_the_shape_of_the_log_of_a_resume() {
    let name = "win10-pro-dell-hibernate-chain";
    let Some(full) = windows(&format!("{name}.0")) else { return };
    check(&full, twin(name), Part::Windows, 0);
    for resume in 1..=4 {
        let mut spec = twin(name);
        spec.boot.resume = true;
        let recorded = windows(&format!("{name}.{resume}")).expect("the corpus is there");
        check(&recorded, spec, Part::Windows, 0);
    }
}

#[test]
fn a_twin_of_the_shim_capture_has_the_shape_of_its_log() {
    let spec = preset::find("linux-debian").expect("a preset").spec();
    check(&corpus::capture("a-sb-on-ms").join("eventlog.bin"), spec, Part::All, 0);
}

#[test]
fn a_twin_of_the_unified_kernel_capture_has_the_shape_of_its_log() {
    let spec = preset::find("linux-uki").expect("a preset").spec();
    check(&corpus::capture("d3-own-keys-uki").join("eventlog.bin"), spec, Part::All, 0);
}
