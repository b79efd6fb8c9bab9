//! Secure Boot as PCR 7 tells it: a state machine over the events before and after the separator.
//!
//! Source: TCG PC Client Platform Firmware Profile 1.06, section 3.3.4.8 (PCR 7); UEFI 2.10,
//! section 32. Where firmware differs in the order of separator and authorities, both are taken.
//!
//! What it does not establish: that the keys in the variables are good ones (the baseline says
//! that), nor which loader an authority admitted (PCR 4 says that).

use std::collections::BTreeSet;

use portcullis_wire::event::{SEPARATOR_ERROR, action};
use portcullis_wire::guid::{self, Guid};

use super::closes_register;
use crate::Span;
use crate::crypto::{self, Digest, HashAlg};
use crate::finding::Place;
use crate::formats::body::signature_lists;
use crate::formats::body::variable::{self, Variable};
use crate::formats::input::Input;
use crate::replay::{MeasuredEvent, MeasuredEvents};

/// Whether Secure Boot is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecureBootState {
    /// The variable `SecureBoot` was measured as 01, once, before the separator.
    On,
    /// It was measured as 00 or empty.
    Off,
    /// It was not measured, or in a way that says nothing.
    Unknown,
}

/// What PCR 7 says.
#[derive(Clone, Debug)]
pub struct SecureBootClaims {
    /// Whether Secure Boot is on.
    pub state: SecureBootState,
    /// Configuration variables: `SecureBoot`, `PK`, `KEK`, `db`, `dbx`, `dbt`, `dbr`.
    pub variables: Vec<VariableClaim>,
    /// Database entries and shim keys that approved an image.
    pub authorities: Vec<AuthorityClaim>,
    /// Firmware actions, as measured bytes with their place.
    pub actions: Vec<(Vec<u8>, Digest, Place)>,
    /// Breaches of the profile.
    pub defects: Vec<SecureBootDefect>,
}

/// A configuration variable.
#[derive(Clone, Debug)]
pub struct VariableClaim {
    /// Its name.
    pub name: String,
    /// The digest of its event.
    pub digest: Digest,
    /// The entries of a signature database; empty for other variables.
    pub entries: Vec<SignatureId>,
    /// Its data.
    pub place: Place,
}

/// An entry of a signature database, without its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SignatureId {
    /// The kind of entry.
    pub signature_type: Guid,
    /// The image digest itself, or SHA-256 of a certificate or other data.
    pub digest: Digest,
}

/// Something that approved an image.
#[derive(Clone, Debug)]
pub struct AuthorityClaim {
    /// The variable that it comes from: `db`, or one of shim's.
    pub variable: String,
    /// The digest of its event.
    pub digest: Digest,
    /// SHA-256 of the certificate or data, to name well-known authorities.
    pub data_sha256: Digest,
    /// Its data.
    pub place: Place,
}

/// A breach of the rules for PCR 7.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SecureBootDefect {
    /// The digest of an event does not cover its data, so the data proves nothing.
    Unbound(Place),
    /// A configuration variable was measured twice.
    Duplicate(String, Place),
    /// A configuration variable was measured behind the separator.
    Late(String, Place),
    /// An event that is no variable, action or separator.
    Unknown(Place),
    /// Not exactly one separator.
    Separators(usize),
    /// The separator that reports an error, behind variables. Only a conventional BIOS, which
    /// has no variables, closes its registers with it.
    ErrorSeparator(Place),
    /// Secure Boot is on, but this variable is empty or missing.
    EmptyVariable(&'static str),
    /// Secure Boot is on, but nothing says what admitted the boot loader.
    NoAuthority,
    /// An authority claims to come from `db`, and is not in it.
    ForeignAuthority(Place),
}

const CONFIG_VARIABLES: [(&str, Guid); 7] = [
    ("SecureBoot", guid::GLOBAL_VARIABLE),
    ("PK", guid::GLOBAL_VARIABLE),
    ("KEK", guid::GLOBAL_VARIABLE),
    ("db", guid::IMAGE_SECURITY_DATABASE),
    ("dbx", guid::IMAGE_SECURITY_DATABASE),
    ("dbt", guid::IMAGE_SECURITY_DATABASE),
    ("dbr", guid::IMAGE_SECURITY_DATABASE),
];

/// Draws the claims of PCR 7.
pub(super) fn extract(events: &MeasuredEvents<'_>) -> SecureBootClaims {
    let mut machine = Machine::default();
    for event in events.of_pcr(7) {
        machine.step(event);
    }
    machine.finish()
}

#[derive(Default)]
struct Machine {
    variables: Vec<VariableClaim>,
    names: BTreeSet<String>,
    authorities: Vec<AuthorityClaim>,
    /// What authorities claim to be in `db`.
    admitted: Vec<Admitted>,
    actions: Vec<(Vec<u8>, Digest, Place)>,
    defects: Vec<SecureBootDefect>,
    secure_boot_value: Option<Vec<u8>>,
    separators_count: usize,
    error_separator: Option<Place>,
    events_count: usize,
}

/// An entry of `db` as an authority names it, without its type: either of the digests by which
/// [`SignatureId`] knows it.
struct Admitted {
    image: Option<Digest>,
    hashed: Digest,
    place: Place,
}

impl Machine {
    fn step(&mut self, event: &MeasuredEvent<'_>) {
        self.events_count = self.events_count.saturating_add(1);
        let place = Place::in_event(event.event.index, event.event.data_span);
        if closes_register(event) {
            self.separators_count = self.separators_count.saturating_add(1);
            if event.event.data == SEPARATOR_ERROR {
                self.error_separator = Some(place);
            }
            return;
        }
        if is_action(event) {
            self.actions.push((event.event.data.to_vec(), event.digest, place));
            return;
        }
        let input = Input::at(event.event.data, event.event.data_span.offset);
        let Ok(variable) = variable::parse(input) else {
            self.defects.push(SecureBootDefect::Unknown(place));
            return;
        };
        if !covers(event, variable.data_span) {
            self.defects.push(SecureBootDefect::Unbound(place));
            return;
        }
        let place = Place::in_event(event.event.index, variable.data_span);
        if is_config(&variable) {
            self.config(event, &variable, place);
        } else {
            self.authority(event, &variable, place);
        }
    }

    fn config(&mut self, event: &MeasuredEvent<'_>, variable: &Variable<'_>, place: Place) {
        let name = variable.name.clone();
        if !self.names.insert(name.clone()) {
            self.defects.push(SecureBootDefect::Duplicate(name.clone(), place));
        }
        // Firmware may open PCR 7 with its separator (Supermicro); then nothing counts.
        if self.separators_count > 0 {
            self.defects.push(SecureBootDefect::Late(name.clone(), place));
        }
        if name == "SecureBoot" {
            self.secure_boot_value = Some(variable.data.to_vec());
        }
        let entries = signature_ids(variable);
        self.variables.push(VariableClaim { name, digest: event.digest, entries, place });
    }

    fn authority(&mut self, event: &MeasuredEvent<'_>, variable: &Variable<'_>, place: Place) {
        let data = match variable.guid {
            guid::IMAGE_SECURITY_DATABASE => {
                variable.authority().map_or(variable.data, |authority| authority.signature)
            }
            _ => variable.data,
        };
        let data_sha256 = crypto::digest(HashAlg::Sha256, &[data]);
        if variable.name == "db" {
            let image = Digest::new(HashAlg::Sha256, data);
            self.admitted.push(Admitted { image, hashed: data_sha256, place });
        }
        self.authorities.push(AuthorityClaim {
            variable: variable.name.clone(),
            digest: event.digest,
            data_sha256,
            place,
        });
    }

    fn finish(mut self) -> SecureBootClaims {
        if self.events_count > 0 && self.separators_count != 1 {
            self.defects.push(SecureBootDefect::Separators(self.separators_count));
        }
        if let (Some(place), false) = (self.error_separator, self.variables.is_empty()) {
            self.defects.push(SecureBootDefect::ErrorSeparator(place));
        }
        let state = self.state();
        if state == SecureBootState::On {
            self.check_keys();
            self.check_authorities();
        }
        SecureBootClaims {
            state,
            variables: self.variables,
            authorities: self.authorities,
            actions: self.actions,
            defects: self.defects,
        }
    }

    fn state(&self) -> SecureBootState {
        let contradicted = self.defects.iter().any(|defect| {
            matches!(defect, SecureBootDefect::Duplicate(name, _) | SecureBootDefect::Late(name, _)
                if name == "SecureBoot")
        });
        match self.secure_boot_value.as_deref() {
            _ if contradicted => SecureBootState::Unknown,
            Some([1]) => SecureBootState::On,
            Some([0] | []) => SecureBootState::Off,
            _ => SecureBootState::Unknown,
        }
    }

    fn check_keys(&mut self) {
        for name in ["PK", "KEK", "db"] {
            let filled = self
                .variables
                .iter()
                .any(|variable| variable.name == name && variable.place.span.size > 0);
            if !filled {
                self.defects.push(SecureBootDefect::EmptyVariable(name));
            }
        }
    }

    fn check_authorities(&mut self) {
        if self.authorities.is_empty() {
            self.defects.push(SecureBootDefect::NoAuthority);
        }
        let db = self.variables.iter().find(|variable| variable.name == "db");
        let entries = db.into_iter().flat_map(|db| &db.entries);
        let (images, others): (Vec<_>, Vec<_>) =
            entries.partition(|entry| entry.signature_type == guid::CERT_SHA256);
        // Sets, because a hostile log holds thousands of entries and of authorities.
        let digests = |entries: Vec<&SignatureId>| -> BTreeSet<Digest> {
            entries.into_iter().map(|entry| entry.digest).collect()
        };
        let (images, others) = (digests(images), digests(others));
        for Admitted { image, hashed, place } in &self.admitted {
            if !others.contains(hashed) && image.is_none_or(|image| !images.contains(&image)) {
                self.defects.push(SecureBootDefect::ForeignAuthority(*place));
            }
        }
    }
}

fn is_action(event: &MeasuredEvent<'_>) -> bool {
    const ACTIONS: [&[u8]; 3] = [
        action::UEFI_DEBUG_MODE,
        action::DMA_PROTECTION_DISABLED,
        action::SECURITY_LEVEL_DOWNGRADED,
    ];
    event.binds_all() && ACTIONS.iter().any(|text| event.event.data.starts_with(text))
}

/// True when the digest covers namespace, name and contents. A digest of the contents alone (old
/// firmware) leaves the name open: it could be any variable.
fn covers(event: &MeasuredEvent<'_>, data: Span) -> bool {
    event.bound_span().is_some_and(|bound| {
        // shim logs one byte more than it hashes; it may only be missing from the end.
        bound.offset == event.event.data_span.offset && bound.end().saturating_add(1) >= data.end()
    })
}

/// True for a configuration variable, false for an authority. Both are measured as variables;
/// `db` stands for either, so its data decides: lists of signatures, or one signature.
fn is_config(variable: &Variable<'_>) -> bool {
    let named = CONFIG_VARIABLES
        .iter()
        .any(|(name, guid)| *name == variable.name && *guid == variable.guid);
    named
        && (variable.name != "db"
            || variable.data.is_empty()
            || signature_lists(variable.data, variable.data_span.offset).is_ok())
}

fn signature_ids(variable: &Variable<'_>) -> Vec<SignatureId> {
    if variable.name == "SecureBoot" {
        return Vec::new();
    }
    let lists = signature_lists(variable.data, variable.data_span.offset).unwrap_or_default();
    let ids = lists
        .iter()
        .flat_map(|list| list.entries.iter().map(|entry| signature_id(list.kind, entry.data)));
    ids.collect()
}

fn signature_id(signature_type: Guid, data: &[u8]) -> SignatureId {
    let digest = match signature_type {
        guid::CERT_SHA256 => Digest::new(HashAlg::Sha256, data),
        _ => None,
    };
    SignatureId {
        signature_type,
        digest: digest.unwrap_or_else(|| crypto::digest(HashAlg::Sha256, &[data])),
    }
}

#[cfg(test)]
mod tests;
