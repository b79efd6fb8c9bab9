//! The administrator's credential. The service makes one when it has none, shows it once in a file
//! of its own, and keeps only its digest: whoever reads the folder later learns nothing usable
//! once the administrator took the file away.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::Result;
use crate::keys::{file, make_private_folder, write_private};
use crate::random;

/// Digest of the credential.
pub struct Credentials {
    digest: [u8; 32],
    /// Where a credential that was just made can be read.
    pub made: Option<PathBuf>,
}

impl Credentials {
    /// Reads the digest of a folder; makes a credential when there is none.
    ///
    /// # Errors
    /// [`crate::Error::File`] for a digest that cannot be read: it is never replaced by itself.
    pub fn open(folder: &Path) -> Result<Self> {
        make_private_folder(folder)?;
        let (digest_path, path) = (folder.join("admin.sha256"), folder.join("admin.token"));
        if digest_path.exists() {
            let text = std::fs::read_to_string(&digest_path)
                .map_err(|error| file(&digest_path, &error))?;
            let digest = portcullis_api::request::unhex(text.trim());
            let digest = digest.and_then(|digest| digest.try_into().ok());
            let digest = digest
                .ok_or_else(|| file(&digest_path, &"is no digest of 64 hexadecimal digits"))?;
            return Ok(Self { digest, made: None });
        }
        let token = portcullis_api::request::hex(&random::bytes::<32>()?);
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        write_private(&path, token.as_bytes())?;
        write_private(&digest_path, portcullis_api::request::hex(&digest).as_bytes())?;
        Ok(Self { digest, made: Some(path) })
    }

    /// True for the value of an `Authorization` header that carries the credential.
    pub(crate) fn accept(&self, authorization: &str) -> bool {
        let Some(token) = authorization.strip_prefix("Bearer ") else { return false };
        let digest: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
        digest.ct_eq(&self.digest).into()
    }
}
