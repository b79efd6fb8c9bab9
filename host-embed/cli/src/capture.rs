//! Evidence folders: files as tpm2-tools writes them, found by their names.

use std::path::{Path, PathBuf};

use portcullis_api::request::{
    self, CredentialDoc, EvidenceDoc, QuoteDoc, RecordedPcrsDoc, RequestDoc,
};
use portcullis_api::text::Blob;

use crate::args::KeyFamily;
use crate::failure::{Failure, read};

/// File names of one family of keys.
pub struct Names {
    pub ek_public: &'static [&'static str],
    pub ek_certificate: &'static [&'static str],
    pub ak: &'static str,
    pub credential: &'static [&'static str],
    pub quotes: &'static [&'static str],
}

/// NV indices of the EK certificate chain that are looked for: the registry reserves 256, and
/// chains are short.
const CHAIN_INDICES: u32 = 16;

/// The file of an NV index of the EK certificate chain, counted from 0.
pub fn chain_name(number: u32) -> String {
    format!("nv-{:08x}.bin", 0x01c0_0100 + number)
}

/// The names of a family.
pub const fn names(family: KeyFamily) -> Names {
    match family {
        KeyFamily::Rsa => Names {
            ek_public: &["ek-rsa.pub", "ek-rsa.pem"],
            ek_certificate: &["nv-01c00002.bin"],
            ak: "ak-rsa",
            credential: &["hostcred-rsa", "cred-rsa"],
            quotes: &["quote-rsa-sel", "quote-rsa-all", "quote-rsa-multibank"],
        },
        KeyFamily::Rsapss => Names {
            ek_public: &["ek-rsa.pub", "ek-rsa.pem"],
            ek_certificate: &["nv-01c00002.bin"],
            ak: "ak-rsapss",
            credential: &["cred-rsapss"],
            quotes: &["quote-rsapss-sel"],
        },
        KeyFamily::Ecc => Names {
            ek_public: &["ek-ecc.pub", "ek-ecc.pem"],
            ek_certificate: &["nv-01c0000a.bin"],
            ak: "ak-ecc",
            credential: &["hostcred-ecc", "cred-ecc"],
            quotes: &["quote-ecc-sel", "quote-ecc-all"],
        },
        KeyFamily::Ecc384 => Names {
            ek_public: &["ek-ecc384.createek.pub", "ek-persistent-81010016.pub"],
            ek_certificate: &["nv-01c00016.bin"],
            ak: "ak-ecc384",
            credential: &["cred-ecc384"],
            quotes: &["quote-ecc384-sel", "quote-ecc384-all"],
        },
    }
}

/// Families in the order in which a capture's main keys are looked for.
const FAMILIES: [KeyFamily; 4] =
    [KeyFamily::Rsa, KeyFamily::Ecc, KeyFamily::Rsapss, KeyFamily::Ecc384];

const BANKS: [&str; 4] = ["sha1", "sha256", "sha384", "sha512"];

/// A folder with the evidence of one boot.
pub struct Capture<'p> {
    folder: &'p Path,
    family: KeyFamily,
    names: Names,
}

impl<'p> Capture<'p> {
    /// Opens a folder. Without a `family`, the first one that the folder holds a quote of.
    pub fn open(folder: &'p Path, family: Option<KeyFamily>) -> Result<Self, Failure> {
        if !folder.is_dir() {
            return Err(Failure::file(folder, "is no folder", "name the folder of one capture"));
        }
        let quoted = |family: KeyFamily| {
            names(family).quotes.iter().any(|name| folder.join(format!("{name}.attest")).exists())
        };
        let found = FAMILIES.into_iter().find(|family| quoted(*family));
        let family = family.or(found).unwrap_or(KeyFamily::Rsa);
        let capture = Self { folder, family, names: names(family) };
        if found.is_none() && !capture.path("eventlog.bin").exists() {
            return Err(Failure::file(
                folder,
                "holds neither `eventlog.bin` nor a quote",
                "see `portcullis assess --help` for the files that a capture holds",
            ));
        }
        Ok(capture)
    }

    /// The request that the capture answers. `nonce` is `None` where the capture's own is meant.
    pub fn request(&self, now: u64, nonce: Option<Vec<u8>>) -> Result<RequestDoc, Failure> {
        let nonce = match nonce {
            Some(nonce) => Some(nonce),
            None => self.optional("nonce.bin")?,
        };
        let mut request = RequestDoc {
            now,
            nonce: nonce.map(Into::into),
            credential: None,
            evidence: self.evidence()?,
        };
        self.add_activation(&mut request)?;
        Ok(request)
    }

    fn evidence(&self) -> Result<EvidenceDoc, Failure> {
        let ak = self.names.ak;
        let blob = |bytes: Option<Vec<u8>>| bytes.map(Into::into);
        Ok(EvidenceDoc {
            platform_identifier: None,
            ek_public: blob(self.first(self.names.ek_public)?),
            ek_certificate: blob(self.first(self.names.ek_certificate)?),
            ek_intermediates: self.chain()?,
            ak_public: match self.optional(&format!("{ak}.pub"))? {
                Some(public) => Some(public.into()),
                None => blob(self.optional(&format!("{ak}.pem"))?),
            },
            ak_certificate: blob(self.optional(&format!("{ak}.crt"))?),
            activated_secret: None,
            quotes: self.quotes()?,
            event_log: blob(self.optional("eventlog.bin")?),
            recorded_pcrs: self.recorded_pcrs()?,
            ci_policies: Vec::new(),
        })
    }

    /// The certificates that the TPM itself holds for the path from its EK.
    fn chain(&self) -> Result<Vec<Blob>, Failure> {
        let mut chain = Vec::new();
        for number in 0..CHAIN_INDICES {
            chain.extend(self.optional(&chain_name(number))?.map(Blob::from));
        }
        Ok(chain)
    }

    /// The quotes of the family, then those of other keys, which may only contradict.
    fn quotes(&self) -> Result<Vec<QuoteDoc>, Failure> {
        let mut quotes = Vec::new();
        self.add_quotes(&self.names, None, &mut quotes)?;
        for family in FAMILIES.into_iter().filter(|family| *family != self.family) {
            let other = names(family);
            let key = self.first(&[&format!("{}.pub", other.ak), &format!("{}.pem", other.ak)])?;
            if key.is_some() {
                self.add_quotes(&other, key, &mut quotes)?;
            }
        }
        Ok(quotes)
    }

    fn add_quotes(
        &self,
        names: &Names,
        other_ak_public: Option<Vec<u8>>,
        quotes: &mut Vec<QuoteDoc>,
    ) -> Result<(), Failure> {
        for name in names.quotes {
            let attest = self.optional(&format!("{name}.attest"))?;
            let signature = self.optional(&format!("{name}.sig"))?;
            if let (Some(attest), Some(signature)) = (attest, signature) {
                quotes.push(QuoteDoc {
                    other_ak_public: other_ak_public.clone().map(Into::into),
                    attest: attest.into(),
                    signature: signature.into(),
                    pcr_values: self.optional(&format!("{name}.pcrs"))?.map(Into::into),
                });
            }
        }
        Ok(())
    }

    fn recorded_pcrs(&self) -> Result<Vec<RecordedPcrsDoc>, Failure> {
        let mut recorded = Vec::new();
        for bank in BANKS {
            if let Some(values) = self.optional(&format!("pcrs-{bank}.bin"))? {
                recorded.push(RecordedPcrsDoc { bank: bank.into(), values: values.into() });
            }
        }
        Ok(recorded)
    }

    /// Takes over a recorded activation: the recorder vouches that the credential was made for
    /// the EK and the AK of the capture.
    fn add_activation(&self, request: &mut RequestDoc) -> Result<(), Failure> {
        let evidence = &request.evidence;
        let (Some(ek), Some(ak)) = (&evidence.ek_public, &evidence.ak_public) else {
            return Ok(());
        };
        // Keys that cannot be decoded become findings of the appraisal, not failures here.
        let (Some(ek_sha256), Some(ak_name)) = (request::ek_sha256(&ek.0), request::ak_name(&ak.0))
        else {
            return Ok(());
        };
        let ak_name = match self.optional(&format!("{}.name", self.names.ak))? {
            Some(recorded) => request::hex(&recorded),
            None => ak_name,
        };
        for name in self.names.credential {
            let secret = self.optional(&format!("{name}.secret"))?;
            let activated = self.optional(&format!("{name}.activated"))?;
            if let (Some(secret), Some(activated)) = (secret, activated) {
                request.evidence.activated_secret = Some(activated.into());
                request.credential =
                    Some(CredentialDoc { ek_sha256, ak_name, secret: secret.into() });
                return Ok(());
            }
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn optional(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(name);
        if path.exists() { read(&path).map(Some) } else { Ok(None) }
    }

    fn first(&self, names: &[&str]) -> Result<Option<Vec<u8>>, Failure> {
        for name in names {
            if let Some(bytes) = self.optional(name)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}
