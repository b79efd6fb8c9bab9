//! Our TPM client against swtpm, with tpm2-tools beside it as the referee.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use portcullis_engine::credential::{CredentialRequest, ENTROPY_SIZE_BYTES, make};
use portcullis_tests::corpus::read;
use portcullis_tests::swtpm::{Swtpm, free_port_pair};
use portcullis_tpm::{Address, AkKind, EkKind, PcrSelection, Tpm};
use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::{NvIndex, Rc};

use crate::scratch::folder;

const AKS: [AkKind; 2] = [AkKind::P256, AkKind::Rsa2048];
const NONCE: [u8; 32] = [0x4e; 32];
const REQUIRED_PCRS: u32 = 0x78ff;

/// A started swtpm and our client of it.
fn start(test: &str) -> Option<(Swtpm, Tpm)> {
    let swtpm = Swtpm::start(&folder(test))?;
    swtpm.startup(0);
    let address: Address = swtpm.address().parse().unwrap();
    let tpm = Tpm::open(&address).unwrap();
    Some((swtpm, tpm))
}

const fn name(kind: EkKind) -> &'static str {
    match kind {
        EkKind::Rsa2048 => "rsa",
        EkKind::P256 => "ecc",
    }
}

#[test]
fn the_ek_is_the_one_that_tpm2_tools_find() {
    let Some((swtpm, mut tpm)) = start("ek") else { return };
    for kind in EkKind::ALL {
        swtpm.tool(&format!("tpm2_createek -G {} -c ek.ctx -u ek.pub", name(kind)));
        swtpm.tool("tpm2_flushcontext -t");
        let made = tpm.ek(kind).unwrap();
        assert_eq!(made.public, read(&swtpm.path("ek.pub")), "made for the occasion: {kind:?}");
        assert_eq!(made.certificate, None);
    }
    // A provisioned TPM keeps it, which is faster than making it again.
    swtpm.tool("tpm2_createek -G rsa -c 0x81010001 -u ek.pub");
    assert_eq!(tpm.ek(EkKind::Rsa2048).unwrap().public, read(&swtpm.path("ek.pub")));
}

#[test]
fn an_ek_certificate_is_read_whole_and_an_index_without_content_is_none() {
    let Some((swtpm, mut tpm)) = start("nv") else { return };
    assert_eq!(tpm.read_nv(NvIndex::EK_RSA_2048_CERT).unwrap(), None, "not defined");
    let certificate: Vec<u8> = (0..1_500u32).map(|byte| (byte % 251) as u8).collect();
    std::fs::write(swtpm.path("certificate"), &certificate).unwrap();
    let attributes = "ownerread|ownerwrite|authread|authwrite";
    swtpm.tool(&format!("tpm2_nvdefine 0x1c00002 -C o -s 1500 -a {attributes}"));
    assert_eq!(tpm.read_nv(NvIndex::EK_RSA_2048_CERT).unwrap(), None, "never written");
    swtpm.tool("tpm2_nvwrite 0x1c00002 -C o -i certificate");
    assert_eq!(tpm.read_nv(NvIndex::EK_RSA_2048_CERT).unwrap(), Some(certificate.clone()));
    let ek = tpm.certified_ek().unwrap();
    assert_eq!((ek.kind, ek.certificate), (EkKind::Rsa2048, Some(certificate)));
}

#[test]
fn swtpm_opens_what_the_engine_made_for_its_keys_and_nothing_else() {
    let Some((_swtpm, mut tpm)) = start("credential") else { return };
    for (ek_kind, ak_kind) in EkKind::ALL.into_iter().flat_map(|ek| AKS.map(|ak| (ek, ak))) {
        let ek = tpm.ek(ek_kind).unwrap();
        let ak = tpm.create_ak(ek_kind, ak_kind).unwrap();
        let entropy = &[0x77; ENTROPY_SIZE_BYTES];
        let secret = &[0x5e; 32];
        let request =
            CredentialRequest { ek_public: &ek.public, ak_public: &ak.public, secret, entropy };
        let made = make(&request).unwrap();
        let (blob, seed) = (&made.id_object, &made.encrypted_secret);
        let opened = tpm.activate_credential(ek_kind, &ak, blob, seed).unwrap();
        assert_eq!(opened, secret, "{ek_kind:?} {ak_kind:?}");
        let other = tpm.create_ak(ek_kind, ak_kind).unwrap();
        let refused = tpm.activate_credential(ek_kind, &other, blob, seed).unwrap_err();
        assert_eq!(refused.rc(), Some(Rc::INTEGRITY), "for another AK");
    }
}

#[test]
fn tpm2_checkquote_accepts_our_quotes_and_tpm2_pcrread_reads_our_registers() {
    let Some((swtpm, mut tpm)) = start("quote") else { return };
    for pcr in [0, 7, 11] {
        swtpm.tool(&format!("tpm2_pcrextend {pcr}:sha256={:064x}", pcr + 1));
    }
    let selection = PcrSelection::of(TpmAlg::SHA256, REQUIRED_PCRS);
    let nonce: String = NONCE.iter().map(|byte| format!("{byte:02x}")).collect();
    for (ek, ak_kind) in EkKind::ALL.into_iter().flat_map(|ek| AKS.map(|ak| (ek, ak))) {
        let ak = tpm.create_ak(ek, ak_kind).unwrap();
        let quote = tpm.quote(ek, &ak, &NONCE, &selection).unwrap();
        for (file, bytes) in
            [("ak", &ak.public), ("attest", &quote.attest), ("signature", &quote.signature)]
        {
            std::fs::write(swtpm.path(file), bytes).unwrap();
        }
        let check = "tpm2_checkquote -u ak -m attest -s signature -g sha256 -q";
        swtpm.tool(&format!("{check} {nonce}"));
    }
    let values = tpm.read_pcrs(TpmAlg::SHA256, 0x00ff_ffff).unwrap();
    assert_eq!(values.iter().map(|(pcr, _)| *pcr).collect::<Vec<_>>(), (0..24).collect::<Vec<_>>());
    let printed = swtpm.tool("tpm2_pcrread sha256:all").to_lowercase();
    for (pcr, value) in values {
        let value: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        let is_it = |line: &&str| line.split(':').next().unwrap().trim() == pcr.to_string();
        let line = printed.lines().find(is_it).unwrap();
        assert!(line.contains(&value), "register {pcr}: {line}");
    }
    assert!(tpm.banks().unwrap().iter().any(|(bank, _)| *bank == TpmAlg::SHA256));
}

#[test]
fn nothing_is_left_behind_in_the_slots_of_the_tpm() {
    let Some((swtpm, mut tpm)) = start("slots") else { return };
    // swtpm has three slots: the fourth leftover would stop it.
    for _ in 0..6 {
        let ak = tpm.create_ak(EkKind::P256, AkKind::P256).unwrap();
        let selection = PcrSelection::of(TpmAlg::SHA256, 1);
        tpm.quote(EkKind::P256, &ak, &NONCE, &selection).unwrap();
        assert!(tpm.activate_credential(EkKind::P256, &ak, &[0; 4], &[0; 4]).is_err());
    }
    for kind in ["handles-transient", "handles-loaded-session"] {
        assert_eq!(swtpm.tool(&format!("tpm2_getcap {kind}")).trim(), "", "{kind}");
    }
}

#[test]
fn a_tpm_that_was_not_started_or_is_not_there_is_named_with_a_remedy() {
    let Some(swtpm) = Swtpm::start(&folder("not-started")) else { return };
    let mut tpm = Tpm::open(&swtpm.address().parse().unwrap()).unwrap();
    let error = tpm.ek(EkKind::P256).unwrap_err();
    assert_eq!(error.rc(), Some(Rc::INITIALIZE));
    assert!(error.remedy().unwrap().contains("TPM2_Startup"));

    let nobody = Address::Swtpm { host: "127.0.0.1".into(), port: free_port_pair() };
    let error = Tpm::open(&nobody).unwrap().ek(EkKind::P256).unwrap_err();
    assert!(error.to_string().contains(&nobody.to_string()));
    assert!(error.remedy().unwrap().contains("nothing listens"));

    let missing = Address::Device("/dev/no-such-tpm".into());
    assert!(Tpm::open(&missing).unwrap_err().remedy().unwrap().contains("has no TPM"));
}

/// The framing of the reference simulator in front of swtpm, as a server of it behaves.
fn serve_mssim(swtpm: Arc<Swtpm>) -> u16 {
    let port = free_port_pair();
    let commands = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let platform = TcpListener::bind(("127.0.0.1", port + 1)).unwrap();
    let word = |stream: &mut TcpStream| {
        let mut word = [0; 4];
        stream.read_exact(&mut word).ok().map(|()| u32::from_be_bytes(word))
    };
    std::thread::spawn(move || {
        let mut stream = platform.accept().unwrap().0;
        while let Some(1 | 11) = word(&mut stream) {
            stream.write_all(&[0; 4]).unwrap();
        }
    });
    std::thread::spawn(move || {
        let mut stream = commands.accept().unwrap().0;
        while let Some(8) = word(&mut stream) {
            let mut locality = [0xff];
            stream.read_exact(&mut locality).unwrap();
            let mut command = vec![0; word(&mut stream).unwrap() as usize];
            stream.read_exact(&mut command).unwrap();
            let response = swtpm.transmit(&command);
            let size = u32::try_from(response.len()).unwrap().to_be_bytes();
            stream.write_all(&[&size[..], &response, &[0; 4]].concat()).unwrap();
        }
    });
    port
}

#[test]
fn the_framing_of_the_reference_simulator_carries_the_same_commands() {
    let Some((swtpm, mut direct)) = start("mssim") else { return };
    let port = serve_mssim(Arc::new(swtpm));
    let address = Address::Mssim { host: "127.0.0.1".into(), port };
    let mut framed = Tpm::open(&address).unwrap();
    assert_eq!(framed.properties().unwrap(), direct.properties().unwrap());
    assert_eq!(framed.ek(EkKind::P256).unwrap(), direct.ek(EkKind::P256).unwrap());
}
