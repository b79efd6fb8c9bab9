//! What is true of every real Windows log, as far as the corpus goes. Rules of the appraisal rest
//! on these facts; a log that breaks one must be seen here first.

use std::collections::BTreeSet;

use portcullis_engine::claims::{self, SecureBootState};
use portcullis_engine::crypto::{self, HashAlg, Signature};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::body::{Binding, binding};
use portcullis_engine::formats::eventlog::{self, Event, EventLog};
use portcullis_engine::formats::sipa::{ElamData, LoadedModule, SipaNode, SipaTree, SipaValue};
use portcullis_engine::formats::tpm::TpmtPublic;
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use portcullis_engine::wire::sipa::TransferControl;
use portcullis_engine::wire::tpm::AttestType;
use portcullis_engine::wire::{EventType, SipaType, event};
use portcullis_tests::corpus::{read, read_json, third_party};

use super::sipa::{tree, windows_logs};

fn parse(bytes: &[u8]) -> EventLog<'_> {
    eventlog::parse(bytes, &Limits::default()).unwrap()
}

/// The sets of one register: the trees of its tagged records.
fn sets<'a>(log: &EventLog<'a>, pcr: u32) -> Vec<SipaTree<'a>> {
    let tagged =
        |event: &&Event<'_>| event.pcr == pcr && event.untrusted_type == EventType::EVENT_TAG;
    log.events.iter().filter(tagged).map(|event| tree(event).unwrap().unwrap()).collect()
}

/// What one set says beside its modules, without some types: type and data, in order.
fn state<'a>(set: &SipaTree<'a>, without: &[SipaType]) -> Vec<(SipaType, &'a [u8])> {
    let root = set.roots().next().expect("boundary");
    let children = set.children_of(root).filter(|node| !without.contains(&node.kind));
    children.map(|node| (node.kind, node.data)).collect()
}

fn modules<'t, 'a>(set: &'t SipaTree<'a>) -> impl Iterator<Item = LoadedModule<'a>> + use<'t, 'a> {
    set.in_boundaries(SipaType::LOADEDMODULE_AGGREGATION)
        .map(|node| LoadedModule::read(set, node).expect("module"))
}

#[test]
fn elements_are_bound_in_every_bank_that_has_a_digest() {
    let Some(logs) = windows_logs() else { return };
    let mut checked = 0;
    for (name, bytes) in logs {
        let log = parse(&bytes);
        for event in log.events.iter().filter(|event| (12..=14).contains(&event.pcr)) {
            // Windows logs into one bank, also where the firmware logs into two.
            assert_eq!(event.digests.len(), 1, "{name} {}", event.index);
            let bank = HashAlg::from_tpm(event.digests[0].alg).unwrap();
            assert_eq!(binding(event, bank), Binding::WholeData, "{name} {}", event.index);
            checked += 1;
        }
    }
    assert!(checked >= 164, "only {checked} checked");
}

#[test]
fn registers_12_to_14_hold_elements_and_one_separator_behind_them() {
    let Some(logs) = windows_logs() else { return };
    for (name, bytes) in logs {
        let log = parse(&bytes);
        for pcr in 12..=14 {
            let events: Vec<_> = log.events.iter().filter(|event| event.pcr == pcr).collect();
            let (last, elements) = events.split_last().expect("events");
            assert_eq!(last.data, event::SEPARATOR_WBCL, "{name} PCR {pcr}");
            assert!(!elements.is_empty(), "{name} PCR {pcr}");
            for event in elements {
                let tree = tree(event).expect("elements").unwrap();
                assert_eq!(tree.roots().count(), 1, "{name} {}", event.index);
            }
        }
    }
}

#[test]
fn register_11_is_opened_and_capped() {
    let Some(logs) = windows_logs() else { return };
    for (name, bytes) in logs {
        let log = parse(&bytes);
        let found: Vec<_> =
            log.events.iter().filter(|event| event.pcr == 11).map(|event| event.data).collect();
        assert_eq!(found, [&event::WBCL_START[..], &event::WBCL_CAP[..]], "{name}");
    }
}

/// The boot manager and each loader write one set into either register; virtual secure mode
/// writes its keys into PCR 12 alone.
#[test]
fn register_13_repeats_the_state_of_register_12() {
    let Some(logs) = windows_logs() else { return };
    const ONLY_12: [SipaType; 6] = [
        SipaType::COUNTERID,
        SipaType::EVENTCOUNTER,
        SipaType::BOOTCOUNTER,
        SipaType::TRANSFER_CONTROL,
        SipaType::ELAM_AGGREGATION,
        SipaType::LOADEDMODULE_AGGREGATION,
    ];
    const ONLY_13: [SipaType; 5] = [
        SipaType::SBCP_INFO,
        SipaType::SI_POLICY,
        SipaType::BOOT_REVOCATION_LIST,
        SipaType::OS_REVOCATION_LIST,
        SipaType::LOADEDMODULE_AGGREGATION,
    ];
    let mut compared = 0;
    for (name, bytes) in logs {
        let log = parse(&bytes);
        let (mut of_12, of_13) = (sets(&log, 12), sets(&log, 13));
        of_12.retain(|set| set.in_boundaries(SipaType::VSM_IDK_INFO).next().is_none());
        assert_eq!(of_12.len(), of_13.len(), "{name}");
        for (set_12, set_13) in of_12.iter().zip(&of_13) {
            assert_eq!(state(set_12, &ONLY_12), state(set_13, &ONLY_13), "{name}");
            // The order of the modules differs, their set does not.
            let hashes = |set| modules(set).map(|module| module.hash.expect("hash")).collect();
            let (of_12, of_13): (Vec<_>, Vec<_>) = (hashes(set_12), hashes(set_13));
            assert_eq!(of_12.len(), of_13.len(), "{name}");
            let sorted = |hashes: Vec<&[u8]>| hashes.into_iter().map(<[u8]>::to_vec).collect();
            let (of_12, of_13): (BTreeSet<_>, BTreeSet<Vec<u8>>) = (sorted(of_12), sorted(of_13));
            assert_eq!(of_12, of_13, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 34, "only {compared} pairs of sets");
}

#[test]
fn a_module_is_described_by_half_in_either_register() {
    let Some(logs) = windows_logs() else { return };
    for (name, bytes) in logs {
        let log = parse(&bytes);
        for module in sets(&log, 12).iter().flat_map(modules) {
            assert!(module.hash.is_some() && module.image_base.is_some(), "{name}");
            assert!(module.path.is_none() && module.publisher.is_none(), "{name}");
        }
        for module in sets(&log, 13).iter().flat_map(modules) {
            assert!(module.hash.is_some() && module.image_base.is_none(), "{name}");
            assert!(module.path.is_some() && module.publisher.is_some(), "{name}");
            assert!(module.serial.is_some() && module.thumbprint_sha1.is_some(), "{name}");
            assert_eq!(module.validated, Some(true), "{name}");
        }
        for set in sets(&log, 12) {
            for node in set.in_boundaries(SipaType::ELAM_AGGREGATION) {
                let elam = ElamData::read(&set, node).unwrap();
                assert_eq!(&*elam.key_name.expect("name").text, "Windows Defender", "{name}");
            }
        }
    }
}

/// Only the first set tells a full boot from a resume: with a hypervisor, the second set hands
/// over too.
#[test]
fn the_first_transfer_of_control_tells_a_resume() {
    let Some(logs) = windows_logs() else { return };
    for (name, bytes) in logs {
        let log = parse(&bytes);
        let sets = sets(&log, 12);
        let values: Vec<_> = sets
            .iter()
            .flat_map(|set| set.in_boundaries(SipaType::TRANSFER_CONTROL))
            .map(SipaNode::value)
            .collect();
        let resumes = name.contains("resume")
            || ["1", "2", "3", "4"]
                .iter()
                .any(|part| name == format!("win10-pro-dell-hibernate-chain.{part}.tcglog"));
        let first = if resumes { TransferControl::RESUME } else { TransferControl::OSLOADER };
        assert_eq!(values[0], SipaValue::TransferControl(first), "{name}");
        let hypervisor = SipaValue::TransferControl(TransferControl::HYPERVISOR);
        assert!(values[1..].iter().all(|value| *value == hypervisor), "{name}: {values:?}");
        let launched =
            sets.iter().flat_map(|set| set.in_boundaries(SipaType::OSKERNELDEBUG)).count();
        assert_eq!(launched, usize::from(!resumes), "{name}: state of the operating system");
    }
}

#[test]
fn the_boot_counter_is_the_reset_count_of_the_recorded_quote() {
    let Some(logs) = windows_logs() else { return };
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let mut compared = 0;
    for (name, bytes) in logs {
        let log = parse(&bytes);
        let counters: BTreeSet<_> = sets(&log, 12)
            .iter()
            .flat_map(|set| set.in_boundaries(SipaType::BOOTCOUNTER))
            .filter_map(|node| node.value().number())
            .collect();
        assert_eq!(counters.len(), 1, "{name}");
        let recorded = read_json(&folder.join(format!("{name}.json")));
        // The chain's sidecars all hold the quote of the last session.
        let Some(resets) = recorded["quote"]["parsed"]["resetCount"].as_u64() else { continue };
        if !name.contains("chain") || name.contains("chain.4") {
            assert!(counters.contains(&resets), "{name}: {counters:?}, quoted {resets}");
            compared += 1;
        }
    }
    assert!(compared >= 7, "only {compared} compared");
}

#[test]
fn the_secure_boot_policy_is_measured_only_with_secure_boot() {
    let Some(logs) = windows_logs() else { return };
    let mut off = 0;
    for (name, bytes) in logs {
        let log = parse(&bytes);
        let bank = HashAlg::from_tpm(log.banks.last().expect("bank").alg).unwrap();
        let state = claims::extract(&replay::measure(&log, bank, None)).secure_boot.state;
        let sets = sets(&log, 13);
        let policies = sets.iter().flat_map(|set| set.in_boundaries(SipaType::SBCP_INFO)).count();
        let first = sets.first().expect("set");
        let revoked = first.in_boundaries(SipaType::BOOT_REVOCATION_LIST).count();
        if state == SecureBootState::Off {
            assert_eq!((policies, revoked), (0, 0), "{name}");
            off += 1;
        }
    }
    assert!(off >= 8, "only {off} logs without Secure Boot");
}

/// The digest of `boot.stl` in the logs names the list by its time of creation.
#[test]
fn revocation_lists_have_the_time_of_their_certificate_trust_list() {
    let Some(logs) = windows_logs() else { return };
    let known = [
        ("76dea1e54ada0c2e765bdb30099a573965ace595bd9af0dd82", "2017-12-12T17:43:11Z"),
        ("c1042a390d0c52f895c722774a6da94205d33dfc497a111fac", "2021-11-30T19:27:37Z"),
    ];
    let mut met = BTreeSet::new();
    for (name, bytes) in logs {
        let log = parse(&bytes);
        for set in sets(&log, 13) {
            for node in set.in_boundaries(SipaType::BOOT_REVOCATION_LIST) {
                let SipaValue::RevocationList(list) = node.value() else { panic!("{name}") };
                let digest: String = list.digest.iter().map(|byte| format!("{byte:02x}")).collect();
                let Some((_, time)) = known.iter().find(|(head, _)| digest.starts_with(head))
                else {
                    continue;
                };
                assert_eq!(list.created().expect("time").to_string(), *time, "{name}");
                met.insert(time);
            }
        }
    }
    assert_eq!(met.len(), 2);
}

/// The parts of a trust point, in its order.
fn trust_points<'a>(tree: &SipaTree<'a>) -> Vec<[SipaNode<'a>; 4]> {
    let parts: Vec<_> = tree.nodes().iter().filter(|node| !node.kind.is_container()).collect();
    let kinds: Vec<_> = parts.iter().map(|node| node.kind).collect();
    let expected =
        [SipaType::AIKID, SipaType::AIKPUBDIGEST, SipaType::QUOTE, SipaType::QUOTESIGNATURE];
    assert!(kinds.chunks(4).all(|kinds| kinds == expected), "{kinds:?}");
    parts.chunks_exact(4).map(|parts| [*parts[0], *parts[1], *parts[2], *parts[3]]).collect()
}

#[test]
fn quotes_of_trust_points_leave_out_registers_7_and_11() {
    let Some(logs) = windows_logs() else { return };
    let mut quotes = 0;
    for (name, bytes) in logs {
        let log = parse(&bytes);
        for tree in log.trust_points().filter_map(|event| tree(event)?.ok()) {
            for [_, _, quote, _] in trust_points(&tree) {
                let SipaValue::Quote(attest) = quote.value() else { panic!("{name}") };
                assert_eq!(attest.attest_type, AttestType::QUOTE);
                let quoted = attest.quote().expect("quote");
                let pcrs: Vec<_> =
                    quoted.selections.iter().flat_map(|bank| bank.pcrs.iter()).collect();
                assert_eq!(pcrs, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15], "{name}");
                assert_eq!(quoted.pcr_digest.len(), 20, "{name}");
                let extra = attest.extra_data.bytes();
                assert!(extra.len() == 20 && extra[8..] == [0; 12], "{name}");
                quotes += 1;
            }
        }
    }
    assert!(quotes >= 7, "only {quotes} quotes");
}

/// Size in bytes of a key file's header, behind which its public area stands.
const KEY_FILE_HEADER_SIZE: usize = 56;

/// Windows' key files of two hosts. One key was made anew after the log was copied.
#[test]
fn signatures_of_trust_points_verify_with_the_keys_of_their_hosts() {
    let Some(folder) = third_party("eventlogs/windows") else { return };
    let check = |log: &str, key: &str, expect: bool| {
        let bytes = read(&folder.join(log));
        let log = parse(&bytes);
        let file = read(&folder.join("pcpkeys").join(key));
        let public = &file[KEY_FILE_HEADER_SIZE..];
        let size = 2 + usize::from(u16::from_be_bytes([public[0], public[1]]));
        let public = TpmtPublic::parse_tpm2b(Input::new(&public[..size])).unwrap();
        let public = public.to_public_key().unwrap();
        let crypto::PublicKey::Rsa { modulus, .. } = &public else { panic!("no RSA key") };
        let digest = crypto::digest(HashAlg::Sha1, &[modulus]);
        let tree = log.trust_points().find_map(|event| tree(event)?.ok()).expect("trust point");
        let verified = trust_points(&tree).iter().any(|[_, key_digest, quote, signature]| {
            let signature = Signature::RsaPkcs1(signature.data);
            key_digest.data == digest.as_bytes()
                && crypto::verify(&public, HashAlg::Sha1, quote.data, signature).is_ok()
        });
        assert_eq!(verified, expect, "{key}");
    };
    let bla = "ws2022-supermicro-sipolicy-trustpoint.bla.pcpm";
    check("ws2022-supermicro-sipolicy-trustpoint.tcglog", bla, true);
    check("ws2022-supermicro-sipolicy-boot13.tcglog", bla, true);
    let dell = "ws2019-dell-r340-two-trustpoints.tcglog";
    check(dell, "ws2019-dell-bootcounters.dellbla.pcpm", true);
    check(dell, "ws2019-dell-bootcounters.Windows_AIK.pcpm", false);
}
