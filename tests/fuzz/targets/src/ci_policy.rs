//! Code integrity policies: binary, signed binary, XML.

use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::edit::{Edit, edit};
use portcullis_engine::ci_policy::order::TieOrder;
use portcullis_engine::ci_policy::{self, binary, diff, hash, signature, warnings, xml};
use portcullis_engine::crypto::HashAlg;

use crate::assert_spans_inside;

/// Runs the target once: whatever is read can be shown, compared, and written as it was.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let _ = (ci_policy::recognise(data), hash::digests(HashAlg::Sha256, data));
    let file = match ci_policy::read(data) {
        Ok(file) => file,
        Err(error) => return assert_spans_inside(&error, data),
    };
    let _ = warnings::of_file(&file);
    let difference = diff::diff(&file.policy, &file.policy);
    assert!(difference.added.is_empty() && difference.removed.is_empty());
    if let Some(wrapper) = &file.wrapper {
        let _ = signature::check(wrapper);
    }
    match file.raw {
        Some(raw) => through_xml(&file.policy, raw),
        None => through_edit(data),
    }
}

/// A binary is written as it was read, and comes back from XML where XML can say it.
fn through_xml(policy: &ci_policy::CiPolicy, raw: &[u8]) {
    let format = policy.format.unwrap_or_default();
    assert!(binary::write(policy, format).is_ok_and(|bytes| bytes == raw), "another binary");
    let Ok(text) = xml::write(policy) else { return };
    let document = xml::read(&text).expect("what is written can be read");
    let authored = author(&document, Choice::default()).expect("and converted");
    assert!(authored.bytes == raw, "another binary behind XML");
}

/// An XML is converted or refused; an edit of it can be read again.
fn through_edit(data: &[u8]) {
    let text = xml::decode(data).expect("it was decoded before");
    let document = xml::read(&text.text).expect("it was read before");
    let choice = Choice { format: Some(11), order: Some(TieOrder::Legacy) };
    if let Ok(authored) = author(&document, choice) {
        let read = ci_policy::read(&authored.bytes).expect("what is written can be read");
        assert!(diff::diff(&read.policy, &authored.policy).added.is_empty());
    }
    let edits = [Edit::DeleteOption("Enabled:Audit Mode"), Edit::info("Name", "<x>")];
    if let Ok(edited) = edit(&text.text, &edits) {
        let read = xml::read(&edited).expect("an edit leaves what can be read");
        assert_eq!(read.policy.info_name(), Some("<x>"));
    }
}
