//! Every limit that the engine puts on hostile input, each with its reason.
//!
//! A limit that a caller may change is a field of [`Limits`]; the others are constants, because
//! a larger value would have no honest use.

/// Limits that a deployment may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Largest event log that is parsed. Real logs are 5 to 75 KB; firmware areas are up to
    /// 1 MiB; 4 MiB leaves room for servers with many option ROMs.
    pub event_log_size_bytes_max: usize,
    /// Largest request as a whole. Four logs of the largest size.
    pub request_size_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_log_size_bytes_max: 4 << 20, request_size_bytes_max: 16 << 20 }
    }
}

/// Banks that a Spec ID event may declare. The TCG registry names eight hash algorithms; twice
/// that leaves room for vendor ids.
pub const EVENT_LOG_BANKS_MAX: usize = 16;

/// Records in one event log. The smallest record is 32 bytes, so 4 MiB could hold 131 072; real
/// logs hold at most a few hundred.
pub const EVENT_LOG_EVENTS_MAX: usize = 65_536;

/// Depth of nested SIPA containers. Real logs need 3; every level costs an attacker 8 bytes.
pub const SIPA_DEPTH_MAX: usize = 8;

/// SIPA elements in one event log. Real logs hold about 2 000.
pub const SIPA_NODES_MAX: usize = 65_536;

/// Characters of a UEFI variable name. Real names have at most 20; the bound is that of the
/// go-attestation library.
pub const UEFI_VARIABLE_NAME_CHARS_MAX: usize = 2_048;

/// Signature lists and entries of one Secure Boot variable. A dbx of 2026 holds about 450
/// entries; the variable store of real firmware ends at 64 KiB (about 1 300 hashes).
pub const SIGNATURE_ENTRIES_MAX: usize = 16_384;

/// Nodes of one device path. Real paths have at most a dozen.
pub const DEVICE_PATH_NODES_MAX: usize = 128;

/// Elements of one `EV_EVENT_TAG` record. Real records have one; the TCG allows several.
pub const TAGGED_EVENTS_MAX: usize = 1_024;

/// Characters of the one-line summary of a record. Fits a kernel command line of usual length;
/// the whole data stays reachable by its span.
pub const SUMMARY_CHARS_MAX: usize = 200;

/// Certificates in a chain, leaf and root included. Real EK chains have at most four.
pub const CHAIN_DEPTH_MAX: usize = 5;

/// Intermediate certificates that the host itself may hand in. NV holds at most a handful.
pub const HOST_INTERMEDIATES_MAX: usize = 16;

/// Signatures that one path search may check. A search over a store of 398 vendor certificates
/// needs at most three; the budget stops a mesh of cross-certificates (RUSTSEC-2023-0052).
pub const CHAIN_SIGNATURES_MAX: usize = 64;

/// Certificates that one path search may try as an issuer, those whose signature is known already
/// included. A search over real stores needs a handful; without the bound, certificates that share
/// keys could be combined into tens of thousands of paths for no new signature.
pub const CHAIN_STEPS_MAX: usize = 1_024;

/// RSA modulus sizes in bits that are accepted for verification.
pub const RSA_BITS_MIN: usize = 1_024;
/// See [`RSA_BITS_MIN`]. No TPM vendor uses more than 4096.
pub const RSA_BITS_MAX: usize = 4_096;

/// Events of one register for which the cause of a replay mismatch is searched: the search is
/// quadratic, and real registers hold at most about a hundred events.
pub const DIAGNOSE_EVENTS_MAX: usize = 256;

/// Logs from which one baseline may be derived. A class of hardware has a handful of variants.
pub const BASELINE_LOGS_MAX: usize = 64;

/// Deltas beside one baseline. Each is tried on its own to name the one that counted, and a
/// baseline with more than a few exceptions should be derived again.
pub const BASELINE_DELTAS_MAX: usize = 16;

/// Quotes in one evidence. One quote can select every bank; a few serve hosts that split them.
pub const QUOTES_MAX: usize = 8;

/// Smallest RSA attestation key in bits (NIST SP 800-57, 112 bits of security).
pub const RSA_AK_BITS_MIN: usize = 2_048;

/// Certificates in one artefact (a PEM bundle, a run of DER certificates). The largest public
/// bundle of TPM intermediates holds about 170; Microsoft's cabinet about 1 700.
pub const CERTIFICATES_PER_ARTEFACT_MAX: usize = 4_096;

/// Extensions in one certificate. Real ones have at most a dozen; the lookup of duplicates is
/// quadratic.
pub const CERTIFICATE_EXTENSIONS_MAX: usize = 64;

/// Attributes in one distinguished name. Real names have at most ten.
pub const NAME_ATTRIBUTES_MAX: usize = 64;

/// Characters of a distinguished name as text. Longer names are cut, and say so.
pub const NAME_TEXT_CHARS_MAX: usize = 1_024;

/// Banks of one `TPML_PCR_SELECTION`. The TPM's own bound (`HASH_COUNT`) is 16 in tpm2-tss and
/// less in every TPM.
pub const PCR_SELECTION_BANKS_MAX: usize = 16;

/// Size of a key file or key blob. The largest honest one is a Windows key file with all its
/// sections, below 4 KB; an armoured RSA-4096 key has 800 bytes.
pub const KEY_FILE_SIZE_BYTES_MAX: usize = 64 << 10;

/// Size of a platform identifier file. Real ones hold a key and a certificate: about 8 KB of
/// UTF-16 text.
pub const IDENTIFIER_SIZE_BYTES_MAX: usize = 1 << 20;

/// Depth of elements in a platform identifier file. Nothing that describes one key nests deeper.
pub const IDENTIFIER_DEPTH_MAX: usize = 32;

/// Elements and attributes of a platform identifier file. Real ones have a few dozen.
pub const IDENTIFIER_ELEMENTS_MAX: usize = 4_096;

/// Digests of one `TPML_DIGEST`: the TPM's own bound (`TPM2_PolicyOR` takes at most eight
/// branches).
pub const POLICY_DIGESTS_MAX: usize = 8;

/// Characters of the host's name and of the message in the certificate's place that are kept of
/// a platform identifier file. Longer ones are cut: they are shown, never compared.
pub const IDENTIFIER_TEXT_CHARS_MAX: usize = 1_024;

/// Size of the name of an element or attribute of a platform identifier file. A path of the
/// largest depth stays below 5 KB, however many places have one.
pub const IDENTIFIER_NAME_SIZE_BYTES_MAX: usize = 128;

/// Size of a code integrity policy, binary or XML. The largest public one, a driver blocklist,
/// has 240 KB as binary and 550 KB as XML; a hash rule costs about 60 bytes, so this holds more
/// than 100 000 of them. The model takes at most about twenty times the size of its input.
pub const CI_POLICY_SIZE_BYTES_MAX: usize = 8 << 20;

/// Depth of elements in the XML of a policy. The schema nests seven deep.
pub const CI_POLICY_XML_DEPTH_MAX: usize = 32;

/// Elements in the XML of a policy. The driver blocklist has 6 000; two for each rule of the
/// largest binary.
pub const CI_POLICY_XML_ELEMENTS_MAX: usize = 262_144;

/// Attributes of one element. The schema knows at most sixteen; looking one up is linear.
pub const CI_POLICY_XML_ATTRIBUTES_MAX: usize = 64;

/// Unsupported parts of an XML that are listed one by one.
pub const CI_POLICY_UNSUPPORTED_MAX: usize = 64;

/// Characters of a hostile name or value that an error repeats.
pub const CI_POLICY_QUOTE_CHARS_MAX: usize = 100;

/// Signatures of one signed policy that are checked. Windows' own have one.
pub const CI_POLICY_SIGNATURES_MAX: usize = 8;

/// Certificates in a signed policy that are looked at. A chain and a time stamp's chain have six.
pub const CI_POLICY_CERTIFICATES_MAX: usize = 32;

/// Attributes that a signature may sign. Real ones have at most six.
pub const CI_POLICY_SIGNED_ATTRIBUTES_MAX: usize = 32;

/// Size of the statements that a policy is compared by. References repeat what they refer to, so
/// a hostile policy could name one long rule a million times; the driver blocklist needs 1 MiB.
pub const CI_POLICY_STATEMENTS_SIZE_BYTES_MAX: usize = 16 << 20;

/// Bytes that are hashed to explain why a measured policy is none of the given ones. The driver
/// blocklist in every format and order, with every option turned, is 110 MB.
pub const CI_POLICY_MATCH_SIZE_BYTES_MAX: usize = 256 << 20;

/// The same within an appraisal, where it only explains a failure: a policy of 60 KB in every format
/// and order, with every option turned, is 28 MB.
pub const CI_POLICY_AT_HAND_SIZE_BYTES_MAX: usize = 32 << 20;

/// Policies that one log is compared with, and policies of that log.
pub const CI_POLICY_MATCH_COUNT_MAX: usize = 64;

/// Entries of a signature database that a result lists as added, and as many as removed; it counts
/// all of them. A dbx of 2026 holds about 450.
pub const DIFFERENCE_ENTRIES_MAX: usize = 512;

/// Places of one claim that a result lists; it counts all of them. The state that Windows repeats
/// in every set stands in at most six places; a hundred loaded images are listed by `inspect`.
pub const CLAIM_PLACES_MAX: usize = 8;
