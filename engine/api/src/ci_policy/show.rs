//! What a policy file says.

use portcullis_engine::ci_policy::diff::{describe, statements};
use portcullis_engine::ci_policy::signature::{self, SignatureState};
use portcullis_engine::ci_policy::{self, warnings as engine};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_engine::wire::Guid;
use portcullis_engine::wire::ci_policy::{NAMED_POLICIES, OptionFlag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PolicyError, StatementDoc, WarningDoc, warnings};

/// A policy file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CiPolicyShowDoc {
    /// `portcullis.ci-policy/1`.
    pub schema: String,
    /// Name of the file, as given.
    pub file: String,
    /// `binary`, `signed_binary` or `xml`.
    pub encoding: String,
    /// Format of a binary, or of the binary that an XML was decoded from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format_version: Option<u32>,
    /// What it is for, as the XML says it; absent for the only policy of a machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of the setting `PolicyInfo/Information/Name`, else the XML's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The setting `PolicyInfo/Information/Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_text: Option<String>,
    /// `major.minor.build.revision`.
    pub version: String,
    /// Type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<String>,
    /// What the type, or else the id, stands for, when it is a known one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_type_name: Option<String>,
    /// Platform.
    pub platform: String,
    /// Id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_id: Option<String>,
    /// Id of the base policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_policy_id: Option<String>,
    /// SHA-256 of the policy without its signature: what a host measures. An XML has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
    /// The options that are set.
    pub options: Vec<String>,
    /// `HvciOptions` in words.
    pub hvci: String,
    /// Numbers of its elements.
    pub counts: CountsDoc,
    /// Its signatures. Who signed is not established.
    pub signatures: Vec<SignatureDoc>,
    /// What an administrator should know.
    pub warnings: Vec<WarningDoc>,
    /// Everything that it says.
    pub statements: Vec<StatementDoc>,
    /// False when there is more than could be listed.
    pub complete: bool,
}

/// Numbers of a policy's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CountsDoc {
    /// EKUs.
    pub ekus: usize,
    /// File rules.
    pub file_rules: usize,
    /// Signers.
    pub signers: usize,
    /// Signing scenarios.
    pub scenarios: usize,
    /// Settings.
    pub settings: usize,
}

/// A signature.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignatureDoc {
    /// Subject of the certificate that it names, when the file has that certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// `holds`, `broken` or `unchecked`.
    pub state: String,
    /// Why it does not hold, or could not be checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Reads a policy file of any kind.
///
/// # Errors
/// [`PolicyError`].
pub fn show(file: &str, bytes: &[u8]) -> Result<CiPolicyShowDoc, PolicyError> {
    let found = ci_policy::read(bytes)?;
    let policy = &found.policy;
    let said = statements(policy);
    let guid = |guid: Option<Guid>| guid.map(|guid| guid.to_string());
    let signatures = found.wrapper.as_ref().map(signature::check).unwrap_or_default();
    Ok(CiPolicyShowDoc {
        schema: "portcullis.ci-policy/1".into(),
        file: file.to_owned(),
        encoding: found.encoding.name().into(),
        format_version: policy.format,
        kind: policy.kind.name().map(Into::into),
        name: policy.info_name().map(Into::into).or_else(|| policy.friendly_name.clone()),
        id_text: policy.info_id().map(Into::into),
        version: policy.version.to_string(),
        policy_type: guid(policy.type_id),
        policy_type_name: [policy.type_id, policy.policy_id]
            .into_iter()
            .flatten()
            .find_map(|id| NAMED_POLICIES.iter().find(|(known, _)| *known == id))
            .map(|(_, name)| (*name).to_owned()),
        platform: policy.platform.to_string(),
        policy_id: guid(policy.policy_id),
        base_policy_id: guid(policy.base_policy_id),
        policy_sha256: found.raw.map(|raw| digest(HashAlg::Sha256, &[raw]).to_string()),
        options: policy.options().filter_map(OptionFlag::name).map(Into::into).collect(),
        hvci: describe::hvci(policy.hvci_options),
        counts: CountsDoc {
            ekus: policy.ekus.len(),
            file_rules: policy.file_rules.len(),
            signers: policy.signers.len(),
            scenarios: policy.scenarios.len(),
            settings: policy.settings.len(),
        },
        signatures: signatures.into_iter().map(signature_doc).collect(),
        warnings: warnings(&engine::of_file(&found)),
        statements: said.list.iter().map(StatementDoc::from).collect(),
        complete: said.complete,
    })
}

fn signature_doc(signature: signature::PolicySignature) -> SignatureDoc {
    let (state, why) = match signature.state {
        SignatureState::Holds => ("holds", None),
        SignatureState::Broken(why) => ("broken", Some(why)),
        SignatureState::Unchecked(why) => ("unchecked", Some(why)),
    };
    SignatureDoc { signer: signature.signer, state: state.into(), why: why.map(Into::into) }
}
