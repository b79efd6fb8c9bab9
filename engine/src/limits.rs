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

/// Certificates in a chain, leaf and root included. Real EK chains have at most four.
pub const CHAIN_DEPTH_MAX: usize = 5;

/// Intermediate certificates that the host itself may hand in. NV holds at most a handful.
pub const HOST_INTERMEDIATES_MAX: usize = 16;

/// Signatures that one path search may check. A search over real stores needs at most eight;
/// the budget stops a mesh of cross-certificates (RUSTSEC-2023-0052).
pub const CHAIN_SIGNATURES_MAX: usize = 64;

/// RSA modulus sizes in bits that are accepted for verification.
pub const RSA_BITS_MIN: usize = 1_024;
/// See [`RSA_BITS_MIN`]. No TPM vendor uses more than 4096.
pub const RSA_BITS_MAX: usize = 4_096;

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

/// Elements of a platform identifier file.
pub const IDENTIFIER_ELEMENTS_MAX: usize = 4_096;
