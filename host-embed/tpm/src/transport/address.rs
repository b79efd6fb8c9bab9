//! Where a TPM is, in the spelling of tpm2-tools' `TPM2TOOLS_TCTI`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Transport;
use super::device::Device;
use super::mssim::Mssim;
use super::swtpm::Swtpm;
use crate::error::{Error, Result};

/// Port of software TPMs when none is named.
const PORT_DEFAULT: u16 = 2321;

/// The way to a TPM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// A device of the kernel.
    Device(PathBuf),
    /// The socket of swtpm: a connection for each command.
    Swtpm {
        /// Host name or address.
        host: String,
        /// Port of commands; the control port is the next one.
        port: u16,
    },
    /// The socket of the reference simulator.
    Mssim {
        /// Host name or address.
        host: String,
        /// Port of commands; the platform port is the next one.
        port: u16,
    },
}

impl Default for Address {
    /// The kernel's resource manager.
    fn default() -> Self {
        Self::Device("/dev/tpmrm0".into())
    }
}

impl Address {
    /// Opens the way.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub fn open(&self) -> Result<Box<dyn Transport>> {
        let name = self.to_string();
        let opened: std::io::Result<Box<dyn Transport>> = match self {
            Self::Device(path) => Device::open(path, &name).map(|way| Box::new(way) as _),
            Self::Swtpm { host, port } => Ok(Box::new(Swtpm::new(host, *port, &name))),
            Self::Mssim { host, port } => {
                Mssim::open(host, *port, &name).map(|way| Box::new(way) as _)
            }
        };
        opened.map_err(|source| Error::Transport { address: name, source })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(path) => write!(f, "device:{}", path.display()),
            Self::Swtpm { host, port } => write!(f, "swtpm:host={host},port={port}"),
            Self::Mssim { host, port } => write!(f, "mssim:host={host},port={port}"),
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |reason| Error::Address { text: text.into(), reason };
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "device" if rest.is_empty() => Ok(Self::default()),
            "device" => Ok(Self::Device(rest.into())),
            "swtpm" | "mssim" => {
                let (host, port) = host_and_port(rest).map_err(refuse)?;
                Ok(match kind {
                    "swtpm" => Self::Swtpm { host, port },
                    _ => Self::Mssim { host, port },
                })
            }
            _ => Err(refuse("begins with neither device:, swtpm: nor mssim:")),
        }
    }
}

fn host_and_port(text: &str) -> std::result::Result<(String, u16), &'static str> {
    let (mut host, mut port) = ("127.0.0.1".to_owned(), PORT_DEFAULT);
    for setting in text.split(',').filter(|setting| !setting.is_empty()) {
        match setting.split_once('=') {
            Some(("host", value)) if !value.is_empty() => value.clone_into(&mut host),
            Some(("port", value)) => {
                port = value.parse().map_err(|_| "the port is no number from 1 to 65534")?;
                // The control port is the next one.
                if !(1..u16::MAX).contains(&port) {
                    return Err("the port is no number from 1 to 65534");
                }
            }
            _ => return Err("a setting is neither host=NAME nor port=NUMBER"),
        }
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spelled_as_tpm2_tools_spell_them() {
        let swtpm = |host: &str, port| Address::Swtpm { host: host.into(), port };
        for (text, address) in [
            ("device", Address::default()),
            ("device:/dev/tpm0", Address::Device("/dev/tpm0".into())),
            ("swtpm", swtpm("127.0.0.1", 2321)),
            ("swtpm:host=tpm.example,port=77", swtpm("tpm.example", 77)),
            ("mssim:port=9", Address::Mssim { host: "127.0.0.1".into(), port: 9 }),
        ] {
            assert_eq!(text.parse::<Address>().unwrap(), address, "{text}");
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
        for text in ["", "tpm", "swtpm:port=0", "swtpm:port=65535", "mssim:path=x", "swtpm:host="] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
