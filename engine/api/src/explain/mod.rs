//! Explanations: results, bundles and finding codes in words, as a document and as text, used by
//! every front end.
//!
//! A result is explained from its document alone: codes, policies and facts are looked up in the
//! engine's catalogue again, so that a stored result can be read in another language than it was
//! made in. What a code of a later version means is taken from the document.

mod build;
mod doc;
mod layout;
mod text;

use portcullis_engine::ci_policy::warnings::WarningCode;
use portcullis_engine::explain::Lang;
use portcullis_engine::finding::FindingCode;
use portcullis_engine::limits::Limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use doc::{
    ExplainedFindingDoc, ExplainedPolicyDoc, ExplainedRegistersDoc, ExplainedTrackDoc,
    ExplainedUnboundDoc, ExplanationDoc, RemarkDoc,
};

use crate::result::RecordUpdateDoc;
use crate::{AssessmentDoc, BundleDoc, Error, ResultDoc};

/// Explains a verdict.
#[must_use]
pub fn result(result: &ResultDoc, lang: Lang) -> ExplanationDoc {
    build::of_result(result, lang)
}

/// Explains an assessment.
#[must_use]
pub fn assessment(assessment: &AssessmentDoc, lang: Lang) -> ExplanationDoc {
    build::of_assessment(assessment, lang)
}

/// Judges the evidence of a bundle and explains the verdict, and what would have to change for
/// another one.
///
/// # Errors
/// As [`BundleDoc::appraise`].
pub fn bundle(bundle: &BundleDoc, lang: Lang) -> Result<ExplanationDoc, Error> {
    let explained = result(&bundle.appraise()?, lang);
    let smallest_change = bundle.smallest_change()?.map(|doc| build::change(doc, lang));
    Ok(ExplanationDoc { about: "bundle".into(), smallest_change, ..explained })
}

/// Explains the code of a finding, or of a warning about a policy file; `None` when there is no
/// such code.
#[must_use]
pub fn code(text: &str, lang: Lang) -> Option<ExplanationDoc> {
    let finding = FindingCode::from_text(text).map(|code| build::of_code(code, lang));
    finding.or_else(|| WarningCode::from_text(text).map(|code| build::of_warning(code, lang)))
}

/// Every code: those of findings, then those of warnings about policy files.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let findings = FindingCode::ALL.iter().map(|code| code.text());
    findings.chain(WarningCode::ALL.iter().map(|code| code.text()))
}

/// Explains the JSON of a result, an assessment or a bundle.
///
/// # Errors
/// [`Error`] for a document that is too large, no JSON, or none of the three.
pub fn document(json: &[u8], lang: Lang) -> Result<ExplanationDoc, Error> {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    let limit_bytes = Limits::default().request_size_bytes_max;
    if json.len() > limit_bytes {
        let size_bytes = json.len();
        return Err(Error::TooLarge { document: DOCUMENT, size_bytes, limit_bytes });
    }
    match read::<Named>(json)?.schema.as_str() {
        "portcullis.result/1" => Ok(result(&read_result(json)?, lang)),
        "portcullis.assessment/1" => Ok(assessment(&read_assessment(json)?, lang)),
        "portcullis.bundle/1" => bundle(&BundleDoc::parse(json)?, lang),
        other => {
            Err(Error::field("schema", format!("is `{other}`, expected that of a {DOCUMENT}")))
        }
    }
}

/// Reads the report from the same object as the fields beside it. Deserialising a flattened field
/// would buffer it, and bring a second reader of every document into the WebAssembly of a page.
fn read_result(json: &[u8]) -> Result<ResultDoc, Error> {
    #[derive(Deserialize)]
    struct Outer {
        schema: String,
        status: String,
        sub_status: String,
        #[serde(default)]
        record_update: Option<RecordUpdateDoc>,
    }
    let Outer { schema, status, sub_status, record_update } = read(json)?;
    Ok(ResultDoc { schema, status, sub_status, record_update, report: read(json)? })
}

/// As [`read_result`].
fn read_assessment(json: &[u8]) -> Result<AssessmentDoc, Error> {
    #[derive(Deserialize)]
    struct Outer {
        schema: String,
        outcome: String,
        assurance: String,
    }
    let Outer { schema, outcome, assurance } = read(json)?;
    Ok(AssessmentDoc { schema, outcome, assurance, report: read(json)? })
}

const DOCUMENT: &str = "result, assessment or bundle";

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|source| Error::Json { document: DOCUMENT, source })
}
