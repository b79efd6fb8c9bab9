//! Baseline files.

use std::collections::BTreeMap;

use portcullis_engine::baseline::{
    self as engine, Baseline, BaselineLevel, EventKind, EventReference, ImageReference,
    SecureBootKind, SecureBootReference,
};
use portcullis_engine::claims::SignatureId;
use portcullis_engine::crypto::Digest;
pub use portcullis_engine::crypto::HashAlg;
use portcullis_engine::wire::Guid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::text::{bank, digest, hex, unhex};

const SCHEMA: &str = "portcullis.baseline/1";

/// Reference values of one class of hosts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineDoc {
    /// `portcullis.baseline/1`.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `secure_boot`, `boot_chain` or `strict`.
    pub level: String,
    /// Bank of all digests.
    pub bank: String,
    /// Number of logs that it was derived from.
    pub logs_count: usize,
    /// Events of PCR 7.
    pub secure_boot: Vec<SecureBootDoc>,
    /// Boot applications that may run.
    #[serde(default)]
    pub images: Vec<ImageDoc>,
    /// Exact registers.
    #[serde(default)]
    pub pcrs: BTreeMap<u8, String>,
    /// Registers that differ between the logs, and are therefore not compared.
    #[serde(default)]
    pub pcrs_differing: Vec<u8>,
    /// Events behind the exact registers, to say what changed.
    #[serde(default)]
    pub events: Vec<EventDoc>,
}

/// One event of PCR 7.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecureBootDoc {
    /// `variable`, `authority` or `action`.
    pub kind: String,
    /// Variable name, or text of the action.
    pub label: String,
    /// Digest of the event.
    pub digest: String,
    /// False when only some of the logs have it.
    pub required: bool,
    /// SHA-256 of an authority's certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data_sha256: Option<String>,
    /// Entries of a signature database.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub entries: Vec<SignatureDoc>,
}

/// An entry of a signature database.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureDoc {
    /// GUID of the kind of entry, as its 16 bytes in hexadecimal.
    pub signature_type: String,
    /// Image digest, or SHA-256 of a certificate.
    pub sha256: String,
}

/// A boot application.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageDoc {
    /// Authenticode digest.
    pub digest: String,
    /// How the log described it. Not measured.
    pub description: String,
}

/// An event of an exactly matched register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventDoc {
    /// The register.
    pub pcr: u8,
    /// Its digest.
    pub digest: String,
    /// What kind of thing was measured.
    pub kind: String,
    /// How the log described it. Not measured.
    pub description: String,
}

const SECURE_BOOT_KINDS: [(SecureBootKind, &str); 4] = [
    (SecureBootKind::ConfigurationPolicy, "configuration_policy"),
    (SecureBootKind::Variable, "variable"),
    (SecureBootKind::Authority, "authority"),
    (SecureBootKind::Action, "action"),
];

const EVENT_KINDS: [(EventKind, &str); 6] = [
    (EventKind::KernelCommandLine, "kernel_command_line"),
    (EventKind::BootVariable, "boot_variable"),
    (EventKind::BootAction, "boot_action"),
    (EventKind::BootImage, "boot_image"),
    (EventKind::BootFile, "boot_file"),
    (EventKind::Other, "other"),
];

fn name_of<K: PartialEq>(table: &[(K, &'static str)], kind: &K) -> String {
    table.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| name).to_owned()
}

fn kind_of<K: Copy>(table: &[(K, &str)], field: &str, name: &str) -> Result<K, Error> {
    table
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(kind, _)| *kind)
        .ok_or_else(|| Error::field(field, format!("`{name}` is no known kind")))
}

impl From<&Baseline> for BaselineDoc {
    fn from(baseline: &Baseline) -> Self {
        Self {
            schema: SCHEMA.into(),
            name: baseline.name.clone(),
            level: baseline.level.name().into(),
            bank: baseline.bank.to_string(),
            logs_count: baseline.logs_count,
            secure_boot: baseline.secure_boot.iter().map(secure_boot_doc).collect(),
            images: baseline.images.iter().map(image_doc).collect(),
            pcrs: baseline.pcrs.iter().map(|(pcr, value)| (*pcr, value.to_string())).collect(),
            pcrs_differing: baseline.pcrs_differing.clone(),
            events: baseline.events.iter().map(event_doc).collect(),
        }
    }
}

pub(crate) fn image_doc(image: &ImageReference) -> ImageDoc {
    ImageDoc { digest: image.digest.to_string(), description: image.description.clone() }
}

pub(crate) fn secure_boot_doc(reference: &SecureBootReference) -> SecureBootDoc {
    SecureBootDoc {
        kind: name_of(&SECURE_BOOT_KINDS, &reference.kind),
        label: reference.label.clone(),
        digest: reference.digest.to_string(),
        required: reference.required,
        data_sha256: reference.data_sha256.map(|digest| digest.to_string()),
        entries: reference
            .entries
            .iter()
            .map(|entry| SignatureDoc {
                signature_type: hex(&entry.signature_type.0),
                sha256: entry.digest.to_string(),
            })
            .collect(),
    }
}

fn event_doc(event: &EventReference) -> EventDoc {
    EventDoc {
        pcr: event.pcr,
        digest: event.digest.to_string(),
        kind: name_of(&EVENT_KINDS, &event.kind),
        description: event.description.clone(),
    }
}

impl BaselineDoc {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// [`Error`] names the field.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|source| Error::Json { document: "baseline", source })
    }

    /// The engine's form.
    ///
    /// # Errors
    /// [`Error::Field`].
    pub fn to_engine(&self) -> Result<Baseline, Error> {
        if self.schema != SCHEMA {
            return Err(Error::field(
                "schema",
                format!("is `{}`, expected `{SCHEMA}`", self.schema),
            ));
        }
        let bank = bank("bank", &self.bank)?;
        let level = level_of(&self.level)?;
        let baseline = Baseline {
            name: self.name.clone(),
            level,
            bank,
            logs_count: self.logs_count,
            secure_boot: indexed("secure_boot", &self.secure_boot, |field, doc| {
                secure_boot(bank, field, doc)
            })?,
            images: indexed("images", &self.images, |field, doc| image(bank, field, doc))?,
            pcrs: registers("pcrs", bank, &self.pcrs)?,
            pcrs_differing: self.pcrs_differing.clone(),
            events: indexed("events", &self.events, |field, doc| event(bank, field, doc))?,
        };
        refuse_empty(&baseline)?;
        Ok(baseline)
    }
}

/// A baseline that demands nothing would be matched by everything.
fn refuse_empty(baseline: &Baseline) -> Result<(), Error> {
    if baseline.secure_boot.is_empty() {
        return Err(Error::field("secure_boot", "is empty: such a baseline demands nothing"));
    }
    if baseline.level >= BaselineLevel::BootChain && baseline.images.is_empty() {
        return Err(Error::field("images", "is empty: no boot application could match"));
    }
    if baseline.level >= BaselineLevel::Strict && baseline.pcrs.is_empty() {
        return Err(Error::field("pcrs", "is empty: a `strict` baseline needs registers"));
    }
    Ok(())
}

pub(crate) fn indexed<D, T>(
    list: &str,
    docs: &[D],
    convert: impl Fn(&str, &D) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    docs.iter().enumerate().map(|(index, doc)| convert(&format!("{list}[{index}]"), doc)).collect()
}

pub(crate) fn image(bank: HashAlg, field: &str, doc: &ImageDoc) -> Result<ImageReference, Error> {
    let digest = digest(bank, field, &doc.digest)?;
    Ok(ImageReference { digest, description: doc.description.clone() })
}

pub(crate) fn registers(
    list: &str,
    bank: HashAlg,
    docs: &BTreeMap<u8, String>,
) -> Result<BTreeMap<u8, Digest>, Error> {
    docs.iter()
        .map(|(pcr, value)| match pcr {
            0..=23 => Ok((*pcr, digest(bank, &format!("{list}.{pcr}"), value)?)),
            _ => Err(Error::field(format!("{list}.{pcr}"), "is no register (0 to 23)")),
        })
        .collect()
}

pub(crate) fn secure_boot(
    bank: HashAlg,
    field: &str,
    doc: &SecureBootDoc,
) -> Result<SecureBootReference, Error> {
    let sha256 = |text: &String| digest(HashAlg::Sha256, field, text);
    Ok(SecureBootReference {
        kind: kind_of(&SECURE_BOOT_KINDS, field, &doc.kind)?,
        label: doc.label.clone(),
        digest: digest(bank, field, &doc.digest)?,
        required: doc.required,
        data_sha256: doc.data_sha256.as_ref().map(sha256).transpose()?,
        entries: doc
            .entries
            .iter()
            .map(|entry| {
                let guid = unhex(&entry.signature_type)
                    .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
                    .ok_or_else(|| Error::field(field, "`signature_type` is no GUID"))?;
                Ok(SignatureId { signature_type: Guid(guid), digest: sha256(&entry.sha256)? })
            })
            .collect::<Result<_, Error>>()?,
    })
}

fn event(bank: HashAlg, field: &str, doc: &EventDoc) -> Result<EventReference, Error> {
    Ok(EventReference {
        pcr: doc.pcr,
        digest: digest(bank, field, &doc.digest)?,
        kind: kind_of(&EVENT_KINDS, field, &doc.kind)?,
        description: doc.description.clone(),
    })
}

/// Derives a baseline file from logs of good boots; see [`engine::derive`].
///
/// # Errors
/// [`Error::Field`] names the log that cannot serve.
pub fn derive(
    name: &str,
    logs: &[&[u8]],
    level: &str,
    bank: HashAlg,
    pcrs: u32,
) -> Result<BaselineDoc, Error> {
    let level = level_of(level)?;
    let baseline = engine::derive(name, logs, level, bank, pcrs)
        .map_err(|error| Error::field("logs", error))?;
    Ok(BaselineDoc::from(&baseline))
}

fn level_of(name: &str) -> Result<BaselineLevel, Error> {
    BaselineLevel::ALL
        .into_iter()
        .find(|level| level.name() == name)
        .ok_or_else(|| Error::field("level", format!("`{name}` is no level")))
}
