//! Windows' measured-boot elements.

use portcullis_engine::finding::FindingCode;
use portcullis_engine::formats::eventlog::Event;
use portcullis_engine::formats::sipa::{self, NodeBudget, SipaNode, SipaTree, SipaValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoteDoc;
use super::quote::{self, QuoteInfoDoc};
use crate::text::hex;

/// One element.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SipaDoc {
    /// Its type.
    #[serde(rename = "type")]
    pub element_type: u32,
    /// The type's name, or its number in hexadecimal.
    pub type_name: String,
    /// What it says, for people.
    pub summary: String,
    /// Offset of the element.
    pub offset: usize,
    /// Size of the element.
    pub size: usize,
    /// Its data; absent from a container, and where the data does not fit the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SipaValueDoc>,
    /// Why the data does not fit the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecodable: Option<String>,
    /// The elements inside a container.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<SipaDoc>,
}

/// The data of an element. Its type decides the form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SipaValueDoc {
    /// A flag.
    Boolean(bool),
    /// A 32-bit number.
    Number(u32),
    /// A 64-bit number in decimal, a text, or bytes in lower-case hexadecimal.
    Text(String),
    /// Who signed a code integrity policy.
    PolicySigner(PolicySignerDoc),
    /// A code integrity policy.
    Policy(PolicyDoc),
    /// A revocation list.
    RevocationList(RevocationListDoc),
    /// A Secure Boot configuration policy.
    Sbcp(SbcpDoc),
    /// A public key of virtual secure mode.
    Key(IdkDoc),
    /// A signature.
    Signature(KsrSignatureDoc),
    /// A quote of a trust point.
    Quote(QuoteInfoDoc),
}

/// A code integrity policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyDoc {
    /// File name.
    pub name: String,
    /// `major.minor.build.revision`.
    pub version: String,
    /// Algorithm of the digest.
    pub hash_alg: String,
    /// Digest of the policy.
    pub digest: String,
}

/// Who signed a code integrity policy, or may sign its update.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicySignerDoc {
    /// File name of the policy.
    pub policy_name: String,
    /// Windows' number of the root certificate.
    pub root_id: u32,
    /// Extended key usages.
    pub ekus: Vec<String>,
    /// The signer's certificates.
    pub certificates: Vec<PolicyCertificateDoc>,
}

/// A certificate of a policy's signer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyCertificateDoc {
    /// Common name of the subject.
    pub publisher: String,
    /// Common name of the issuer.
    pub issuer: String,
    /// Algorithm of the digest.
    pub hash_alg: String,
    /// Digest of the certificate's part that is signed.
    pub digest: String,
}

/// A revocation list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RevocationListDoc {
    /// When it was made, in units of 100 ns since 1601.
    #[serde(with = "crate::text::decimal")]
    #[schemars(with = "String")]
    pub created_filetime: u64,
    /// Algorithm of the digest.
    pub hash_alg: String,
    /// Digest of the list.
    pub digest: String,
}

/// A Secure Boot configuration policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SbcpDoc {
    /// Option flags.
    pub options: u32,
    /// Number of signers.
    pub signers_count: u32,
    /// Algorithm of the digest.
    pub hash_alg: String,
    /// Digest of the policy.
    pub digest: String,
}

/// A public key of virtual secure mode.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IdkDoc {
    /// Size of the modulus in bits.
    pub key_bits: u32,
    /// Public exponent.
    pub exponent: String,
    /// Modulus.
    pub modulus: String,
}

/// A signature over a kernel soft reboot's measurements.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KsrSignatureDoc {
    /// Algorithm.
    pub alg: u32,
    /// The signature.
    pub signature: String,
}

/// The elements of a record; empty when it claims none, or when they break.
pub(super) fn documents(
    event: &Event<'_>,
    budget: &mut NodeBudget,
    notes: &mut Vec<NoteDoc>,
) -> Vec<SipaDoc> {
    let code = FindingCode::EventUndecodable.text();
    match sipa::of_event(event, budget) {
        None => Vec::new(),
        Some(Err(reason)) => {
            let text = format!("event {}: {reason}", event.index);
            notes.push(NoteDoc::new(code, text, Some(reason.span)));
            Vec::new()
        }
        Some(Ok(tree)) => {
            for node in tree.nodes() {
                if let SipaValue::Undecodable { reason } = node.value() {
                    let text = format!("event {}: {reason}", event.index);
                    notes.push(NoteDoc::new(code, text, Some(reason.span)));
                }
            }
            tree.roots().map(|root| document(&tree, root)).collect()
        }
    }
}

/// Recurses as deep as containers nest, which the reader of the tree limits.
fn document(tree: &SipaTree<'_>, node: &SipaNode<'_>) -> SipaDoc {
    let (value, undecodable) = match node.value() {
        SipaValue::Undecodable { reason } => (None, Some(reason.to_string())),
        value => (value_doc(value), None),
    };
    SipaDoc {
        element_type: node.kind.0,
        type_name: node.kind.to_string(),
        summary: tree.summary(node),
        offset: node.span.offset,
        size: node.span.size,
        value,
        undecodable,
        children: tree.children_of(node).map(|child| document(tree, child)).collect(),
    }
}

fn value_doc(value: SipaValue<'_>) -> Option<SipaValueDoc> {
    use SipaValueDoc as Doc;
    Some(match value {
        SipaValue::Boolean(flag) => Doc::Boolean(flag),
        SipaValue::U32(number) => Doc::Number(number),
        SipaValue::U64(number) => Doc::Text(number.to_string()),
        SipaValue::TransferControl(number) => Doc::Number(number.0),
        SipaValue::BitlockerUnlock(flags) => Doc::Number(flags.0),
        SipaValue::OsDevice(device) => Doc::Number(device.0),
        SipaValue::HashAlgorithm(alg) => Doc::Number(alg.0),
        SipaValue::Text(text) => Doc::Text(text.text.into_owned()),
        SipaValue::Digest(bytes)
        | SipaValue::PublicKey(bytes)
        | SipaValue::Bytes(bytes)
        | SipaValue::Unknown(bytes) => Doc::Text(hex(bytes)),
        SipaValue::Quote(attest) => Doc::Quote(quote::document(&attest)),
        other => return structure_doc(other),
    })
}

fn structure_doc(value: SipaValue<'_>) -> Option<SipaValueDoc> {
    use SipaValueDoc as Doc;
    Some(match value {
        SipaValue::SiPolicy(policy) => Doc::Policy(PolicyDoc {
            name: policy.name.text.into_owned(),
            version: policy.version.to_string(),
            hash_alg: policy.hash_alg.to_string(),
            digest: hex(policy.digest),
        }),
        SipaValue::SiPolicySigner(signer) => Doc::PolicySigner(signer_doc(&signer)),
        SipaValue::RevocationList(list) => Doc::RevocationList(RevocationListDoc {
            created_filetime: list.created_filetime,
            hash_alg: list.hash_alg.to_string(),
            digest: hex(list.digest),
        }),
        SipaValue::SbcpInfo(info) => Doc::Sbcp(SbcpDoc {
            options: info.options.0,
            signers_count: info.signers_count,
            hash_alg: info.hash_alg.to_string(),
            digest: hex(info.digest),
        }),
        SipaValue::VsmIdk(key) => Doc::Key(IdkDoc {
            key_bits: key.key_bits,
            exponent: hex(key.exponent),
            modulus: hex(key.modulus),
        }),
        SipaValue::KsrSignature(signature) => Doc::Signature(KsrSignatureDoc {
            alg: signature.alg,
            signature: hex(signature.signature),
        }),
        _ => return None,
    })
}

fn signer_doc(signer: &sipa::SiPolicySigner<'_>) -> PolicySignerDoc {
    let certificate = |certificate: &sipa::SiPolicyCertificate<'_>| PolicyCertificateDoc {
        publisher: certificate.publisher.text.clone().into_owned(),
        issuer: certificate.issuer.text.clone().into_owned(),
        hash_alg: certificate.hash_alg.to_string(),
        digest: hex(certificate.digest),
    };
    PolicySignerDoc {
        policy_name: signer.policy_name.text.clone().into_owned(),
        root_id: signer.root_id,
        ekus: signer.ekus.iter().map(|eku| hex(eku)).collect(),
        certificates: signer.certificates.iter().map(certificate).collect(),
    }
}

#[cfg(test)]
mod tests {
    use portcullis_engine::Span;
    use portcullis_engine::wire::{EventType, SipaType};
    use serde_json::{Value, json};

    use super::*;

    fn element(kind: SipaType, data: &[u8]) -> Vec<u8> {
        [&kind.0.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data].concat()
    }

    /// The elements of a record at byte 100 as JSON, and the notes about them.
    fn inspected(data: &[u8], budget: &mut NodeBudget) -> (Value, Vec<NoteDoc>) {
        let event = Event {
            index: 3,
            pcr: 12,
            untrusted_type: EventType::EVENT_TAG,
            digests: Vec::new(),
            data,
            span: Span::new(50, data.len() + 50),
            data_span: Span::new(100, data.len()),
        };
        let mut notes = Vec::new();
        let documents = documents(&event, budget, &mut notes);
        (serde_json::to_value(documents).unwrap(), notes)
    }

    #[test]
    fn an_element_has_its_place_and_value() {
        let counter = element(SipaType::BOOTCOUNTER, &[0xff; 8]);
        let record = element(SipaType::TRUSTBOUNDARY, &counter);
        let (found, notes) = inspected(&record, &mut NodeBudget::default());
        let counter = json!({
            "type": 0x0002_0002,
            "type_name": "BOOTCOUNTER",
            "summary": "BOOTCOUNTER = 18446744073709551615",
            "offset": 108,
            "size": 16,
            "value": "18446744073709551615",
        });
        let boundary = json!({
            "type": 0x4001_0001,
            "type_name": "TRUSTBOUNDARY",
            "summary": "TRUSTBOUNDARY: BOOTCOUNTER = 18446744073709551615",
            "offset": 100,
            "size": 24,
            "children": [counter],
        });
        assert_eq!((found, notes), (json!([boundary]), Vec::new()));
    }

    #[test]
    fn values_have_the_form_of_their_type() {
        let check = |kind, data: &[u8], expect: Value| {
            let (found, notes) = inspected(&element(kind, data), &mut NodeBudget::default());
            assert_eq!((&found[0]["value"], notes), (&expect, Vec::new()), "{kind}");
        };
        check(SipaType::WINPE, &[1], json!(true));
        check(SipaType::TRANSFER_CONTROL, &[5, 0, 0, 0], json!(5));
        check(SipaType::SYSTEMROOT, &[b'\\', 0, b'W', 0, 0, 0], json!("\\W"));
        check(SipaType::ELAM_MEASURED, &[0xab; 20], json!("ab".repeat(20)));
        check(SipaType(0x0005_7777), &[1, 0xff], json!("01ff"));
        let list = [&[1, 0, 0, 0, 0, 0, 0, 0x80][..], &[20, 0, 0, 0, 4, 0], &[0xcd; 20]].concat();
        let expect = json!({
            "created_filetime": "9223372036854775809",
            "hash_alg": "sha1",
            "digest": "cd".repeat(20),
        });
        check(SipaType::OS_REVOCATION_LIST, &list, expect);
        let signature = [&[7, 0, 0, 0, 1, 0, 0, 0][..], &[0xee]].concat();
        check(SipaType::KSR_SIGNATURE, &signature, json!({ "alg": 7, "signature": "ee" }));
    }

    #[test]
    fn what_does_not_fit_is_a_note_with_its_place() {
        let check = |data: &[u8], text: &str, offset| {
            let (found, notes) = inspected(data, &mut NodeBudget::default());
            assert_eq!(notes.len(), 1);
            assert_eq!(notes[0].code, "EVENT-UNDECODABLE");
            assert_eq!((notes[0].text.as_str(), notes[0].offset), (text, Some(offset)));
            found
        };
        let reason = "`WINPE` at byte 116: is neither 0 nor 1";
        let record = element(SipaType::TRUSTBOUNDARY, &element(SipaType::WINPE, &[2]));
        let found = check(&record, &format!("event 3: {reason}"), 116);
        assert_eq!(found[0]["children"][0]["undecodable"], reason);
        assert_eq!(found[0]["children"][0].get("value"), None);

        let reason = "`taggedEventDataSize` at byte 104: needs 9 bytes, 8 are left";
        let record =
            [&SipaType::TRUSTBOUNDARY.0.to_le_bytes()[..], &[9, 0, 0, 0], &[0; 8]].concat();
        assert_eq!(check(&record, &format!("event 3: {reason}"), 104), json!([]));
    }

    #[test]
    fn the_elements_of_a_log_share_one_budget() {
        let record = element(SipaType::WINPE, &[0]).repeat(40_000);
        let mut budget = NodeBudget::default();
        assert_eq!(inspected(&record, &mut budget).1, Vec::new());
        let (found, notes) = inspected(&record, &mut budget);
        assert_eq!((found, notes.len()), (json!([]), 1));
    }
}
