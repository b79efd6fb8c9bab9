//! The agent's folder: its AK (wrapped by the TPM), the last token, the last result.
//!
//! A file is whole or not there: it is written beside its place and moved over it.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use portcullis_tpm::AkBlobs;

use crate::error::{Error, Result};
use crate::exchange::Outcome;

/// Largest file that is read back. Wrapped keys have a few hundred bytes.
const FILE_SIZE_BYTES_MAX: u64 = 64 * 1024;

/// The folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State(PathBuf);

impl State {
    /// Opens the folder; makes it, for its owner alone, when it is missing.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn open(folder: &Path) -> Result<Self> {
        let at = |source| Error::File { path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(at)?;
        restrict(folder, 0o700).map_err(at)?;
        Ok(Self(folder.into()))
    }

    /// Where the last token is.
    #[must_use]
    pub fn token_path(&self) -> PathBuf {
        self.0.join("token.jwt")
    }

    /// The AK, when one was kept.
    pub(crate) fn ak(&self) -> Result<Option<AkBlobs>> {
        let (public, private) = (self.read("ak.pub")?, self.read("ak.priv")?);
        // Half a pair is none: the next one replaces both.
        Ok(public.zip(private).map(|(public, private)| AkBlobs { public, private }))
    }

    pub(crate) fn keep_ak(&self, ak: &AkBlobs) -> Result<()> {
        self.write("ak.priv", &ak.private)?;
        self.write("ak.pub", &ak.public)
    }

    /// Keeps what came of an attestation. The token of a host that does not pass any more is
    /// removed: it proves what is not so.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn keep(&self, outcome: &Outcome) -> Result<()> {
        let result = serde_json::to_vec(&outcome.reply.result);
        let result = result.map_err(|error| Error::Answer { reason: error.to_string() })?;
        self.write("result.json", &result)?;
        match &outcome.reply.token {
            Some(token) if outcome.passed() => self.write("token.jwt", token.as_bytes()),
            _ => match std::fs::remove_file(self.token_path()) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    Err(Error::File { path: self.token_path(), source })
                }
                _ => Ok(()),
            },
        }
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        let at = |source| Error::File { path: path.clone(), source };
        match std::fs::metadata(&path) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(at(source)),
            Ok(data) if data.len() > FILE_SIZE_BYTES_MAX => {
                return Err(at(io::Error::new(io::ErrorKind::InvalidData, "is too large")));
            }
            Ok(_) => {}
        }
        std::fs::read(&path).map(Some).map_err(at)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let write = || {
            let mut file = File::create(&new)?;
            restrict(&new, 0o600)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)
        };
        write().map_err(|source| Error::File { path: path.clone(), source })
    }
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Elsewhere the folder's own access list holds.
#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
