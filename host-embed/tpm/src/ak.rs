//! The attestation key: a restricted signing key below the EK, which its TPM wraps so that the
//! host can keep it in a file.

use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::{CommandCode, Handle, ObjectAttributes};

use crate::command::{Auth, Command, Tpm};
use crate::ek::{EkKind, creation, two_sized};
use crate::error::Result;
use crate::marshal::Writer;

/// Kinds of AKs, each with the one scheme that it signs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AkKind {
    /// P-256, ECDSA over SHA-256.
    #[default]
    P256,
    /// RSA-2048, PKCS#1 v1.5 over SHA-256.
    Rsa2048,
}

/// An AK outside its TPM: the private part is encrypted by it, and only it can load the pair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AkBlobs {
    /// `TPM2B_PUBLIC`.
    pub public: Vec<u8>,
    /// `TPM2B_PRIVATE`.
    pub private: Vec<u8>,
}

impl AkKind {
    /// `TPMT_PUBLIC` of a restricted signing key that stays in its TPM.
    fn template(self) -> Vec<u8> {
        let attributes = ObjectAttributes::FIXED_TPM
            .union(ObjectAttributes::FIXED_PARENT)
            .union(ObjectAttributes::SENSITIVE_DATA_ORIGIN)
            .union(ObjectAttributes::USER_WITH_AUTH)
            .union(ObjectAttributes::RESTRICTED)
            .union(ObjectAttributes::SIGN);
        let head = |kind: TpmAlg, scheme: TpmAlg| {
            Writer::default()
                .u16(kind.0)
                .u16(TpmAlg::SHA256.0)
                .u32(attributes.0)
                .sized(&[])
                .u16(TpmAlg::NULL.0)
                .u16(scheme.0)
                .u16(TpmAlg::SHA256.0)
        };
        match self {
            Self::Rsa2048 => head(TpmAlg::RSA, TpmAlg::RSASSA).u16(2048).u32(0).sized(&[]),
            Self::P256 => head(TpmAlg::ECC, TpmAlg::ECDSA)
                .u16(EccCurve::NIST_P256.0)
                .u16(TpmAlg::NULL.0)
                .sized(&[])
                .sized(&[]),
        }
        .finish()
    }
}

impl Tpm {
    /// Makes an AK below the EK.
    ///
    /// # Errors
    /// The TPM's refusals.
    pub fn create_ak(&mut self, ek: EkKind, ak: AkKind) -> Result<AkBlobs> {
        let parameters = creation(&ak.template());
        self.with_ek(ek, |tpm, parent| {
            tpm.with_ek_policy(|tpm, auth| {
                let (handles, auths) = ([parent], [auth]);
                let command = Command::new(CommandCode::CREATE).handles(&handles).auths(&auths);
                let response = tpm.execute(&command.parameters(parameters))?;
                let mut reader = response.reader();
                let [private, public] = two_sized(&mut reader, ["outPrivate", "outPublic"])?;
                let sized = |bytes| Writer::default().sized(bytes).finish();
                Ok(AkBlobs { public: sized(public), private: sized(private) })
            })
        })
    }

    /// Opens a credential that was made for the EK and this AK.
    ///
    /// # Errors
    /// The TPM's refusals: `TPM_RC_INTEGRITY` or `TPM_RC_VALUE` for a credential that is not for
    /// this pair of keys.
    pub fn activate_credential(
        &mut self,
        ek: EkKind,
        ak: &AkBlobs,
        id_object: &[u8],
        encrypted_secret: &[u8],
    ) -> Result<Vec<u8>> {
        let parameters = Writer::default().sized(id_object).sized(encrypted_secret).finish();
        self.with_ek(ek, |tpm, ek| {
            tpm.with_ak(ek, ak, |tpm, ak| {
                tpm.with_ek_policy(|tpm, auth| {
                    let (handles, auths) = ([ak, ek], [Auth::EmptyPassword, auth]);
                    let command = Command::new(CommandCode::ACTIVATE_CREDENTIAL)
                        .handles(&handles)
                        .auths(&auths)
                        .parameters(parameters);
                    Ok(tpm.execute(&command)?.reader().sized("certInfo")?.to_vec())
                })
            })
        })
    }

    /// Says whether this TPM can still use the AK.
    ///
    /// # Errors
    /// The TPM's refusals: `TPM_RC_INTEGRITY` for the key of another TPM.
    pub fn loads(&mut self, ek: EkKind, ak: &AkBlobs) -> Result<()> {
        self.with_ek(ek, |tpm, ek| tpm.with_ak(ek, ak, |_, _| Ok(())))
    }

    /// Runs `work` with the loaded AK.
    pub(crate) fn with_ak<T>(
        &mut self,
        ek: Handle,
        ak: &AkBlobs,
        work: impl FnOnce(&mut Self, Handle) -> Result<T>,
    ) -> Result<T> {
        let parameters = Writer::default().bytes(&ak.private).bytes(&ak.public).finish();
        let loaded = self.with_ek_policy(|tpm, auth| {
            let (handles, auths) = ([ek], [auth]);
            let command = Command::new(CommandCode::LOAD).handles(&handles).auths(&auths);
            tpm.execute(&command.parameters(parameters).returns_handle())?.handle()
        })?;
        self.with(loaded, |tpm| work(tpm, loaded))
    }
}
