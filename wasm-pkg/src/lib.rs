//! The engine in JavaScript: bytes and JSON text in, JSON text out.
//!
//! Every function takes and returns the documents of `portcullis-api`, as text, so that what a
//! browser gets is byte for byte what every other caller gets. The package's own JavaScript
//! (`wasm-pkg/npm`) turns the text into objects and a thrown text into a `PortcullisError`.
//!
//! What it does *not* establish: anything at all about who runs it. A page can be made to show
//! whatever its owner likes; a verdict that counts is made by a service.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod calls;
pub mod refusal;
pub mod schema;

use portcullis_api::call::{self, Operation};
use portcullis_api::explain::{self, codes};
use portcullis_api::{BundleDoc, Lang, ci_policy, diff, inspect, request};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use calls::{ConvertedDoc, How, MatchCallDoc};
use refusal::{Reply, Thrown, bank, json, object, question, read};

/// Version of the package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Runs an operation about evidence of `portcullis_api::call` by its name.
///
/// # Errors
/// The refusal, as JSON.
#[wasm_bindgen]
pub fn call(operation: &str, document: &str) -> Reply {
    let known = Operation::ALL.into_iter().find(|known| known.name() == operation);
    let known = known.ok_or_else(|| Thrown::unknown_operation(operation))?;
    let reply = call::call_about_evidence(known, document.as_bytes())?;
    let reply = reply.ok_or_else(|| Thrown::unknown_operation(operation))?;
    // The reply is JSON, so this copies nothing away.
    String::from_utf8(reply).map_err(Thrown::bug)
}

/// The verdict on a bundle, as an object: a `ResultDoc`.
///
/// # Errors
/// A bundle that cannot be used.
#[wasm_bindgen]
pub fn appraise(bundle: &str) -> Result<JsValue, Thrown> {
    object(&BundleDoc::parse(bundle.as_bytes())?.appraise()?)
}

/// What the verdict would be, as an object: an `AssessmentDoc`.
///
/// # Errors
/// A bundle that cannot be used.
#[wasm_bindgen]
pub fn assess(bundle: &str) -> Result<JsValue, Thrown> {
    object(&BundleDoc::parse(bundle.as_bytes())?.assess()?)
}

/// What a file holds: an `InspectDoc`.
///
/// # Errors
/// None but a bug of ours.
#[wasm_bindgen]
pub fn inspect(file: &str, bytes: &[u8]) -> Reply {
    json(&inspect::inspect(file, bytes))
}

/// Two event logs compared in one bank: a `DiffDoc`.
///
/// # Errors
/// A log that cannot be read, or has no such bank.
#[wasm_bindgen]
pub fn diff(before: &[u8], after: &[u8], bank_name: &str) -> Reply {
    json(&diff::diff(before, after, bank(bank_name)?)?)
}

/// A result, an assessment or a bundle in words: an `ExplanationDoc`.
///
/// # Errors
/// A document that is none of the three; an unknown language.
#[wasm_bindgen]
pub fn explain(document: &str, lang: &str) -> Reply {
    json(&explain::document(document.as_bytes(), self::lang(lang)?)?)
}

/// A finding code in words: an `ExplanationDoc`.
///
/// # Errors
/// No such code, or no such language.
#[wasm_bindgen(js_name = explainCode)]
pub fn explain_code(code: &str, lang: &str) -> Reply {
    let unknown = || Thrown::field(&format!("`{code}` is no finding code"));
    json(&explain::code(code, self::lang(lang)?).ok_or_else(unknown)?)
}

/// Every finding code: a list of texts.
///
/// # Errors
/// None but a bug of ours.
#[wasm_bindgen(js_name = findingCodes)]
pub fn finding_codes() -> Reply {
    json(&codes().collect::<Vec<_>>())
}

/// The smallest change of the rules that would accept the host: a `ChangeDoc`, or `null` when it
/// is accepted as it is. `question` is `appraise` or `assess`.
///
/// # Errors
/// A bundle that cannot be used.
#[wasm_bindgen(js_name = smallestChange)]
pub fn smallest_change(bundle: &str, question_name: &str) -> Reply {
    let question = question(question_name)?;
    json(&BundleDoc::parse(bundle.as_bytes())?.smallest_change_for(question)?)
}

/// A bundle with changes made: `changes` is a list of `OneChangeDoc`.
///
/// # Errors
/// A bundle that cannot be used, or a change that is none.
#[wasm_bindgen(js_name = withChanges)]
pub fn with_changes(bundle: &str, changes: &str) -> Reply {
    let changes: Vec<_> = read("changes", changes)?;
    json(&BundleDoc::parse(bundle.as_bytes())?.with_changes(&changes)?)
}

/// SHA-256 of an EK's SubjectPublicKeyInfo, from its public key or certificate, as registrations
/// name it.
#[wasm_bindgen(js_name = ekSha256)]
#[must_use]
pub fn ek_sha256(bytes: &[u8]) -> Option<String> {
    request::ek_sha256(bytes)
}

/// TPM name of an AK, from its `TPM2B_PUBLIC`.
#[wasm_bindgen(js_name = akName)]
#[must_use]
pub fn ak_name(bytes: &[u8]) -> Option<String> {
    request::ak_name(bytes)
}

/// SHA-256 of the EK that the evidence of a bundle holds, wherever it holds it.
///
/// # Errors
/// A bundle that cannot be used.
#[wasm_bindgen(js_name = ekOfBundle)]
pub fn ek_of_bundle(bundle: &str) -> Reply {
    json(&BundleDoc::parse(bundle.as_bytes())?.request.evidence.ek_sha256())
}

/// What a code integrity policy says: a `CiPolicyShowDoc`.
///
/// # Errors
/// A file that is no policy.
#[wasm_bindgen(js_name = ciPolicyShow)]
pub fn ci_policy_show(file: &str, bytes: &[u8]) -> Reply {
    json(&ci_policy::show(file, bytes)?)
}

/// The digests of a binary policy: a `CiPolicyHashDoc`.
///
/// # Errors
/// A file that is no binary policy.
#[wasm_bindgen(js_name = ciPolicyHash)]
pub fn ci_policy_hash(bytes: &[u8]) -> Reply {
    json(&ci_policy::hash(bytes)?)
}

/// What two policies say differently: a `CiPolicyDiffDoc`.
///
/// # Errors
/// A file that is no policy.
#[wasm_bindgen(js_name = ciPolicyDiff)]
pub fn ci_policy_diff(before: &[u8], after: &[u8]) -> Reply {
    json(&ci_policy::diff(before, after)?)
}

/// XML to binary, or back: a `ConvertedDoc`. `how` is a `How`.
///
/// # Errors
/// A file that is no policy or cannot be converted.
#[wasm_bindgen(js_name = ciPolicyConvert)]
pub fn ci_policy_convert(bytes: &[u8], how: &str) -> Reply {
    let how: How = read("how", how)?;
    let converted = ci_policy::convert(bytes, how.as_api())?;
    json(&ConvertedDoc { document: converted.document, content: converted.bytes.into() })
}

/// The policy out of its signature: a `ConvertedDoc`.
///
/// # Errors
/// A file that is no binary policy.
#[wasm_bindgen(js_name = ciPolicyUnwrap)]
pub fn ci_policy_unwrap(bytes: &[u8]) -> Reply {
    let unwrapped = ci_policy::unwrap(bytes)?;
    json(&ConvertedDoc { document: unwrapped.document, content: unwrapped.bytes.into() })
}

/// Which file is the policy that a host measured: a `MatchCallDoc` to a `CiPolicyMatchDoc`.
///
/// # Errors
/// A log that cannot be read. A policy that cannot be read is part of the document.
#[wasm_bindgen(js_name = ciPolicyMatch)]
pub fn ci_policy_match(call: &str) -> Reply {
    let call: MatchCallDoc = read("match call", call)?;
    let files: Vec<(&str, &[u8])> =
        call.files.iter().map(|file| (file.file.as_str(), file.content.0.as_slice())).collect();
    json(&ci_policy::match_log(&files, &call.log.0)?)
}

fn lang(name: &str) -> Result<Lang, Thrown> {
    let known = Lang::ALL.into_iter().find(|lang| lang.name() == name);
    known.ok_or_else(|| Thrown::field(&format!("`{name}` is no language: `en` or `ja`")))
}
