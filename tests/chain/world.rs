//! A leaf, the certificates around it, and a time.

use portcullis_engine::chain::{
    ChainFailure, ChainPolicy, FailureReason, Issuers, NoteKind, Revocation, RevokedCertificate,
    VerifiedChain, verify_chain,
};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::x509::crl::Crl;
use portcullis_engine::formats::x509::{Certificate, Name};
use portcullis_tests::certificates::{Authority, Key, NOW, Template};
use portcullis_tests::openssl::{self, Question};

/// What a test puts to the engine, all certificates in DER.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub leaf: Vec<u8>,
    pub roots: Vec<Vec<u8>>,
    pub intermediates: Vec<Vec<u8>>,
    pub from_host: Vec<Vec<u8>>,
    /// Revocation lists.
    pub lists: Vec<Vec<u8>>,
    /// Revoked certificates by issuer's name and serial number.
    pub revoked: Vec<(Vec<u8>, Vec<u8>)>,
    pub now: Option<u64>,
    /// Why OpenSSL comes to another verdict, if it does.
    pub openssl_differs: Option<&'static str>,
}

/// An authority with a P-256 key of a number.
pub fn authority(name: &str, number: u8) -> Authority {
    Authority::new(name, Key::P256(number))
}

/// The template of an EK certificate; its key is like no other in these tests.
pub fn ek() -> Template {
    Template::ek(&Key::P256(200))
}

/// A world of a root, authorities each signed by the one before, and an EK under the last one.
pub fn line(authorities: &[Authority]) -> World {
    let (root, last) = (authorities.first().unwrap(), authorities.last().unwrap());
    let links =
        authorities.array_windows().map(|[issuer, subject]| issuer.issue(&Template::of(subject)));
    World {
        leaf: last.issue(&ek()),
        roots: vec![root.root()],
        intermediates: links.collect(),
        ..World::default()
    }
}

impl World {
    /// The engine's verdict under a policy, without asking OpenSSL.
    pub fn verdict(&self, policy: ChainPolicy<'_>) -> Result<VerifiedChain, Box<ChainFailure>> {
        fn parse(certificates: &[Vec<u8>]) -> Vec<Certificate<'_>> {
            certificates.iter().map(|der| Certificate::parse(Input::new(der)).unwrap()).collect()
        }
        let leaf = Certificate::parse(Input::new(&self.leaf)).unwrap();
        let (roots, intermediates, from_host) =
            (parse(&self.roots), parse(&self.intermediates), parse(&self.from_host));
        let lists: Vec<Crl<'_>> =
            self.lists.iter().map(|der| Crl::parse(Input::new(der)).unwrap()).collect();
        let certificates: Vec<RevokedCertificate<'_>> = self
            .revoked
            .iter()
            .map(|(issuer, serial)| RevokedCertificate {
                issuer: Name::from_der(issuer).unwrap(),
                serial,
            })
            .collect();
        let revocation = Revocation { certificates: &certificates, lists: &lists };
        let policy = ChainPolicy { revocation, ..policy };
        let issuers =
            Issuers { roots: &roots, intermediates: &intermediates, from_host: &from_host };
        verify_chain(&leaf, issuers, self.now.unwrap_or(NOW), &policy)
    }

    /// The path that the engine finds by default; OpenSSL must find one too.
    pub fn path(&self) -> VerifiedChain {
        let chain = self.verdict(ChainPolicy::default()).unwrap_or_else(|error| panic!("{error}"));
        self.ask_openssl(true, None);
        chain
    }

    /// The reason for which the engine refuses by default; OpenSSL must refuse too.
    pub fn refusal(&self) -> FailureReason {
        let failure = self.verdict(ChainPolicy::default()).unwrap_err();
        self.ask_openssl(false, None);
        failure.reason
    }

    /// The notes of the path that the engine finds by default.
    pub fn notes(&self) -> Vec<(usize, NoteKind)> {
        self.path().notes().iter().map(|note| (note.index, note.kind.clone())).collect()
    }

    /// Puts the world to OpenSSL and compares its verdict.
    pub fn ask_openssl(&self, accepted: bool, time: Option<u64>) {
        let is_self_signed =
            |der: &Vec<u8>| Certificate::parse(Input::new(der)).unwrap().is_self_issued();
        let intermediates = [&self.intermediates[..], &self.from_host].concat();
        let answer = openssl::verify(&Question {
            leaves: std::slice::from_ref(&self.leaf),
            roots: &self.roots,
            intermediates: &intermediates,
            lists: &self.lists,
            time,
            partial_chain: !self.roots.iter().all(is_self_signed),
        });
        let Some(answer) = answer else { return };
        let equal = answer[0].is_none() == accepted;
        match self.openssl_differs {
            None => assert!(equal, "accepted here: {accepted}; OpenSSL says: {answer:?}"),
            Some(why) => assert!(!equal, "OpenSSL agrees, it was not expected to: {why}"),
        }
    }
}

/// The subjects of a path, leaf first.
pub fn subjects(chain: &VerifiedChain) -> Vec<&str> {
    chain.path().iter().map(|step| step.subject.as_str()).collect()
}
