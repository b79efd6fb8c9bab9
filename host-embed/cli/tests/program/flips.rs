//! The flip-one-byte property: no byte of the evidence can be changed so that the host still
//! passes, unless the result lists that byte as unbound.

use std::ops::Range;

use portcullis_api::text::Blob;
use portcullis_api::{BundleDoc, ResultDoc};
use portcullis_tests::corpus::capture;

use crate::tools::{baseline, portcullis, question, scratch};

type Artefact = fn(&mut BundleDoc) -> &mut Blob;

/// Name in results, and access, of each artefact of the bundle.
const ARTEFACTS: &[(&str, Artefact)] = &[
    ("event_log", |bundle| bundle.request.evidence.event_log.as_mut().unwrap()),
    ("ek_public", |bundle| bundle.request.evidence.ek_public.as_mut().unwrap()),
    ("ek_certificate", |bundle| bundle.request.evidence.ek_certificate.as_mut().unwrap()),
    ("ak_public", |bundle| bundle.request.evidence.ak_public.as_mut().unwrap()),
    ("activated_secret", |bundle| bundle.request.evidence.activated_secret.as_mut().unwrap()),
    ("quotes[0].attest", |bundle| &mut bundle.request.evidence.quotes[0].attest),
    ("quotes[0].signature", |bundle| &mut bundle.request.evidence.quotes[0].signature),
    ("quotes[0].pcr_values", |bundle| {
        bundle.request.evidence.quotes[0].pcr_values.as_mut().unwrap()
    }),
    ("quotes[1].attest", |bundle| &mut bundle.request.evidence.quotes[1].attest),
    ("quotes[1].signature", |bundle| &mut bundle.request.evidence.quotes[1].signature),
    ("quotes[1].pcr_values", |bundle| {
        bundle.request.evidence.quotes[1].pcr_values.as_mut().unwrap()
    }),
    ("quotes[2].other_ak_public", |bundle| {
        bundle.request.evidence.quotes[2].other_ak_public.as_mut().unwrap()
    }),
    ("quotes[2].attest", |bundle| &mut bundle.request.evidence.quotes[2].attest),
    ("quotes[2].signature", |bundle| &mut bundle.request.evidence.quotes[2].signature),
    ("quotes[2].pcr_values", |bundle| {
        bundle.request.evidence.quotes[2].pcr_values.as_mut().unwrap()
    }),
    ("recorded_pcrs.sha1", |bundle| &mut bundle.request.evidence.recorded_pcrs[0].values),
    ("recorded_pcrs.sha256", |bundle| &mut bundle.request.evidence.recorded_pcrs[1].values),
    ("recorded_pcrs.sha384", |bundle| &mut bundle.request.evidence.recorded_pcrs[2].values),
];

/// `test` names a folder that no other test empties meanwhile.
fn passing_bundle(test: &str) -> BundleDoc {
    let folder = scratch(test);
    let baseline = baseline(&folder, "boot_chain", &[]);
    let path = folder.join("e1.bundle.json");
    let mut arguments = vec!["bundle".to_owned()];
    arguments.extend(question(&capture("e1-reboot"), &baseline));
    arguments.extend(["-o".to_owned(), path.to_str().unwrap().to_owned()]);
    assert_eq!(portcullis(&arguments).code, 0);
    let bundle = BundleDoc::parse(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(bundle.appraise().unwrap().status, "Passed");
    bundle
}

fn lists(result: &ResultDoc, artefact: &str, offset: usize) -> bool {
    result.report.unbound.iter().any(|unbound| {
        unbound.artefact == artefact
            && unbound.spans.iter().any(|(start, size)| (*start..start + size).contains(&offset))
    })
}

/// Flips every byte of one artefact with one mask; returns the offsets that pass unlisted.
fn unlisted(bundle: &BundleDoc, name: &str, artefact: Artefact, mask: u8) -> Vec<usize> {
    let size = artefact(&mut bundle.clone()).0.len();
    assert!(size > 0, "{name} is empty");
    let middle = size / 2;
    let of_run = |run: Range<usize>| {
        let mut flipped = bundle.clone();
        run.filter(|offset| {
            artefact(&mut flipped).0[*offset] ^= mask;
            let result = flipped.appraise().expect("evidence never makes a request unusable");
            artefact(&mut flipped).0[*offset] ^= mask;
            result.status == "Passed" && !lists(&result, name, *offset)
        })
        .collect::<Vec<usize>>()
    };
    // Two threads halve the longest test of the repository.
    std::thread::scope(|scope| {
        let first = scope.spawn(|| of_run(0..middle));
        let mut offenders = of_run(middle..size);
        offenders.extend(first.join().expect("the other half"));
        offenders
    })
}

#[test]
fn no_flipped_byte_passes_unless_it_is_listed_as_unbound() {
    let bundle = passing_bundle("flips");
    // The further quote costs an elliptic-curve check each time; only its own artefacts need it.
    let mut without_further = bundle.clone();
    without_further.request.evidence.quotes.truncate(2);
    for (name, artefact) in ARTEFACTS {
        let base = if name.starts_with("quotes[2]") { &bundle } else { &without_further };
        for mask in [0x01, 0x80] {
            let offenders = unlisted(base, name, *artefact, mask);
            assert!(
                offenders.is_empty(),
                "{name}: {} bytes pass when flipped by {mask:#x}: {:?}",
                offenders.len(),
                &offenders[..offenders.len().min(40)]
            );
        }
    }
}

/// The list is not a way out: most of the bytes that decide are not in it.
#[test]
fn what_decides_is_bound() {
    let bundle = passing_bundle("flips-bound");
    let result = bundle.appraise().unwrap();
    for (name, artefact) in ARTEFACTS {
        if ["quotes[0].attest", "quotes[0].signature", "activated_secret"].contains(name) {
            let size = artefact(&mut bundle.clone()).0.len();
            let listed = (0..size).filter(|offset| lists(&result, name, *offset)).count();
            assert_eq!(listed, 0, "{name} must be bound as a whole");
        }
    }
}
