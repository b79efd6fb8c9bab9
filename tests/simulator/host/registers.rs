//! Registers of simulated hosts against values that real TPMs had.
//!
//! Some registers hold the same in every host of a kind, because nothing of their own is measured
//! into them; those must come out to the bit.

use portcullis_simulator::hash::HashAlg;
use portcullis_simulator::spec::preset;

use super::{Started, start};

/// PCR 11 of every Windows host after a full boot (SHA-256), as 22 recorded logs have it.
const WINDOWS_CAP: &str = "0fe6e8f2110d5d53935c9e7d6f6bf722598b550595aabdc6e4fd2ecdf310f980";
/// A register with one separator and nothing else (SHA-256).
const SEPARATOR_ONLY: &str = "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969";

fn started(name: &str) -> Started {
    start(preset::find(name).expect("a preset").spec(), 1)
}

fn check(started: &Started, bank: HashAlg, pcr: u8, expect: &str) {
    assert_eq!(started.register(bank, pcr).to_string(), expect, "PCR {pcr} of {bank}");
}

#[test]
fn a_full_boot_of_windows_leaves_the_known_value_in_pcr_11() {
    for name in ["dell-r740-ws2022", "supermicro-ws2022", "lenovo-ws2025-2023ca", "azure-like-vm"] {
        check(&started(name), HashAlg::Sha256, 11, WINDOWS_CAP);
    }
    // A resume marks the same, in the same order.
    check(&started("fails-full-boot"), HashAlg::Sha256, 11, WINDOWS_CAP);
}

#[test]
fn the_capped_bank_has_the_values_that_two_real_tpms_had() {
    // Values of the SHA-1 bank of the recorded Supermicro hosts.
    let host = started("supermicro-ws2022");
    for pcr in [8, 9, 10, 12, 13] {
        check(&host, HashAlg::Sha1, pcr, "b80de5d138758541c5f05265ad144ab9fa86d1db");
    }
    for pcr in [2, 3, 6] {
        check(&host, HashAlg::Sha1, pcr, "46f365f0e73559b82c5ac79cac9c2e3fb1409ece");
        check(&host, HashAlg::Sha256, pcr, SEPARATOR_ONLY);
    }
    check(&host, HashAlg::Sha1, 11, "e78772550cd9c6a7f1e948577a7a13f79af175d5");
    for pcr in [14, 15, 23] {
        check(&host, HashAlg::Sha1, pcr, &"00".repeat(20));
    }
}

#[test]
fn without_capping_the_unused_bank_has_only_what_firmware_measured() {
    let mut spec = preset::find("supermicro-ws2022").expect("a preset").spec();
    spec.tpm.cap_unused_banks = false;
    let host = start(spec, 1);
    check(&host, HashAlg::Sha1, 12, &"00".repeat(20));
    check(&host, HashAlg::Sha1, 2, "b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236");
}

#[test]
fn hosts_of_a_class_share_what_a_class_shares() {
    let spec = || preset::find("dell-r740-ws2022").expect("a preset").spec();
    let (one, other) = (start(spec(), 1), start(spec(), 2));
    let same = |pcr| one.register(HashAlg::Sha256, pcr) == other.register(HashAlg::Sha256, pcr);
    // Firmware, boot manager, Secure Boot, boot modules: the class. Disk and counters: the host.
    assert_eq!([0, 2, 3, 4, 6, 7, 11, 13, 14].map(same), [true; 9]);
    assert_eq!([1, 5, 12].map(same), [false; 3]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for preset in preset::PRESETS {
        let log = |seed| start(preset.spec(), seed).log().to_vec();
        assert_eq!(log(5), log(5), "{}", preset.name);
        assert_ne!(log(5), log(6), "{}", preset.name);
    }
}
