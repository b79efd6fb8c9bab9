//! Stores of both kinds, and what is put into them.

use std::path::PathBuf;

use portcullis_api::BaselineDoc;
use portcullis_api::request::EvidenceDoc;
use portcullis_store::{
    Actor, Candidate, CertificateState, Location, Missing, Name, Store, Version,
};
use portcullis_tests::corpus::capture;
use portcullis_tests::postgres;

/// A place for a store.
pub struct Fabric {
    pub location: Location,
    pub folder: PathBuf,
}

impl Fabric {
    /// Opens it, as one more program would.
    pub fn open(&self) -> Store {
        Store::open(&self.location, &self.folder.join("audit-key"), Missing::Create).unwrap()
    }

    /// Runs a statement behind the store's back.
    pub fn behind_its_back(&self, statement: &str) -> u64 {
        match &self.location {
            Location::File(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.execute(statement, []).unwrap() as u64
            }
            Location::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                client.execute(statement, &[]).unwrap()
            }
        }
    }
}

/// Runs a test against a new store of each kind. PostgreSQL is left out, with a loud note, where
/// it is not installed.
pub fn both(test: &str, check: impl Fn(&Fabric)) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{test}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let sqlite = Location::File(folder.join("store.db"));
    check(&Fabric { location: sqlite, folder: folder.clone() });
    if let Some(url) = postgres::database() {
        let folder = folder.join("postgres");
        std::fs::create_dir_all(&folder).unwrap();
        check(&Fabric { location: Location::parse(&url), folder });
    }
}

pub fn actor() -> Actor {
    Actor { who: "test".into(), now: 1_795_600_000 }
}

pub fn name(text: &str) -> Name {
    Name::new("name", text).unwrap()
}

/// A host that could be registered; its EK digest comes from a number.
pub fn candidate(number: u64) -> Candidate {
    Candidate {
        name: None,
        ek_sha256: portcullis_store::sha256(&number.to_be_bytes()),
        state: CertificateState::Trusted,
        findings: Vec::new(),
        evidence: EvidenceDoc { ek_public: Some(vec![7; 91].into()), ..EvidenceDoc::default() },
    }
}

/// Registers the host of a number.
pub fn add(store: &mut Store, number: u64) {
    let host = name(&format!("host-{number:06}"));
    let done = store
        .change(&actor(), |change| change.add_host(&host, &candidate(number), Version::V2, false));
    done.unwrap();
}

/// A baseline of a recorded boot.
pub fn baseline() -> BaselineDoc {
    let log = std::fs::read(capture("a-sb-on-ms").join("eventlog.bin")).unwrap();
    let bank = portcullis_api::baseline::HashAlg::from_name("sha256").unwrap();
    portcullis_api::baseline::derive("a", &[&log], "boot_chain", bank, 0).unwrap()
}
