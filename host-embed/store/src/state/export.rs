//! From the store to a file.

use std::io::Write;

use portcullis_api::text::Blob;

use super::{Record, StateWriter};
use crate::error::Result;
use crate::name::Name;
use crate::store::View;

/// Hosts that are read at once.
const PAGE: usize = 500;

/// Writes everything that is registered, as one moment of the store has it: call it within
/// [`crate::Store::snapshot`].
///
/// # Errors
/// [`crate::StoreError`].
pub fn export<W: Write>(
    view: &mut View<'_>,
    writer: &mut StateWriter<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    writer
        .add(&Record::Rules { profile: view.profile()?, versions: view.versions()?.join(",") })?;
    for (name, state) in view.policy_states()? {
        writer.add(&Record::PolicyState { name, state })?;
    }
    for document in view.trust()? {
        let (document, der) = view.trusted_certificate(&document.sha256)?;
        writer.add(&Record::Trust { document, der: Blob(der) })?;
    }
    for document in view.baselines()? {
        writer.add(&Record::Baseline { document })?;
    }
    for document in view.ci_policies()? {
        let file = Blob(view.blob(&document.file_sha256)?);
        writer.add(&Record::CiPolicy { document, file })?;
    }
    for document in view.dump_keys()? {
        writer.add(&Record::DumpKey { document })?;
    }
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let page = view.hosts(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name);
        count += page.len() as u64;
        for document in page {
            let evidence = view.host_evidence(&Name::new("name", &document.name)?)?;
            writer.add(&Record::Host { document, evidence })?;
        }
        progress(count);
    }
}
