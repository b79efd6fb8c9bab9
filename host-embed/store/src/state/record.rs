//! The lines of an exported state.

use portcullis_api::request::EvidenceDoc;
use portcullis_api::text::Blob;
use serde::{Deserialize, Serialize};

use crate::hosts::HostDoc;
use crate::references::{StoredBaseline, StoredCiPolicy, StoredDumpKey};
use crate::trust::TrustDoc;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// Profile and accepted versions.
    Rules {
        /// `hyper-v` or `linux`.
        profile: String,
        /// In the order in which they are tried.
        versions: String,
    },
    /// A policy whose state differs from the profile's.
    PolicyState {
        /// Its name.
        name: String,
        /// Its state.
        state: String,
    },
    /// A trusted certificate.
    Trust {
        /// What is listed of it.
        document: TrustDoc,
        /// The certificate.
        der: Blob,
    },
    /// A baseline.
    Baseline {
        /// All of it.
        document: StoredBaseline,
    },
    /// A code integrity policy.
    CiPolicy {
        /// What is listed of it.
        document: StoredCiPolicy,
        /// The file.
        file: Blob,
    },
    /// A key of memory dumps.
    DumpKey {
        /// All of it.
        document: StoredDumpKey,
    },
    /// A host.
    Host {
        /// What is listed of it.
        document: HostDoc,
        /// EK, certificate, intermediates.
        evidence: EvidenceDoc,
    },
    /// The last line.
    End {
        /// How many lines there are before it.
        records_count: u64,
    },
}
