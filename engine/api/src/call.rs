//! Every operation on untrusted bytes as one function: a JSON document in, a JSON document out.
//!
//! The WebAssembly guest is a shim around [`call`], and a native caller runs the same function,
//! so both give the same bytes by construction. What it does *not* establish: that the caller may
//! ask, or that the policy set is the fabric's; a reply says what the documents say.

mod documents;
mod operation;
mod refusal;
#[cfg(test)]
mod tests;

use portcullis_engine::explain::Lang;
use portcullis_engine::limits::Limits;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use documents::{
    CheckedPolicySetDoc, ConvertCallDoc, ConvertReplyDoc, DeriveCallDoc, DiffCallDoc, EditCallDoc,
    EditReplyDoc, ExplainCallDoc, FileCallDoc, IdentifyCallDoc, IdentifyReplyDoc, InspectCallDoc,
    MatchCallDoc, PairCallDoc, PolicyChangeDoc,
};
pub use operation::Operation;
pub use refusal::RefusalDoc;

use crate::ci_policy::{self, How};
use crate::credential::CredentialCallDoc;
use crate::text::bank;
use crate::{BundleDoc, Error, PolicySetDoc, baseline, diff, explain, inspect, request};

/// Runs an operation: a JSON document in, the canonical JSON of the reply out.
///
/// # Errors
/// [`RefusalDoc`] for a document that cannot be used; never for the evidence in it.
pub fn call(operation: Operation, input: &[u8]) -> Result<Vec<u8>, RefusalDoc> {
    if let Some(reply) = call_about_evidence(operation, input)? {
        return Ok(reply);
    }
    match operation {
        // Answered above.
        Operation::Appraise
        | Operation::Assess
        | Operation::Inspect
        | Operation::Explain
        | Operation::Diff
        | Operation::DeriveBaseline => Err(RefusalDoc::unknown_operation(operation.number())),
        Operation::MakeCredential => {
            let call: CredentialCallDoc = parse("credential call", input)?;
            json(&call.make()?)
        }
        Operation::CheckPolicySet => json(&check_policy_set(&PolicySetDoc::parse(input)?)?),
        Operation::Identify => json(&identify(&parse("identify call", input)?)?),
        Operation::CheckIdentifier => {
            let call: InspectCallDoc = parse("identifier call", input)?;
            let found = inspect::check_identifier(&call.file, &call.content.0);
            json(&found.ok_or_else(RefusalDoc::no_identifier)?)
        }
        Operation::ShowCiPolicy => {
            let call: InspectCallDoc = parse("policy call", input)?;
            json(&ci_policy::show(&call.file, &call.content.0)?)
        }
        Operation::HashCiPolicy => json(&ci_policy::hash(&file(input)?)?),
        Operation::DiffCiPolicies => {
            let call: PairCallDoc = parse("policies call", input)?;
            json(&ci_policy::diff(&call.before.0, &call.after.0)?)
        }
        Operation::ConvertCiPolicy => json(&convert(&parse("conversion call", input)?)?),
        Operation::UnwrapCiPolicy => {
            let found = ci_policy::unwrap(&file(input)?)?;
            json(&ConvertReplyDoc { content: found.bytes.into(), about: found.document })
        }
        Operation::EditCiPolicy => {
            let call: EditCallDoc = parse("edit call", input)?;
            json(&EditReplyDoc { content: call.run()?.into() })
        }
        Operation::MatchCiPolicies => {
            let call: MatchCallDoc = parse("match call", input)?;
            let files = call.files.iter().map(|file| (file.file.as_str(), &*file.content.0));
            json(&ci_policy::match_log(&files.collect::<Vec<_>>(), &call.log.0)?)
        }
    }
}

/// The operations about evidence; `None` for any other. A page needs no more, and what it does not
/// need it should not have to load.
///
/// # Errors
/// As [`call`].
pub fn call_about_evidence(
    operation: Operation,
    input: &[u8],
) -> Result<Option<Vec<u8>>, RefusalDoc> {
    let reply = match operation {
        Operation::Appraise => json(&BundleDoc::parse(input)?.appraise()?),
        Operation::Assess => json(&BundleDoc::parse(input)?.assess()?),
        Operation::Inspect => {
            let call: InspectCallDoc = parse("inspect call", input)?;
            json(&inspect::inspect(&call.file, &call.content.0))
        }
        Operation::Explain => {
            let call: ExplainCallDoc = parse("explain call", input)?;
            json(&explain::document(&call.document.0, lang(&call.lang)?)?)
        }
        Operation::Diff => {
            let call: DiffCallDoc = parse("diff call", input)?;
            json(&diff::diff(&call.before.0, &call.after.0, bank("bank", &call.bank)?)?)
        }
        Operation::DeriveBaseline => json(&derive(&parse("derive call", input)?)?),
        _ => return Ok(None),
    };
    reply.map(Some)
}

/// The bytes of the one file that a call is about.
fn file(input: &[u8]) -> Result<Vec<u8>, Error> {
    let call: FileCallDoc = parse("file call", input)?;
    Ok(call.content.0)
}

fn derive(call: &DeriveCallDoc) -> Result<crate::BaselineDoc, Error> {
    let logs: Vec<&[u8]> = call.logs.iter().map(|log| log.0.as_slice()).collect();
    let bank = bank("bank", &call.bank)?;
    baseline::derive(&call.name, &logs, &call.level, bank, call.pcrs_bitmap)
}

fn lang(name: &str) -> Result<Lang, Error> {
    Lang::from_name(name)
        .ok_or_else(|| Error::field("lang", format!("`{name}` is neither `en` nor `ja`")))
}

fn check_policy_set(set: &PolicySetDoc) -> Result<CheckedPolicySetDoc, Error> {
    set.to_engine(&set.trust_files()?)?;
    Ok(CheckedPolicySetDoc { policy_set_sha256: set.sha256().to_string() })
}

fn identify(call: &IdentifyCallDoc) -> Result<IdentifyReplyDoc, Error> {
    if *call == IdentifyCallDoc::default() {
        return Err(Error::field("ek_public", "is absent, and so is every other key"));
    }
    let evidence = request::EvidenceDoc {
        platform_identifier: call.platform_identifier.clone(),
        ek_public: call.ek_public.clone(),
        ek_certificate: call.ek_certificate.clone(),
        ..request::EvidenceDoc::default()
    };
    Ok(IdentifyReplyDoc {
        ek_sha256: evidence.ek_sha256(),
        ak_name: call.ak_public.as_ref().and_then(|blob| request::ak_name(&blob.0)),
    })
}

fn convert(call: &ConvertCallDoc) -> Result<ConvertReplyDoc, RefusalDoc> {
    let how = How {
        format: call.format,
        tie_order: call.tie_order.as_deref(),
        target: call.target.as_deref(),
    };
    let found = ci_policy::convert(&call.content.0, how)?;
    Ok(ConvertReplyDoc { content: found.bytes.into(), about: found.document })
}

/// Reads a call; its size is bounded as that of a request.
fn parse<T: DeserializeOwned>(document: &'static str, json: &[u8]) -> Result<T, Error> {
    let limit_bytes = Limits::default().request_size_bytes_max;
    if json.len() > limit_bytes {
        return Err(Error::TooLarge { document, size_bytes: json.len(), limit_bytes });
    }
    serde_json::from_slice(json).map_err(|source| Error::Json { document, source })
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, RefusalDoc> {
    let written = serde_json::to_vec(document);
    written.map_err(|source| Error::Json { document: "reply", source }.into())
}
