//! What can go missing from evidence, and what an attacker may do to it.
//!
//! The attacker owns the machine: its software, its log, the use of its TPM, the evidence of a
//! healthy machine of the same make. It does not own the keys inside a TPM.

use portcullis_api::request::{RequestDoc, hex};
use portcullis_engine::formats::eventlog::{self, Event};
use portcullis_engine::limits::Limits;
use portcullis_simulator::encode::be::Writer;
use portcullis_simulator::hash::{Digest, digest};
use portcullis_simulator::key::{RawSignature, Scheme};
use portcullis_simulator::machine::Machine;
use portcullis_simulator::rng::Rng;
use portcullis_simulator::sipa::Element;
use portcullis_simulator::tpm::{
    CreationInput, PcrSelection, SeedSize, Tpm, TpmtPublic, credential, template,
};
use portcullis_wire::{EventType, SipaType};

use super::service::{NONCE, quote_doc};

/// A machine under attack, and a healthy one of the same make.
pub struct Stage {
    pub machine: Machine,
    /// The evidence of the healthy machine, for the same nonce.
    pub healthy: RequestDoc,
    pub rng: Rng,
}

/// What a fault does to a machine that passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It fails.
    Fails,
    /// It fails when anybody asks what Windows says.
    FailsWindows,
    /// It may go on passing: nothing that was asked for is touched.
    MayPass,
}

/// A fault.
pub struct Fault {
    pub name: &'static str,
    /// Evidence is only taken away.
    pub removes: bool,
    pub effect: Effect,
    pub apply: fn(&mut Stage, &mut RequestDoc),
}

macro_rules! faults {
    ($( $name:literal, $removes:literal, $effect:ident, $apply:expr; )*) => {
        pub const FAULTS: &[Fault] = &[$(
            Fault { name: $name, removes: $removes, effect: Effect::$effect, apply: $apply },
        )*];
    };
}

faults! {
    "no EK certificate", true, MayPass, |_, request| request.evidence.ek_certificate = None;
    "no EK chain", true, MayPass, |_, request| request.evidence.ek_intermediates.clear();
    "no bare EK", true, MayPass, |_, request| request.evidence.ek_public = None;
    "no AK", true, Fails, |_, request| request.evidence.ak_public = None;
    "no activation", true, Fails, |_, request| request.evidence.activated_secret = None;
    "no quote", true, Fails, |_, request| request.evidence.quotes.clear();
    "no register values", true, MayPass, |_, request| {
        request.evidence.quotes[0].pcr_values = None;
    };
    "no log", true, Fails, |_, request| request.evidence.event_log = None;
    "a log cut short", true, Fails, cut_log;
    "an event left out", true, Fails, |stage, request| {
        edit(stage, request, |_, _| Vec::new());
    };
    "a Windows event left out", true, Fails, leave_out_windows;
    "an event told twice", false, Fails, |stage, request| {
        edit(stage, request, |event, _| vec![event.to_vec(); 2]);
    };
    "an event of another type", false, MayPass, |stage, request| {
        edit(stage, request, |event, rng| {
            let mut event = event.to_vec();
            event[4..8].copy_from_slice(&(rng.below(20) as u32).to_le_bytes());
            vec![event]
        });
    };
    "an event moved to another register", false, Fails, |stage, request| {
        edit(stage, request, |event, _| {
            let mut event = event.to_vec();
            event[0] = if event[0] == 12 { 13 } else { 12 };
            vec![event]
        });
    };
    "a bit flipped in a digest", false, Fails, flip_digest;
    "a bit flipped in data", false, MayPass, flip_data;
    "the log of a healthy machine", false, Fails, |stage, request| {
        request.evidence.event_log = stage.healthy.evidence.event_log.clone();
    };
    "the quote of a healthy machine", false, Fails, |stage, request| {
        request.evidence.quotes = stage.healthy.evidence.quotes.clone();
    };
    "log and quote of a healthy machine", false, Fails, |stage, request| {
        request.evidence.quotes = stage.healthy.evidence.quotes.clone();
        request.evidence.event_log = stage.healthy.evidence.event_log.clone();
    };
    "log, quote and AK of a healthy machine", false, Fails, |stage, request| {
        request.evidence.quotes = stage.healthy.evidence.quotes.clone();
        request.evidence.event_log = stage.healthy.evidence.event_log.clone();
        request.evidence.ak_public = stage.healthy.evidence.ak_public.clone();
    };
    "all evidence of a healthy machine", false, Fails, |stage, request| {
        request.evidence = stage.healthy.evidence.clone();
    };
    "log and register values of a healthy machine", false, Fails, |stage, request| {
        let healthy = &stage.healthy.evidence;
        request.evidence.event_log = healthy.event_log.clone();
        request.evidence.quotes[0].pcr_values = healthy.quotes[0].pcr_values.clone();
    };
    "a quote for another nonce", false, Fails, |stage, request| {
        quote(stage, request, b"stale", None);
    };
    "a quote of nothing", false, Fails, |stage, request| {
        quote(stage, request, &NONCE, Some(&[]));
    };
    "a quote without Windows' registers", false, Fails, |stage, request| {
        quote(stage, request, &NONCE, Some(&[0, 1, 2, 3, 4, 5, 6, 7]));
    };
    "a statement that is no quote", false, Fails, certify_instead;
    "registers extended behind the log's back", false, Fails, |stage, request| {
        stage.machine.tpm_mut().pcr_event(7, b"afterwards").unwrap();
        quote(stage, request, &NONCE, None);
    };
    "claims written by a running system", false, FailsWindows, claim_afterwards;
    "healthy registers signed by a key for anything", false, Fails, forge_with_free_key;
    "healthy registers signed outside a TPM", false, Fails, forge_without_tpm;
    "a bit flipped in the activated secret", false, Fails, |_, request| {
        request.evidence.activated_secret.as_mut().unwrap().0[0] ^= 1;
    };
    "a bit flipped in the signature", false, Fails, |_, request| {
        *request.evidence.quotes[0].signature.0.last_mut().unwrap() ^= 1;
    };
}

/// Takes the last records away.
fn cut_log(stage: &mut Stage, request: &mut RequestDoc) {
    with_events(request, |log, events| {
        let extended: Vec<_> = events.iter().filter(|event| event.is_extended()).collect();
        let last = extended[extended.len() - 1 - stage.rng.below(3) as usize];
        log.truncate(last.span.offset);
    });
}

/// Replaces one measured record.
fn edit(
    stage: &mut Stage,
    request: &mut RequestDoc,
    change: impl Fn(&[u8], &mut Rng) -> Vec<Vec<u8>>,
) {
    with_events(request, |log, events| {
        let span = choose(&mut stage.rng, events, |_| true).span;
        let changed = change(&log[span.offset..span.end()], &mut stage.rng).concat();
        log.splice(span.offset..span.end(), changed);
    });
}

/// Takes away what Windows says; on machines without Windows, any other event.
fn leave_out_windows(stage: &mut Stage, request: &mut RequestDoc) {
    with_events(request, |log, events| {
        let windows = events.iter().any(|event| matches!(event.pcr, 12 | 13));
        let chosen =
            choose(&mut stage.rng, events, |event| !windows || matches!(event.pcr, 12 | 13));
        log.drain(chosen.span.offset..chosen.span.end());
    });
}

fn flip_digest(stage: &mut Stage, request: &mut RequestDoc) {
    with_events(request, |log, events| {
        // Every digest of a record: which bank is quoted is the machine's choice.
        for digest in &choose(&mut stage.rng, events, |_| true).digests {
            log[digest.span.offset] ^= 1;
        }
    });
}

fn flip_data(stage: &mut Stage, request: &mut RequestDoc) {
    with_events(request, |log, events| {
        let chosen = choose(&mut stage.rng, events, |event| event.data_span.size > 0);
        let at = stage.rng.below(chosen.data_span.size as u64) as usize;
        log[chosen.data_span.offset + at] ^= 1;
    });
}

/// A measured record that fits.
fn choose<'e, 'a>(
    rng: &mut Rng,
    events: &'e [Event<'a>],
    fits: impl Fn(&Event<'a>) -> bool,
) -> &'e Event<'a> {
    let fitting: Vec<_> =
        events.iter().filter(|event| event.is_extended() && fits(event)).collect();
    fitting[rng.below(fitting.len() as u64) as usize]
}

fn with_events(request: &mut RequestDoc, change: impl FnOnce(&mut Vec<u8>, &[Event<'_>])) {
    let bytes = request.evidence.event_log.as_mut().map(|blob| &mut blob.0).unwrap();
    let original = bytes.clone();
    let log = eventlog::parse(&original, &Limits::default()).unwrap();
    change(bytes, &log.events);
}

/// Quotes anew; all registers, or these.
fn quote(stage: &mut Stage, request: &mut RequestDoc, nonce: &[u8], pcrs: Option<&[u8]>) {
    let bank = stage.machine.host().spec().tpm.measured_bank();
    let selection = match pcrs {
        None => stage.machine.all_registers(),
        Some(pcrs) => PcrSelection::of(bank, pcrs),
    };
    let quote = stage.machine.quote(nonce, &selection).unwrap();
    request.evidence.quotes = vec![quote_doc(&quote)];
}

/// A certification of the AK by itself, for the same nonce.
fn certify_instead(stage: &mut Stage, request: &mut RequestDoc) {
    let ak = stage.machine.attestation_key().unwrap().name.clone();
    let tpm = stage.machine.tpm_mut();
    let handle = handle_of(tpm, &ak);
    let statement = tpm.certify(handle, handle, &NONCE, None).unwrap();
    let target = &mut request.evidence.quotes[0];
    (target.attest, target.signature) = (statement.attest.into(), statement.signature.into());
}

fn handle_of(tpm: &Tpm, name: &[u8]) -> portcullis_wire::tpm::Handle {
    tpm.object_handles().find(|handle| tpm.object(*handle).unwrap().name == name).unwrap()
}

/// A running system measures what it would like to have been, and logs it too.
fn claim_afterwards(stage: &mut Stage, request: &mut RequestDoc) {
    let bank = stage.machine.host().spec().tpm.measured_bank();
    let claims = [SipaType::HIBERNATION_DISABLED, SipaType::DUMPS_DISABLED]
        .map(|kind| Element::bool(kind, true))
        .into();
    let data = Element::elements(SipaType::TRUSTBOUNDARY, claims).encode();
    let log = request.evidence.event_log.as_mut().map(|blob| &mut blob.0).unwrap();
    for pcr in [12, 13] {
        let measured = digest(bank, &[&data]);
        stage.machine.tpm_mut().pcr_extend(pcr, &[measured]).unwrap();
        log.extend(record(pcr, &measured, &data));
    }
    quote(stage, request, &NONCE, None);
}

/// `TCG_PCR_EVENT2` with one digest.
fn record(pcr: u8, measured: &Digest, data: &[u8]) -> Vec<u8> {
    let words = [u32::from(pcr), EventType::EVENT_TAG.0, 1];
    let mut record: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    record.extend(measured.alg().tpm_alg().0.to_le_bytes());
    record.extend(measured.as_bytes());
    record.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    record.extend(data);
    record
}

/// Makes a key in the machine's TPM that signs whatever it is given, and has it activated.
fn forge_with_free_key(stage: &mut Stage, request: &mut RequestDoc) {
    let scheme = stage.machine.ek().ak_scheme();
    let ek = stage.machine.ek().handle();
    let public = stage.machine.endorsement_key().unwrap().public.clone();
    let tpm = stage.machine.tpm_mut();
    let free = template::unrestricted_signing_key(scheme);
    let made = tpm.create(ek, &free, &CreationInput::default()).unwrap();
    let key = tpm.load(ek, &made.public, &made.private).unwrap();
    let name = made.public.name();
    let secret = request.credential.as_ref().unwrap().secret.0.clone();
    let sealed =
        credential::make(&public, &name, &secret, SeedSize::NameDigest, &mut stage.rng).unwrap();
    let activated = tpm.activate_credential(key, ek, &sealed).unwrap();
    assert_eq!(activated, secret, "the TPM opens it for any of its keys");
    let signing = tpm.object(key).unwrap().sensitive.clone().unwrap().key;
    let signature = |message: &[u8], rng: &mut Rng| {
        signing.sign(scheme, &digest(scheme.hash, &[message]), rng).unwrap()
    };
    forge(stage, request, &made.public, scheme, signature);
}

/// Signs with a key that no TPM ever saw, and claims that it is the AK.
fn forge_without_tpm(stage: &mut Stage, request: &mut RequestDoc) {
    let scheme = stage.machine.ek().ak_scheme();
    let mut other = stage.machine.clone();
    other.tpm_mut().clear().unwrap();
    other.quote(&NONCE, &PcrSelection::default()).unwrap();
    let object = other.attestation_key().unwrap().clone();
    let signing = object.sensitive.clone().unwrap().key;
    let signature = |message: &[u8], rng: &mut Rng| {
        signing.sign(scheme, &digest(scheme.hash, &[message]), rng).unwrap()
    };
    // The verifier's credential was not for this key: its name stays the old one's.
    let credential = request.credential.clone();
    forge(stage, request, &object.public, scheme, signature);
    request.credential = credential;
}

/// Hands in the healthy machine's registers under a signature of the attacker's.
fn forge(
    stage: &mut Stage,
    request: &mut RequestDoc,
    public: &TpmtPublic,
    scheme: Scheme,
    sign: impl Fn(&[u8], &mut Rng) -> RawSignature,
) {
    let healthy = &stage.healthy.evidence;
    let attest = healthy.quotes[0].attest.0.clone();
    let raw = sign(&attest, &mut stage.rng);
    let head = Writer::new().u16(scheme.algorithm.0).u16(scheme.hash.tpm_alg().0);
    let signature = match raw {
        RawSignature::Rsa(bytes) => head.sized(&bytes),
        RawSignature::Ecdsa { r, s } => head.sized(&r).sized(&s),
    };
    request.evidence.quotes = healthy.quotes.clone();
    request.evidence.quotes[0].signature = signature.finish().into();
    request.evidence.event_log = healthy.event_log.clone();
    request.evidence.ak_public = Some(public.to_tpm2b().into());
    if let Some(credential) = &mut request.credential {
        credential.ak_name = hex(&public.name());
    }
}
