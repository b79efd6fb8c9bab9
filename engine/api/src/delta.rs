//! Deltas: small changes of a host that are accepted beside a registered baseline, until a day.
//!
//! A store keeps them in [`crate::policy_set::RegisteredBaselineDoc::deltas`]; [`accept`] makes
//! one from the log of a changed host. What it does *not* establish: that the change is a good
//! one, or that the log was measured: whoever accepts it vouches for both.

use std::collections::BTreeMap;

use portcullis_engine::baseline::{self as engine, BaselineDelta};
use portcullis_engine::crypto::HashAlg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::baseline::{ImageDoc, SecureBootDoc, image_doc, indexed, registers, secure_boot};
use crate::baseline::{image, secure_boot_doc};
use crate::text::decimal;
use crate::{BaselineDoc, Error};

/// What is accepted beside a baseline, until a second. Digests are of the baseline's bank.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineDeltaDoc {
    /// Its name, which no other delta of the baseline has.
    pub name: String,
    /// The first second at which it no longer counts: seconds since 1970, as a decimal string.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub expires: u64,
    /// What it accepts, as sentences for people. Nothing is decided by them.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Events of PCR 7 that a host may have. Entries of databases are not repeated here.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub secure_boot: Vec<SecureBootDoc>,
    /// Events of the baseline that a host need not have.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dispensable: Vec<SecureBootDoc>,
    /// Boot applications that may run.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub images: Vec<ImageDoc>,
    /// Other values of exact registers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub pcrs: BTreeMap<u8, String>,
}

impl BaselineDeltaDoc {
    pub(crate) fn to_engine(&self, bank: HashAlg) -> Result<BaselineDelta, Error> {
        let events = |list: &str, docs: &[SecureBootDoc]| {
            indexed(list, docs, |field, doc| secure_boot(bank, field, doc))
        };
        Ok(BaselineDelta {
            name: self.name.clone(),
            expires_unix_s: self.expires,
            secure_boot: events("deltas.secure_boot", &self.secure_boot)?,
            dispensable: events("deltas.dispensable", &self.dispensable)?,
            images: indexed("deltas.images", &self.images, |field, doc| image(bank, field, doc))?,
            pcrs: registers("deltas.pcrs", bank, &self.pcrs)?,
        })
    }
}

impl From<&engine::Accepted> for BaselineDeltaDoc {
    fn from(accepted: &engine::Accepted) -> Self {
        let delta = &accepted.delta;
        // The entries of a database are many, and its digest alone decides.
        let event = |reference| SecureBootDoc { entries: Vec::new(), ..secure_boot_doc(reference) };
        Self {
            name: delta.name.clone(),
            expires: delta.expires_unix_s,
            changes: accepted.changes.clone(),
            secure_boot: delta.secure_boot.iter().map(event).collect(),
            dispensable: delta.dispensable.iter().map(event).collect(),
            images: delta.images.iter().map(image_doc).collect(),
            pcrs: delta.pcrs.iter().map(|(pcr, value)| (*pcr, value.to_string())).collect(),
        }
    }
}

/// Makes the delta that admits the boot of `log` beside a baseline, until `expires_unix_s`; see
/// [`engine::accept`].
///
/// # Errors
/// [`Error::Field`]: `log` names what cannot be accepted, other fields what is wrong with the
/// baseline.
pub fn accept(
    baseline: &BaselineDoc,
    log: &[u8],
    name: &str,
    expires_unix_s: u64,
) -> Result<BaselineDeltaDoc, Error> {
    engine::accept(&baseline.to_engine()?, log, name, expires_unix_s)
        .map(|accepted| BaselineDeltaDoc::from(&accepted))
        .map_err(|error| Error::field("log", error))
}
