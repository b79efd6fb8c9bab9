//! The service's signing keys: one that signs, and those before it, which relying parties still
//! meet in tokens that have not expired.
//!
//! Keys are P-256 in PKCS#8, one file each, named by the time from which they sign. The newest one
//! that has begun signs. To rotate, `portcullis serve` makes another when the newest is old; the
//! overlap is the time for which old files stay.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::random;

/// Age from which another key is made.
const ROTATION_SECONDS: u64 = 90 * 24 * 60 * 60;

/// Keys that are published: the one that signs and those before it.
const KEYS_MAX: usize = 4;

/// A key of a JSON Web Key Set (RFC 7517, RFC 7518).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    pub(crate) kid: String,
    x: String,
    y: String,
}

/// One signing key.
pub(crate) struct Key {
    pub(crate) from: u64,
    pub(crate) signing: SigningKey,
}

impl Key {
    /// The public key.
    pub(crate) fn jwk(&self) -> Jwk {
        let point = self.signing.verifying_key().as_affine();
        let [x, y] = [point.x(), point.y()].map(|part| Base64UrlUnpadded::encode_string(&part));
        // The thumbprint of RFC 7638: these members in this order.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = Base64UrlUnpadded::encode_string(&Sha256::digest(members.as_bytes()));
        Jwk { kty: "EC", crv: "P-256", alg: "ES256", r#use: "sig", kid, x, y }
    }

    /// ECDSA over SHA-256 (RFC 7518, section 3.4): `r` and `s`.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing.sign(message);
        signature.to_bytes().to_vec()
    }
}

/// The keys, the newest first.
pub struct Keys {
    keys: Vec<Key>,
}

impl Keys {
    /// Reads the keys of a folder; makes one when there is none, or the newest is old.
    ///
    /// # Errors
    /// [`Error::File`] for a key that cannot be read: it is never replaced by itself.
    pub fn open(folder: &Path, now: u64) -> Result<Self> {
        make_private_folder(folder)?;
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| file(folder, &error))? {
            let path = entry.map_err(|error| file(folder, &error))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let from = name.strip_prefix("signing-").and_then(|name| name.strip_suffix(".pem"));
            let Some(from) = from.and_then(|from| from.parse().ok()) else { continue };
            let pem = std::fs::read_to_string(&path).map_err(|error| file(&path, &error))?;
            let signing = SigningKey::from_pkcs8_pem(&pem).map_err(|error| file(&path, &error))?;
            keys.push(Key { from, signing });
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.from));
        let newest = keys.first().map(|key| key.from);
        if newest.is_none_or(|from| from.saturating_add(ROTATION_SECONDS) < now) {
            keys.insert(0, make(folder, now)?);
        }
        keys.truncate(KEYS_MAX);
        Ok(Self { keys })
    }

    /// The key that signs.
    pub(crate) fn current(&self) -> Option<&Key> {
        self.keys.first()
    }

    /// All keys, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }
}

fn make(folder: &Path, now: u64) -> Result<Key> {
    let path = folder.join(format!("signing-{now}.pem"));
    let signing = draw()?;
    let pem = signing.to_pkcs8_pem(LineEnding::LF).map_err(|error| file(&path, &error))?;
    write_private(&path, pem.as_bytes())?;
    Ok(Key { from: now, signing })
}

/// A key from random bytes. Bytes that are no scalar, one in 2^32, are drawn again.
fn draw() -> Result<SigningKey> {
    const DRAWS_MAX: usize = 4;
    for _ in 0..DRAWS_MAX {
        if let Ok(key) = SigningKey::from_slice(&random::bytes::<32>()?) {
            return Ok(key);
        }
    }
    Err(Error::Random("what they are is no key".into()))
}

/// A folder that its owner alone may enter.
pub(crate) fn make_private_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| file(folder, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, permissions).map_err(|error| file(folder, &error))?;
    }
    Ok(())
}

/// Writes a new file for its owner alone: whole, or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = PathBuf::from(format!("{}.new", path.display()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let write = || {
        let mut file = options.open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    write().map_err(|error| file(path, &error))
}

pub(crate) fn file(path: &Path, error: &impl std::fmt::Display) -> Error {
    Error::File { path: path.into(), reason: error.to_string() }
}
