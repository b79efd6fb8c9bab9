//! One policy set, many hosts: what [`crate::BundleDoc::assess`] says of each, with the rules read
//! once. A fabric's rules can be megabytes of vendor certificates, and its hosts thousands.

use portcullis_engine::appraise;

use crate::{AssessmentDoc, Error, HostRecordDoc, PolicySetDoc, RequestDoc};

/// Assesses many hosts under one policy set, in their order.
///
/// # Errors
/// [`Error::Field`] when the policy set, a record or a request cannot be used; never for the
/// evidence in it.
pub fn assess_many<'a>(
    set: &PolicySetDoc,
    asked: impl IntoIterator<Item = (Option<&'a HostRecordDoc>, &'a RequestDoc)>,
) -> Result<Vec<AssessmentDoc>, Error> {
    let sha256 = set.sha256();
    let trust_files = set.trust_files()?;
    let rules = set.to_engine(&trust_files)?;
    let one = |(host, request): (Option<&HostRecordDoc>, &RequestDoc)| {
        let host = host.map(HostRecordDoc::to_engine).transpose()?;
        let parts = request.parts()?;
        let assessment = appraise::assess(&rules, host.as_ref(), &request.to_engine(&parts));
        Ok(AssessmentDoc::new(&assessment, sha256.as_bytes()))
    };
    asked.into_iter().map(one).collect()
}
