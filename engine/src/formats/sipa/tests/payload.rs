//! Structures with a fixed head.

use portcullis_wire::TpmAlg;
use portcullis_wire::sipa::{CapiAlg, SbcpOptions};

use super::*;

/// Little-endian fields of 2, 4 or 8 bytes.
fn le(value: u64, size: usize) -> Vec<u8> {
    value.to_le_bytes()[..size].to_vec()
}

/// The payload with one byte changed by addition.
fn changed(payload: &[u8], place: usize, by: u8) -> Vec<u8> {
    let mut payload = payload.to_vec();
    payload[place] = payload[place].wrapping_add(by);
    payload
}

fn si_policy() -> Vec<u8> {
    let version = le(0x000a_0000_52e2_0001, 8);
    let sizes = [le(18, 2), le(0x000b, 2), le(32, 4)].concat();
    [version, sizes, utf16("some.p7b\0"), vec![0xd1; 32]].concat()
}

#[test]
fn a_policy_has_version_name_and_digest() {
    let record = element(SipaType::SI_POLICY, &si_policy());
    let found = value(&record);
    let SipaValue::SiPolicy(policy) = &found else { panic!("{found:?}") };
    assert_eq!(policy.version.to_string(), "10.0.21218.1");
    assert_eq!(&*policy.name.text, "some.p7b");
    assert_eq!(policy.name.span, Span::new(OFFSET + 8 + 16, 16));
    assert_eq!((policy.hash_alg, policy.digest), (TpmAlg::SHA256, &[0xd1; 32][..]));
    let newer = PolicyVersion(policy.version.0 + 1);
    assert!(newer > policy.version && newer.to_string() == "10.0.21218.2");
}

#[test]
fn a_policy_whose_sizes_do_not_fit_is_refused() {
    let (kind, payload) = (SipaType::SI_POLICY, si_policy());
    // Name longer by one character: the digest does not fit any more.
    refuse(kind, &changed(&payload, 8, 2), "Digest", 16 + 20);
    // Shorter: the digest begins early, and two bytes are left.
    refuse(kind, &changed(&payload, 8, 254), "SIPAEVENT_SI_POLICY_PAYLOAD", payload.len() - 2);
    // Odd name, SHA-384 with 32 bytes, 33 bytes of digest, a byte too few, an empty payload.
    let odd = [changed(&payload, 8, 1), vec![0]].concat();
    refuse(kind, &odd, "PolicyName", 16);
    refuse(kind, &changed(&payload, 10, 1), "DigestLength", 16 + 18);
    refuse(kind, &changed(&payload, 12, 1), "Digest", 16 + 18);
    refuse(kind, &payload[..payload.len() - 1], "Digest", 16 + 18);
    refuse(
        kind,
        &[payload.clone(), vec![0]].concat(),
        "SIPAEVENT_SI_POLICY_PAYLOAD",
        payload.len(),
    );
    refuse(kind, &[], "PolicyVersion", 0);
    refuse(kind, &payload[..11], "HashAlgID", 10);
    // A digest of no bytes, of an algorithm that nobody knows.
    let empty = [le(0, 8), le(0, 2), le(0x7777, 2), le(0, 4)].concat();
    refuse(kind, &empty, "Digest", 16);
    // A name that hides another.
    let hidden = [&payload[..16], &utf16("a\0me.p7b\0"), &[0xd1; 32]].concat();
    refuse(kind, &hidden, "PolicyName", 18);
}

#[test]
fn a_revocation_list_has_a_time_and_a_digest() {
    let list = |filetime: u64| [le(filetime, 8), le(20, 4), le(4, 2), vec![0xd2; 20]].concat();
    let check = |filetime, expect: Option<&str>| {
        let record = element(SipaType::OS_REVOCATION_LIST, &list(filetime));
        let found = value(&record);
        let SipaValue::RevocationList(list) = &found else { panic!("{found:?}") };
        assert_eq!((list.created_filetime, list.hash_alg), (filetime, TpmAlg::SHA1));
        assert_eq!(list.digest, [0xd2; 20]);
        assert_eq!(list.created().map(|time| time.to_string()).as_deref(), expect);
    };
    check(116_444_736_000_000_000, Some("1970-01-01T00:00:00Z"));
    check(132_827_740_570_000_000, Some("2021-11-30T19:27:37Z"));
    check(116_444_735_999_999_999, None);
    check(0, None);
    check(u64::MAX, None);
    let kind = SipaType::BOOT_REVOCATION_LIST;
    refuse(kind, &changed(&list(0), 8, 1), "Digest", 14);
    refuse(kind, &changed(&list(0), 12, 7), "DigestLength", 14);
    refuse(kind, &list(0)[..33], "Digest", 14);
}

#[test]
fn a_secure_boot_policy_has_the_layout_of_version_1() {
    let head = [le(1, 4), le(20, 4), le(0x000b, 2), le(32, 2)].concat();
    let payload = [head, le(0x8_0004, 4), le(3, 4), vec![0xd3; 32]].concat();
    let record = element(SipaType::SBCP_INFO, &payload);
    let found = value(&record);
    let SipaValue::SbcpInfo(info) = &found else { panic!("{found:?}") };
    assert_eq!((info.hash_alg, info.digest), (TpmAlg::SHA256, &[0xd3; 32][..]));
    assert_eq!((info.options, info.signers_count), (SbcpOptions(0x8_0004), 3));
    let kind = SipaType::SBCP_INFO;
    refuse(kind, &changed(&payload, 0, 1), "PayloadVersion", 0);
    refuse(kind, &changed(&payload, 4, 1), "VarDataOffset", 4);
    refuse(kind, &changed(&payload, 10, 1), "Digest", 20);
    refuse(kind, &changed(&payload, 10, 255), "DigestLength", 20);
    refuse(kind, &payload[..18], "SignersCount", 16);
}

#[test]
fn a_key_of_virtual_secure_mode_has_the_size_that_it_declares() {
    let head = [le(1, 4), le(2048, 4), le(3, 4), le(256, 4)].concat();
    let payload = [head, vec![1, 0, 1], vec![0xee; 256]].concat();
    for kind in [SipaType::VSM_IDK_INFO, SipaType::VSM_IDKS_INFO] {
        let record = element(kind, &payload);
        let found = value(&record);
        let SipaValue::VsmIdk(key) = &found else { panic!("{found:?}") };
        assert_eq!((key.key_bits, key.exponent), (2048, &[1, 0, 1][..]));
        assert_eq!(key.modulus, [0xee; 256]);
    }
    let kind = SipaType::VSM_IDK_INFO;
    refuse(kind, &changed(&payload, 0, 1), "KeyAlgID", 0);
    refuse(kind, &changed(&payload, 5, 8), "ModulusSizeBytes", 12);
    refuse(kind, &changed(&payload, 13, 1), "ModulusSizeBytes", 12);
    refuse(kind, &changed(&payload, 8, 1), "Modulus", 20);
    refuse(kind, &payload[..payload.len() - 1], "Modulus", 19);
    let empty = [le(1, 4), le(0, 4), le(3, 4), le(0, 4), vec![1, 0, 1]].concat();
    refuse(kind, &empty, "PublicKeyData", 0);
}

#[test]
fn a_signature_of_a_soft_reboot_fills_its_element() {
    let payload = [le(7, 4), le(5, 4), vec![9; 5]].concat();
    let record = element(SipaType::KSR_SIGNATURE, &payload);
    let expect = KsrSignature { alg: 7, signature: &[9; 5] };
    assert_eq!(value(&record), SipaValue::KsrSignature(expect));
    let kind = SipaType::KSR_SIGNATURE;
    refuse(kind, &changed(&payload, 4, 1), "Signature", 8);
    refuse(kind, &changed(&payload, 4, 255), "SIPAEVENT_KSR_SIGNATURE_PAYLOAD", 12);
    refuse(kind, &[7], "SignAlgID", 0);
}

fn certificate(publisher: &str, issuer: &str) -> Vec<u8> {
    let (publisher, issuer) = (utf16(publisher), utf16(issuer));
    let sizes = [le(publisher.len() as u64, 2), le(issuer.len() as u64, 2)].concat();
    [sizes, le(0x800c, 4), le(32, 2), publisher, issuer, vec![0xd4; 32]].concat()
}

/// A signer of two certificates and two key usages.
fn signer() -> Vec<u8> {
    let name = utf16("some.p7b");
    let ekus = [&[3][..], &[0x2a, 3, 4], &[1], &[0x55]].concat();
    let certificates = [certificate("leaf\0", "intermediate"), certificate("ca", "root")].concat();
    let head = [le(6, 4), le(certificates.len() as u64, 4), le(2, 2)].concat();
    let sizes = [name.len(), ekus.len(), 2].map(|size| le(size as u64, 2)).concat();
    [head, sizes, name, ekus, certificates].concat()
}

#[test]
fn a_signer_has_key_usages_and_certificates() {
    for kind in [SipaType::SI_POLICY_SIGNER, SipaType::SI_POLICY_UPDATE_SIGNER] {
        let record = element(kind, &signer());
        let found = value(&record);
        let SipaValue::SiPolicySigner(signer) = &found else { panic!("{found:?}") };
        assert_eq!((signer.root_id, &*signer.policy_name.text), (6, "some.p7b"));
        assert_eq!(signer.ekus, [&[0x2a, 3, 4][..], &[0x55]]);
        let names: Vec<_> = signer
            .certificates
            .iter()
            .map(|found| (&*found.publisher.text, &*found.issuer.text))
            .collect();
        assert_eq!(names, [("leaf", "intermediate"), ("ca", "root")]);
        assert!(signer.certificates.iter().all(|found| found.hash_alg == CapiAlg::SHA256));
        assert!(signer.certificates.iter().all(|found| found.digest == [0xd4; 32]));
    }
}

#[test]
fn a_signer_whose_counts_do_not_fit_is_refused() {
    let (kind, payload) = (SipaType::SI_POLICY_SIGNER, signer());
    let (ekus, certificates) = (16 + 16, 16 + 16 + 6);
    // One key usage more and fewer than there are.
    refuse(kind, &changed(&payload, 14, 1), "EKU", certificates);
    refuse(kind, &changed(&payload, 14, 255), "EKUs", ekus + 4);
    // One certificate more and fewer.
    refuse(kind, &changed(&payload, 8, 1), "PublisherCommonNameLength", payload.len());
    let second = certificates + certificate("leaf\0", "intermediate").len();
    refuse(kind, &changed(&payload, 8, 255), "Certificates", second);
    // Sizes of the parts.
    refuse(kind, &changed(&payload, 4, 1), "Certificates", certificates);
    refuse(kind, &changed(&payload, 10, 2), "Certificates", certificates + 2);
    refuse(kind, &changed(&payload, 12, 1), "Certificates", certificates + 1);
    // Sizes inside the parts.
    refuse(kind, &changed(&payload, ekus, 1), "EKU", ekus + 6);
    refuse(kind, &changed(&payload, ekus + 4, 255), "EKU", ekus + 4);
    refuse(kind, &changed(&payload, certificates + 8, 1), "DigestLength", certificates + 10 + 34);
    refuse(kind, &[], "RootID", 0);
}
