//! Bundles: read, judge both ways, render, and read the result again.

use portcullis_api::{AssessmentDoc, BundleDoc, Lang, ResultDoc, explain};

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let Ok(bundle) = BundleDoc::parse(data) else { return };
    if let Ok(assessment) = bundle.assess() {
        let _ = explain::assessment(&assessment, Lang::En).text();
        let json = serde_json::to_vec(&assessment).expect("a result has a JSON form");
        assert_eq!(serde_json::from_slice::<AssessmentDoc>(&json).ok(), Some(assessment));
    }
    if let Ok(result) = bundle.appraise() {
        let _ = explain::result(&result, Lang::Ja).text();
        let json = serde_json::to_vec(&result).expect("a result has a JSON form");
        assert_eq!(serde_json::from_slice::<ResultDoc>(&json).ok(), Some(result));
    }
}
