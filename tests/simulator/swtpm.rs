//! Simulated TPMs against a running swtpm: what localities may do to registers, and credentials
//! that the simulator makes for a foreign EK.
//!
//! Both sides of a comparison get the same commands; swtpm gets them as bytes that are put
//! together here, without the simulator's encoders.

use portcullis_simulator::hash::{Digest, HashAlg, digest};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{
    LOCALITY_MAX, PCRS, SeedSize, StartedBy, Startup, Tpm, TpmConfig, TpmtPublic, credential,
};
use portcullis_tests::corpus::read;
use portcullis_tests::swtpm::{COMMAND_STARTUP, Swtpm};

use crate::fixture::Scratch;

const COMMAND_SHUTDOWN: u32 = 0x145;
const COMMAND_PCR_EXTEND: u32 = 0x182;
const COMMAND_PCR_RESET: u32 = 0x13d;
const COMMAND_PCR_READ: u32 = 0x17e;

/// Password session with an empty password.
const EMPTY_PASSWORD: [u8; 13] = [0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0];

/// A running swtpm, or `None` with a note when it is not installed.
fn start(test: &str) -> Option<Swtpm> {
    Swtpm::start(&Scratch::new(test).path(""))
}

fn extend(swtpm: &Swtpm, locality: u8, pcr: u8, value: &Digest) -> bool {
    swtpm.set_locality(locality);
    let digests = [&[0, 0, 0, 1, 0, 11][..], value.as_bytes()].concat();
    let body = [&[0, 0, 0, pcr][..], &EMPTY_PASSWORD, &digests].concat();
    swtpm.send(COMMAND_PCR_EXTEND, true, &body).0 == 0
}

fn reset(swtpm: &Swtpm, locality: u8, pcr: u8) -> bool {
    swtpm.set_locality(locality);
    let body = [&[0, 0, 0, pcr][..], &EMPTY_PASSWORD].concat();
    swtpm.send(COMMAND_PCR_RESET, true, &body).0 == 0
}

/// A register of the SHA-256 bank, and the update counter.
fn read_register(swtpm: &Swtpm, pcr: u8) -> (Vec<u8>, u32) {
    let mut select = [0; 3];
    select[usize::from(pcr / 8)] = 1 << (pcr % 8);
    let body = [&[0, 0, 0, 1, 0, 11, 3][..], &select].concat();
    let (code, response) = swtpm.send(COMMAND_PCR_READ, false, &body);
    assert_eq!(code, 0);
    let counter = u32::from_be_bytes(response[..4].try_into().unwrap());
    (response[response.len() - 32..].to_vec(), counter)
}

fn simulated(locality: u8) -> Tpm {
    let config = TpmConfig { banks: vec![HashAlg::Sha256], ..TpmConfig::default() };
    let mut tpm = Tpm::manufacture(1, config);
    tpm.power_on();
    tpm.startup(Startup::Clear, &StartedBy::Locality(locality)).unwrap();
    tpm
}

fn assert_same_registers(swtpm: &Swtpm, tpm: &Tpm) {
    for pcr in 0..PCRS {
        let ours = tpm.pcrs().value(HashAlg::Sha256, pcr).unwrap();
        let (theirs, counter) = read_register(swtpm, pcr);
        assert_eq!(ours.as_bytes(), theirs, "register {pcr}");
        assert_eq!(tpm.pcrs().update_counter(), counter, "update counter");
    }
}

#[test]
fn localities_may_do_to_registers_what_they_may_in_swtpm() {
    let Some(swtpm) = start("swtpm-localities") else { return };
    swtpm.startup(0);
    let mut tpm = simulated(0);
    assert_same_registers(&swtpm, &tpm);
    for pcr in 0..PCRS {
        for locality in 0..=LOCALITY_MAX {
            let value = digest(HashAlg::Sha256, &[&[pcr, locality]]);
            tpm.set_locality(locality).unwrap();
            let extended = tpm.pcr_extend(pcr, &[value]).is_ok();
            assert_eq!(
                extended,
                extend(&swtpm, locality, pcr, &value),
                "extend {pcr} at {locality}"
            );
            let is_reset = tpm.pcr_reset(pcr).is_ok();
            assert_eq!(is_reset, reset(&swtpm, locality, pcr), "reset {pcr} at {locality}");
        }
    }
    assert_same_registers(&swtpm, &tpm);
}

#[test]
fn a_startup_at_locality_three_shows_as_in_swtpm() {
    let Some(swtpm) = start("swtpm-startup") else { return };
    swtpm.startup(3);
    let mut tpm = simulated(3);
    assert_same_registers(&swtpm, &tpm);
    let value = digest(HashAlg::Sha256, &[b"first"]);
    assert!(extend(&swtpm, 0, 0, &value));
    tpm.pcr_extend(0, &[value]).unwrap();
    assert_same_registers(&swtpm, &tpm);
}

#[test]
fn registers_after_resume_restart_reset_and_power_cut_are_those_of_swtpm() {
    let Some(swtpm) = start("swtpm-power") else { return };
    swtpm.startup(0);
    let mut tpm = simulated(0);
    for (shutdown, startup) in [
        (Some(Startup::State), Startup::State),
        (Some(Startup::State), Startup::Clear),
        (Some(Startup::Clear), Startup::Clear),
        (None, Startup::Clear),
    ] {
        let argument = |kind| if kind == Startup::State { [0, 1] } else { [0, 0] };
        for pcr in [0, 7, 15, 16, 23] {
            let value = digest(HashAlg::Sha256, &[&[pcr]]);
            assert!(extend(&swtpm, 0, pcr, &value));
            tpm.pcr_extend(pcr, &[value]).unwrap();
        }
        if let Some(kind) = shutdown {
            assert_eq!(swtpm.send(COMMAND_SHUTDOWN, false, &argument(kind)).0, 0);
            tpm.shutdown(kind).unwrap();
        }
        swtpm.power_cycle();
        tpm.power_off();
        tpm.power_on();
        assert_eq!(swtpm.send(COMMAND_STARTUP, false, &argument(startup)).0, 0);
        tpm.startup(startup, &StartedBy::Locality(0)).unwrap();
        assert_same_registers(&swtpm, &tpm);
        let clock = swtpm.tool("tpm2_readclock");
        let counter = |name: &str| {
            let line = clock.lines().find(|line| line.contains(name)).unwrap();
            line.split(": ").nth(1).unwrap().trim().parse::<u32>().unwrap()
        };
        assert_eq!(tpm.clock().reset_count, counter("reset_count"), "{shutdown:?} {startup:?}");
        assert_eq!(tpm.clock().restart_count, counter("restart_count"), "{shutdown:?} {startup:?}");
    }
}

/// The simulator's verifier side, for an EK that swtpm made and only swtpm can open.
#[test]
fn swtpm_activates_credentials_that_we_make() {
    let Some(swtpm) = start("swtpm-credentials") else { return };
    swtpm.startup(0);
    swtpm.tool("tpm2_createek -G ecc -c parent.ctx");
    swtpm.tool("tpm2_flushcontext -t");
    swtpm.tool("tpm2_createak -C parent.ctx -c ak.ctx -G ecc -g sha256 -s ecdsa -n ak.name");
    swtpm.tool("tpm2_flushcontext -t");
    let name = read(&swtpm.path("ak.name"));
    let rng = &mut Rng::from_seed("verifier", 1);
    // Keys of the high range are used with their (empty) authorization, the others by policy.
    for (kind, size, by_policy) in [
        ("rsa", SeedSize::NameDigest, true),
        ("rsa", SeedSize::SymmetricKey, true),
        ("ecc", SeedSize::NameDigest, true),
        ("ecc384", SeedSize::NameDigest, false),
    ] {
        swtpm.tool(&format!("tpm2_createek -G {kind} -c ek.ctx -u ek.pub"));
        swtpm.tool("tpm2_flushcontext -t");
        let ek = TpmtPublic::from_tpm2b(&read(&swtpm.path("ek.pub"))).unwrap();
        let secret = format!("{kind}, {size:?}");
        let made = credential::make(&ek, &name, secret.as_bytes(), size, rng).unwrap();
        std::fs::write(swtpm.path("blob"), made.to_file()).unwrap();
        let activate = "tpm2_activatecredential -c ak.ctx -C ek.ctx -i blob -o opened";
        if by_policy {
            swtpm.tool("tpm2_startauthsession --policy-session -S session.ctx");
            swtpm.tool("tpm2_policysecret -S session.ctx -c e");
            swtpm.tool(&format!("{activate} -P session:session.ctx"));
            swtpm.tool("tpm2_flushcontext session.ctx");
        } else {
            swtpm.tool(activate);
        }
        assert_eq!(read(&swtpm.path("opened")), secret.as_bytes());
        swtpm.tool("tpm2_flushcontext -t");
    }
}
