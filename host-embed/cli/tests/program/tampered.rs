//! Edited copies of the reference boot: each is refused with a finding that names the place, or
//! changes nothing, and then the result lists the edited kind of byte as unbound.

use portcullis_tests::corpus::{capture, read_json};
use serde_json::Value;

use crate::tools::{assess, baseline, codes, copy_of, scratch};

enum Expected {
    /// The headline, and a text that stands in the headline's finding (subject, found or places).
    Refused(&'static str, &'static str),
    /// The reason under which the result lists the bytes.
    Unbound(&'static str),
}

use Expected::{Refused, Unbound};

const LOGS: &[(&str, Expected)] = &[
    ("t01-data-flipped-SecureBoot-1-to-0", Refused("EVENT-UNBOUND", "event 4")),
    ("t03-data-flipped-image-devicepath", Unbound("the digest does not cover this data")),
    ("t04-digest-flipped-sha1", Refused("PCR-REPLAY-MISMATCH", "pcr 4 (sha1)")),
    ("t04-digest-flipped-sha256", Refused("PCR-REPLAY-MISMATCH", "pcr 4 (sha256)")),
    ("t04-digest-flipped-sha384", Refused("PCR-REPLAY-MISMATCH", "pcr 4 (sha384)")),
    ("t05-event-deleted", Refused("PCR-REPLAY-MISMATCH", "pcr 4")),
    ("t06-event-appended", Refused("PCR-REPLAY-MISMATCH", "pcr 8")),
    ("t07-startup-locality-inserted", Refused("PCR-REPLAY-MISMATCH", "pcr 0")),
    ("t08-noaction-appended", Unbound("informational events are not measured")),
    ("t09-truncated-mid-event", Refused("LOG-UNREADABLE", "`eventSize` at byte")),
    ("t10-truncated-at-event-boundary", Refused("PCR-REPLAY-MISMATCH", "pcr 5")),
    ("t11-truncated-header", Refused("LOG-UNREADABLE", "at byte")),
    ("t12-empty", Refused("LOG-EMPTY", "event_log")),
    (
        "t14-reordered-across-pcrs",
        Unbound("the order of events of different registers is not measured"),
    ),
    ("t15-data-and-digest-rewritten", Refused("PCR-REPLAY-MISMATCH", "pcr 7")),
    ("t17-pcr-index-out-of-range", Refused("LOG-UNREADABLE", "`pcrIndex` at byte")),
    ("t19-type-changed-app-to-driver", Unbound("the type of an event is not measured")),
    ("t21-specid-wrong-digest-size", Refused("LOG-UNREADABLE", "digestSize")),
    ("t22-huge-event-size", Refused("LOG-UNREADABLE", "`eventSize` at byte")),
    ("t24-unknown-digest-alg", Refused("LOG-UNREADABLE", "`hashAlg` at byte")),
    ("t25-trailing-zeros", Unbound("padding behind the last event")),
    ("t27-sha256-bank-stripped", Refused("LOG-BANK-MISSING", "sha256")),
];

/// Replaced file, edited copy, headline.
const QUOTES: &[(&str, &str, &str)] = &[
    ("quote-rsa-sel.attest", "rsa-attest-magic-changed.attest", "QUOTE-NOT-TPM-GENERATED"),
    ("quote-rsa-sel.attest", "rsa-attest-nonce-flipped.attest", "QUOTE-SIGNATURE-INVALID"),
    ("quote-rsa-sel.attest", "rsa-attest-pcrdigest-flipped.attest", "QUOTE-SIGNATURE-INVALID"),
    ("quote-rsa-sel.attest", "rsa-attest-trailing-byte.attest", "QUOTE-UNREADABLE"),
    ("quote-rsa-sel.attest", "rsa-attest-truncated.attest", "QUOTE-UNREADABLE"),
    ("quote-rsa-sel.sig", "rsa-sig-flipped.sig", "QUOTE-SIGNATURE-INVALID"),
    ("quote-rsa-sel.sig", "rsa-sig-alg-rsapss.sig", "QUOTE-SCHEME-MISMATCH"),
    ("quote-rsa-sel.sig", "rsa-sig-hash-sha1.sig", "QUOTE-SCHEME-MISMATCH"),
    ("quote-ecc-sel.sig", "ecc-sig-flipped.sig", "QUOTE-SIGNATURE-INVALID"),
    ("quote-ecc-sel.sig", "ecc-sig-is-rsa.sig", "QUOTE-SCHEME-MISMATCH"),
    ("quote-rsa-sel.pcrs", "rsa-pcrs-flipped.pcrs", "QUOTE-DIGEST-MISMATCH"),
];

#[test]
fn every_tampered_log_is_refused_by_name_or_changes_nothing_that_is_bound() {
    let folder = scratch("tampered-logs");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let evidence = copy_of("a-sb-on-ms", &folder);
    let (_, untouched) = assess(&evidence, &baseline, &[]);
    for (name, expected) in LOGS {
        let log = capture("g-tampered/logs").join(format!("{name}.bin"));
        std::fs::copy(log, evidence.join("eventlog.bin")).unwrap();
        let (code, document) = assess(&evidence, &baseline, &[]);
        match expected {
            Refused(headline, place) => {
                assert_eq!(code, 5, "{name}: {document}");
                assert_eq!(document["headline"], *headline, "{name}: {document}");
                let first = document["findings"][0].to_string();
                assert!(first.contains(place), "{name}: {first}");
            }
            Unbound(reason) => {
                assert_eq!(code, 4, "{name}: {document}");
                assert_eq!(document["policies"], untouched["policies"], "{name}");
                assert_eq!(document["pcrs"], untouched["pcrs"], "{name}");
                let listed = document["unbound"].as_array().unwrap();
                assert!(listed.iter().any(|entry| entry["reason"] == *reason), "{name}");
            }
        }
    }
    let known = read_json(&capture("g-tampered/logs/expectations.json"));
    for name in known.as_object().unwrap().keys() {
        assert!(LOGS.iter().any(|(tested, _)| tested == name), "{name} is not tested");
    }
}

/// The recorded list says which registers' replay changes; exactly these must differ.
#[test]
fn a_tampered_log_differs_in_exactly_the_recorded_registers() {
    let folder = scratch("tampered-registers");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let evidence = copy_of("a-sb-on-ms", &folder);
    let known = read_json(&capture("g-tampered/logs/expectations.json"));
    for (name, expected) in known.as_object().unwrap() {
        let Some(banks) = expected["pcrs_whose_replay_changes"].as_object() else { continue };
        // Cut inside the header: the recorder's parser read on with SHA-1, ours refuses.
        if name == "t11-truncated-header" || !banks.contains_key("sha256") {
            continue;
        }
        // Refused while parsing, where the recorder's parser went on.
        if name == "t17-pcr-index-out-of-range" {
            continue;
        }
        let log = capture("g-tampered/logs").join(format!("{name}.bin"));
        std::fs::copy(log, evidence.join("eventlog.bin")).unwrap();
        let (_, document) = assess(&evidence, &baseline, &[]);
        let differing: Vec<&Value> = document["pcrs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["state"] == "differs")
            .map(|row| &row["pcr"])
            .collect();
        let expected: Vec<&Value> = banks["sha256"].as_array().unwrap().iter().collect();
        assert_eq!(differing, expected, "{name}");
    }
}

#[test]
fn every_tampered_quote_is_refused_by_name() {
    let folder = scratch("tampered-quotes");
    let baseline = baseline(&folder, "boot_chain", &[]);
    for (file, edited, headline) in QUOTES {
        let evidence = copy_of("a-sb-on-ms", &folder);
        std::fs::copy(capture("g-tampered/quotes").join(edited), evidence.join(file)).unwrap();
        let (code, document) = assess(&evidence, &baseline, &[]);
        assert_eq!(code, 5, "{edited}: {document}");
        assert_eq!(document["headline"], *headline, "{edited}: {document}");
        let place = &document["findings"][0]["because"][0]["artefact"];
        assert!(place.as_str().unwrap().starts_with("quotes["), "{edited}: {document}");
    }
    let known = read_json(&capture("g-tampered/quotes/expectations.json"));
    for name in known.as_object().unwrap().keys() {
        assert!(QUOTES.iter().any(|(_, tested, _)| tested == name), "{name} is not tested");
    }
}

/// Sound pieces that do not belong together.
#[test]
fn pieces_of_different_boots_do_not_go_together() {
    let folder = scratch("splices");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let mix = |base: &str, pieces: &[(&str, &str)]| {
        let evidence = copy_of(base, &folder);
        for (from, file) in pieces {
            std::fs::copy(capture(from).join(file), evidence.join(file)).unwrap();
        }
        assess(&evidence, &baseline, &[]).1
    };
    let log_of_another_boot = mix("a-sb-on-ms", &[("b1-sb-off-setup-mode", "eventlog.bin")]);
    assert_eq!(log_of_another_boot["headline"], "PCR-REPLAY-MISMATCH");

    let quote = ["quote-rsa-all.attest", "quote-rsa-all.sig", "quote-rsa-all.pcrs"];
    let of_another_challenge = mix("a-sb-on-ms", &quote.map(|file| ("e1-reboot", file)));
    assert_eq!(of_another_challenge["headline"], "NONCE-MISMATCH");

    let replayed = mix("a-sb-on-ms", &[("e1-reboot", "nonce.bin")]);
    assert_eq!(replayed["headline"], "NONCE-MISMATCH");

    let ak = ["ak-rsa.pub", "ak-rsa.pem", "ak-rsa.name"];
    let of_another_device = mix("i1-ecc-ek-crb-sha256", &ak.map(|file| ("a-sb-on-ms", file)));
    assert_eq!(of_another_device["headline"], "QUOTE-SIGNATURE-INVALID");

    let recorded = read_json(&capture("g-tampered/splices.json"));
    assert_eq!(recorded.as_array().unwrap().len(), 4, "a recorded splice is not tested");
}

/// Quotes that are honest about something else than what must be known.
#[test]
fn a_genuine_quote_about_nothing_is_refused() {
    let folder = scratch("empty-selection");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let evidence = copy_of("a-sb-on-ms", &folder);
    for other in ["all", "multibank"] {
        for suffix in ["attest", "sig", "pcrs"] {
            std::fs::remove_file(evidence.join(format!("quote-rsa-{other}.{suffix}"))).unwrap();
        }
    }
    // A bank that this TPM does not have: it signs an empty selection.
    for suffix in ["attest", "sig", "pcrs"] {
        let from = evidence.join(format!("quote-rsa-inactive-sha512.{suffix}"));
        std::fs::copy(from, evidence.join(format!("quote-rsa-sel.{suffix}"))).unwrap();
    }
    let (code, document) = assess(&evidence, &baseline, &[]);
    assert_eq!(code, 5, "{document}");
    assert_eq!(document["headline"], "QUOTE-PCR-NOT-SELECTED", "{document}");
    let missing = codes(&document, "failure");
    assert_eq!(missing.iter().filter(|code| **code == "QUOTE-PCR-NOT-SELECTED").count(), 12);

    // The TPM certified a key instead of quoting registers.
    for suffix in ["attest", "sig"] {
        let from = evidence.join(format!("certify-appkey-by-akrsa.{suffix}"));
        std::fs::copy(from, evidence.join(format!("quote-rsa-sel.{suffix}"))).unwrap();
    }
    let (code, document) = assess(&evidence, &baseline, &[]);
    assert_eq!((code, &document["headline"]), (5, &"QUOTE-TYPE-WRONG".into()), "{document}");
}

#[test]
fn a_quote_without_a_nonce_does_not_answer_a_challenge() {
    let folder = scratch("no-nonce");
    let baseline = baseline(&folder, "boot_chain", &[]);
    let evidence = copy_of("a-sb-on-ms", &folder);
    for suffix in ["attest", "sig", "pcrs"] {
        let from = evidence.join(format!("quote-rsa-nononce.{suffix}"));
        std::fs::copy(from, evidence.join(format!("quote-rsa-all.{suffix}"))).unwrap();
    }
    let (code, document) = assess(&evidence, &baseline, &[]);
    assert_eq!((code, &document["headline"]), (5, &"NONCE-MISMATCH".into()), "{document}");
}
