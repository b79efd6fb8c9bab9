//! `PCPM`: the file in which Windows keeps a TPM 2.0 key.
//!
//! The public area is what Windows loads, and [`crate::formats::tpm::Name`] names. Nothing else
//! in the file proves anything: the private part opens only inside the TPM, and the header, the
//! policy digests and the register binding are Windows' notes to itself.

use super::{magic, platform_2_0};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, Parsed, be_u32, complete, le_u16, le_u32, take};
use crate::formats::tpm::{TpmtPublic, sized};
use crate::limits::POLICY_DIGESTS_MAX;
use crate::wire::TpmAlg;
use crate::wire::tpm::pcp::{KEY_HEADER_SIZE_BYTES_WINDOWS_8, PcpMagic};

/// A key file of a TPM 2.0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PcpKeyFile<'a> {
    /// Where the header stands.
    pub header_span: Span,
    /// Flags; bit 0: using the key takes an authorization.
    pub flags: u32,
    /// Algorithm of the registers in [`PcpKeyFile::pcr_binding`]. `None` for a key without such
    /// a binding, and in files of Windows 8.
    pub pcr_alg: Option<TpmAlg>,
    /// The public area.
    pub public: TpmtPublic<'a>,
    /// `TPM2B_PRIVATE`, encrypted by the TPM; empty for a key that lives at a persistent handle.
    pub private: Input<'a>,
    /// Public area of the parent that the key was migrated to.
    pub migration_public: Input<'a>,
    /// Private part for that parent.
    pub migration_private: Input<'a>,
    /// The branches of the policy that the public area holds (`TPM2_PolicyOR`); a branch that is
    /// not in use is empty.
    pub policy_digests: Vec<Input<'a>>,
    /// Registers that using the key is bound to.
    pub pcr_binding: Input<'a>,
    /// Values of these registers. In the file of a key at a persistent handle Windows puts
    /// something else here: the handle, a name, creation data with their digest and ticket.
    pub pcr_digest: Input<'a>,
    /// Secret for activating a credential.
    pub encrypted_secret: Input<'a>,
    /// The same key for a TPM 1.2.
    pub tpm12_hostage: Input<'a>,
}

impl<'a> PcpKeyFile<'a> {
    /// Reads a key file that is the whole input.
    ///
    /// # Errors
    /// Another magic, a key of a TPM 1.2, a header of unknown size, a public part that is not
    /// exactly one `TPM2B_PUBLIC`, bytes behind the parts, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "PCP_20_KEY_BLOB", parse_key_file)
    }
}

/// Number of the parts that the header gives sizes of.
const PARTS_COUNT: usize = 9;

fn parse_key_file(input: Input<'_>) -> Parsed<'_, PcpKeyFile<'_>> {
    let (rest, ()) = magic(PcpMagic::KEY)(input)?;
    let header_size_at = rest;
    let (rest, header_size) = le_u32("cbHeader")(rest)?;
    let (rest, ()) = platform_2_0("pcpType")(rest)?;
    let (rest, flags) = le_u32("flags")(rest)?;
    let (rest, sizes) = part_sizes(rest)?;
    let (parts, pcr_alg) = match header_size.checked_sub(KEY_HEADER_SIZE_BYTES_WINDOWS_8) {
        Some(0) => (rest, None),
        Some(2) => pcr_alg(rest)?,
        // The compiler pads the structure to whole words.
        Some(4) => {
            let (rest, alg) = pcr_alg(rest)?;
            (take("padding", 2)(rest)?.0, alg)
        }
        _ => {
            let kind = ParseErrorKind::Unsupported(u64::from(header_size));
            return header_size_at.fail(kind, "cbHeader", 4);
        }
    };
    let header_span = parts.span_since(input);
    let [public, private, migration_public, migration_private, policies, rest @ ..] = sizes;
    let [pcr_binding, pcr_digest, encrypted_secret, tpm12_hostage] = rest;
    let (rest, public) = take("public", public)(parts)?;
    let public = TpmtPublic::parse_tpm2b(public).map_err(nom::Err::Error)?;
    let (rest, private) = take("private", private)(rest)?;
    let (rest, migration_public) = take("migrationPublic", migration_public)(rest)?;
    let (rest, migration_private) = take("migrationPrivate", migration_private)(rest)?;
    let (rest, policies) = take("policyDigestList", policies)(rest)?;
    let (rest, pcr_binding) = take("pcrBinding", pcr_binding)(rest)?;
    let (rest, pcr_digest) = take("pcrDigest", pcr_digest)(rest)?;
    let (rest, encrypted_secret) = take("encryptedSecret", encrypted_secret)(rest)?;
    let (rest, tpm12_hostage) = take("tpm12HostageBlob", tpm12_hostage)(rest)?;
    let file = PcpKeyFile {
        header_span,
        flags,
        pcr_alg,
        public,
        private,
        migration_public,
        migration_private,
        policy_digests: policy_digests(policies).map_err(nom::Err::Error)?,
        pcr_binding,
        pcr_digest,
        encrypted_secret,
        tpm12_hostage,
    };
    Ok((rest, file))
}

/// The header's sizes of the parts, in the order of the parts.
fn part_sizes(input: Input<'_>) -> Parsed<'_, [usize; PARTS_COUNT]> {
    const FIELDS: [&str; PARTS_COUNT] = [
        "cbPublic",
        "cbPrivate",
        "cbMigrationPublic",
        "cbMigrationPrivate",
        "cbPolicyDigestList",
        "cbPCRBinding",
        "cbPCRDigest",
        "cbEncryptedSecret",
        "cbTpm12HostageBlob",
    ];
    let mut rest = input;
    let mut sizes = [0; PARTS_COUNT];
    for (size, field) in sizes.iter_mut().zip(FIELDS) {
        let value;
        (rest, value) = le_u32(field)(rest)?;
        *size = value as usize;
    }
    Ok((rest, sizes))
}

fn pcr_alg(input: Input<'_>) -> Parsed<'_, Option<TpmAlg>> {
    let (rest, alg) = le_u16("pcrAlgId")(input)?;
    Ok((rest, (alg != 0).then_some(TpmAlg(alg))))
}

/// `TPML_DIGEST`, in the TPM's byte order; a part of no bytes holds no list.
fn policy_digests(part: Input<'_>) -> Result<Vec<Input<'_>>, ParseError> {
    if part.is_empty() {
        return Ok(Vec::new());
    }
    complete(part, "policyDigestList", |input| {
        let (mut rest, count) = be_u32("count")(input)?;
        if count as usize > POLICY_DIGESTS_MAX {
            let (found, limit) = (u64::from(count), POLICY_DIGESTS_MAX as u64);
            return input.fail(ParseErrorKind::OverLimit { found, limit }, "count", 4);
        }
        let mut digests = Vec::new();
        for _ in 0..count {
            let digest;
            (rest, digest) = sized("digest")(rest)?;
            digests.push(digest);
        }
        Ok((rest, digests))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TPM2B_PUBLIC` of an RSA key with an 8-bit modulus: 27 bytes.
    const PUBLIC: &[u8] = &[
        0, 25, 0, 1, 0, 0x0b, 0, 5, 4, 0x72, 0, 0, 0, 0x10, 0, 0x14, 0, 4, 0, 8, 0, 0, 0, 0, 0, 1,
        0x81,
    ];

    /// A key file with parts of the given sizes behind the public one.
    fn file(header_size: u32, public: &[u8], sizes: [u32; 8], parts: &[u8]) -> Vec<u8> {
        let mut file = b"PCPM".to_vec();
        for word in [header_size, 2, 0, public.len() as u32].into_iter().chain(sizes) {
            file.extend(word.to_le_bytes());
        }
        file.resize(header_size as usize, 0);
        [&file, public, parts].concat()
    }

    fn refused(bytes: &[u8]) -> String {
        PcpKeyFile::parse(Input::new(bytes)).unwrap_err().to_string()
    }

    #[test]
    fn headers_of_all_three_sizes_are_read() {
        for size in [52, 54, 56] {
            let bytes = file(size, PUBLIC, [0; 8], &[]);
            let file = PcpKeyFile::parse(Input::new(&bytes)).unwrap();
            assert_eq!(file.header_span, Span::new(0, size as usize));
            assert_eq!(file.public.bytes.span(), Span::new(size as usize + 2, 25));
            assert_eq!(file.pcr_alg, None);
        }
        let refusal = "`cbHeader` at byte 4: value 0x35 is not supported";
        assert_eq!(refused(&file(53, PUBLIC, [0; 8], &[])), refusal);
    }

    #[test]
    fn the_parts_follow_in_the_order_of_their_sizes() {
        let list = [0, 0, 0, 2, 0, 1, 9, 0, 0];
        let parts = [&[1, 2, 2, 3, 3, 3][..], &list, &[4, 5, 5, 6, 7]].concat();
        let mut bytes = file(56, PUBLIC, [1, 2, 3, 9, 1, 2, 1, 1], &parts);
        bytes[52] = 4;
        let file = PcpKeyFile::parse(Input::new(&bytes)).unwrap();
        assert_eq!(file.pcr_alg, Some(TpmAlg::SHA1));
        assert_eq!(file.private.span(), Span::new(83, 1));
        assert_eq!(file.migration_public.bytes(), [2, 2]);
        assert_eq!(file.migration_private.bytes(), [3, 3, 3]);
        let digests: Vec<_> = file.policy_digests.iter().map(Input::bytes).collect();
        assert_eq!(digests, [&[9][..], &[]]);
        assert_eq!(file.pcr_binding.bytes(), [4]);
        assert_eq!(file.pcr_digest.bytes(), [5, 5]);
        assert_eq!(file.encrypted_secret.bytes(), [6]);
        assert_eq!(file.tpm12_hostage.span(), Span::new(102, 1));
    }

    #[test]
    fn sizes_that_do_not_add_up_are_refused_at_the_part() {
        let check = |sizes, parts: &[u8], message: &str| {
            assert_eq!(refused(&file(56, PUBLIC, sizes, parts)), message);
        };
        check([1, 0, 0, 0, 0, 0, 0, 0], &[], "`private` at byte 83: needs 1 bytes, 0 are left");
        check(
            [0, 0, 0, 0, 0, u32::MAX, 0, 0],
            &[1],
            "`pcrDigest` at byte 83: needs 4294967295 bytes, 1 are left",
        );
        check([0; 8], &[1], "`PCP_20_KEY_BLOB` at byte 83: 1 bytes follow the structure");
        check(
            [0, 0, 0, 4, 0, 0, 0, 0],
            &[0, 0, 0, 9],
            "`count` at byte 83: 9 is over the limit of 8",
        );
        check(
            [0, 0, 0, 5, 0, 0, 0, 0],
            &[0, 0, 0, 0, 1],
            "`policyDigestList` at byte 87: 1 bytes follow the structure",
        );
    }

    #[test]
    fn a_public_part_with_bytes_behind_its_structure_is_refused() {
        let public = [PUBLIC, &[0]].concat();
        assert_eq!(
            refused(&file(56, &public, [0; 8], &[])),
            "`TPM2B_PUBLIC` at byte 83: 1 bytes follow the structure"
        );
    }

    #[test]
    fn a_key_of_a_tpm_1_2_is_not_supported() {
        let mut bytes = file(56, PUBLIC, [0; 8], &[]);
        bytes[8] = 1;
        assert_eq!(refused(&bytes), "`pcpType` at byte 8: value 0x1 is not supported");
        bytes[8] = 3;
        assert_eq!(refused(&bytes), "`pcpType` at byte 8: value 0x3 is not supported");
        bytes[3] = b'm';
        assert_eq!(refused(&bytes), "`magic` at byte 0: is 0x6d504350, expected 0x4d504350");
    }
}
