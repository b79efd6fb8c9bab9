//! Appraisal bundles: policy set, host record and request in one file, so that a verdict can be
//! replayed, explained, and asked again with one thing changed.

use portcullis_engine::appraise;
use portcullis_engine::evidence::Request;
use portcullis_engine::host::HostRecord;
use portcullis_engine::limits::Limits;
use portcullis_engine::policy::PolicySet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssessmentDoc, Error, HostRecordDoc, PolicySetDoc, RequestDoc, ResultDoc};

const SCHEMA: &str = "portcullis.bundle/1";

/// Everything that one appraisal reads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleDoc {
    /// `portcullis.bundle/1`.
    pub schema: String,
    /// The rules.
    pub policy_set: PolicySetDoc,
    /// The registration; absent for a host that is not registered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub host: Option<HostRecordDoc>,
    /// The evidence.
    pub request: RequestDoc,
}

impl BundleDoc {
    /// A bundle.
    #[must_use]
    pub fn new(policy_set: PolicySetDoc, host: Option<HostRecordDoc>, request: RequestDoc) -> Self {
        Self { schema: SCHEMA.into(), policy_set, host, request }
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`Error`] for a document that is too large, no JSON, or of another schema.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let limit_bytes = Limits::default().request_size_bytes_max;
        if json.len() > limit_bytes {
            let size_bytes = json.len();
            return Err(Error::TooLarge { document: "bundle", size_bytes, limit_bytes });
        }
        let bundle: Self = serde_json::from_slice(json)
            .map_err(|source| Error::Json { document: "bundle", source })?;
        if bundle.schema != SCHEMA {
            let found = &bundle.schema;
            return Err(Error::field("schema", format!("is `{found}`, expected `{SCHEMA}`")));
        }
        Ok(bundle)
    }

    /// Judges the evidence.
    ///
    /// # Errors
    /// [`Error::Field`] when the bundle itself cannot be used; never for the evidence in it.
    pub fn appraise(&self) -> Result<ResultDoc, Error> {
        self.run(|set, host, request| {
            let appraisal = appraise::appraise(set, host, request);
            ResultDoc::new(&appraisal, self.policy_set.sha256().as_bytes())
        })
    }

    /// Says what an appraisal would say.
    ///
    /// # Errors
    /// As [`BundleDoc::appraise`].
    pub fn assess(&self) -> Result<AssessmentDoc, Error> {
        self.run(|set, host, request| {
            let assessment = appraise::assess(set, host, request);
            AssessmentDoc::new(&assessment, self.policy_set.sha256().as_bytes())
        })
    }

    fn run<T>(
        &self,
        call: impl FnOnce(&PolicySet<'_>, Option<&HostRecord>, &Request<'_>) -> T,
    ) -> Result<T, Error> {
        let trust_files = self.policy_set.trust_files()?;
        let set = self.policy_set.to_engine(&trust_files)?;
        let host = self.host.as_ref().map(HostRecordDoc::to_engine).transpose()?;
        let parts = self.request.parts()?;
        Ok(call(&set, host.as_ref(), &self.request.to_engine(&parts)))
    }
}
