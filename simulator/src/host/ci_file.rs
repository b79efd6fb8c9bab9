//! The file of a code integrity policy that a specification names by its label.
//!
//! Format: the binary form of format version 7, little-endian (fields in the order in which
//! Windows' own tools write them; no specification is public). The policy allows everything in
//! kernel and user mode by one file rule each, so that a host with it starts.

use portcullis_wire::Guid;
use portcullis_wire::sipa::CapiAlg;

use crate::bytes::Bytes;
use crate::spec::{CiMode, CiPolicySpec, CiUpdate};

/// Format version.
const FORMAT: u32 = 7;
/// Size of the header: where the body begins.
const BODY_OFFSET: u32 = 0x40;
/// Type of a policy of the site.
const POLICY_TYPE: Guid = Guid::from_fields(
    0xa244_370e,
    0x44c9,
    0x4c06,
    [0xb5, 0x51, 0xf6, 0x01, 0x6e, 0x56, 0x30, 0x76],
);
/// Type of Windows' own list of drivers that it refuses.
const DRIVER_POLICY_TYPE: Guid = Guid::from_fields(
    0xd2bd_a982,
    0xccf6,
    0x4344,
    [0xac, 0x5b, 0x0b, 0x44, 0x42, 0x7b, 0x68, 0x16],
);
/// The platform that every policy names.
const PLATFORM: Guid = Guid::from_fields(
    0x2e07_f7e4,
    0x194c,
    0x4d20,
    [0xb7, 0xc9, 0x6f, 0x44, 0xa6, 0xc5, 0xa2, 0x34],
);

/// Option bits.
mod option {
    pub const UMCI: u32 = 1 << 2;
    pub const AUDIT: u32 = 1 << 16;
    pub const UNSIGNED: u32 = 1 << 19;
    pub const NO_REBOOT: u32 = 1 << 28;
    pub const ALWAYS: u32 = 1 << 31;
}

/// Signing scenarios: drivers and applications.
const SCENARIOS: [u32; 2] = [131, 12];

/// Text: length, characters, and the word that ends it. The length must be a multiple of four.
fn text(bytes: Bytes, text: &str) -> Bytes {
    let characters = Bytes::new().utf16(text).0;
    let padding = characters.len().next_multiple_of(4).saturating_sub(characters.len());
    bytes.sized32(&characters).fill(0, padding).u32(0)
}

/// The contents of the file.
pub(super) fn content(spec: &CiPolicySpec) -> Vec<u8> {
    let mut options = option::UMCI | option::UNSIGNED | option::ALWAYS;
    if spec.mode == CiMode::Audit {
        options |= option::AUDIT;
    }
    if spec.update == CiUpdate::NoReboot {
        options |= option::NO_REBOOT;
    }
    let policy_type = match spec.file_name.eq_ignore_ascii_case("DriverSiPolicy.p7b") {
        true => DRIVER_POLICY_TYPE,
        false => POLICY_TYPE,
    };
    let [major, minor, build, revision] = spec.version;
    let header = Bytes::new()
        .u32(FORMAT)
        .guid(policy_type)
        .guid(PLATFORM)
        .u32(options)
        // No EKUs, one file rule, no signers, two scenarios.
        .u32(0)
        .u32(1)
        .u32(0)
        .u32(2)
        .u16(revision)
        .u16(build)
        .u16(minor)
        .u16(major)
        .u32(BODY_OFFSET);
    // The rule allows every file name.
    let rule = text(header.u32(1), "*").u64(0).u32(0);
    // No update signers, no signers for user mode.
    let body = SCENARIOS.iter().fold(rule.u32(0).u32(0), |body, value| {
        let body = body.u32(*value).u32(0).u32(CapiAlg::SHA256.0);
        // Three groups: product, test, test signing. Only the first has the rule.
        let product = body.u32(0).u32(0).u32(1).u32(0);
        product.fill(0, 2 * 12)
    });
    // HVCI options none; the label is kept as a setting, so that another label is another policy.
    let settings = text(text(text(body.u32(0).u32(1), "PolicyInfo"), "Information"), "Id").u32(3);
    extensions(text(settings, &spec.label), policy_type).0
}

/// The sections that later format versions added, each empty for the one rule.
fn extensions(bytes: Bytes, id: Guid) -> Bytes {
    let empty_text = |bytes: Bytes| bytes.u32(0).u32(0);
    // 3: maximum version, no application ids. 4: three names. 5: package name and version.
    let three = bytes.u32(3).u64(0).u32(0);
    let four = empty_text(empty_text(empty_text(three.u32(4))));
    let five = empty_text(four.u32(5)).u64(0);
    // 6: its own id and its base's, no supplemental signers. 7: path. Then the end.
    let six = five.u32(6).guid(id).guid(id).u32(0);
    empty_text(six.u32(7)).u32(FORMAT.saturating_add(1))
}
