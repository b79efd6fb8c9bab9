//! What can go wrong on the way to a TPM and back.

use std::fmt;
use std::io;

use portcullis_wire::tpm::{CommandCode, Handle, NvIndex, Rc};

/// Why there is no answer that can be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text names no TPM.
    Address {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The TPM cannot be reached, or stopped answering.
    Transport {
        /// Which TPM.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The TPM refused a command.
    Refused {
        /// The command.
        command: CommandCode,
        /// Its response code as it came, with the number of the parameter, handle or session.
        code: u32,
    },
    /// The answer does not have the form that the specification gives it.
    Malformed {
        /// The command.
        command: CommandCode,
        /// The field, in the specification's spelling.
        field: &'static str,
    },
    /// The TPM holds no EK of this kind.
    NoEk {
        /// The handle that was tried.
        handle: Handle,
    },
    /// An NV index is larger than anything that belongs there.
    NvTooLarge {
        /// The index.
        index: NvIndex,
        /// Its size.
        size_bytes: usize,
    },
}

/// An answer, or why there is none.
pub type Result<T> = std::result::Result<T, Error>;

/// The response code without the number of what it is about (Structures, section 6.6.2).
#[must_use]
pub(crate) const fn base(code: u32) -> Rc {
    const FORMAT_ONE: u32 = 1 << 7;
    if code & FORMAT_ONE == 0 { Rc(code) } else { Rc(code & 0x0bf) }
}

impl Error {
    /// The response code of a refusal, without the number of what it is about.
    #[must_use]
    pub const fn rc(&self) -> Option<Rc> {
        match self {
            Self::Refused { code, .. } => Some(base(*code)),
            _ => None,
        }
    }

    /// What can be done about it, where somebody could know.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Address { .. } => Some(
                "write device:/dev/tpmrm0, swtpm:host=127.0.0.1,port=2321 or \
                 mssim:host=127.0.0.1,port=2321",
            ),
            Self::Transport { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some(
                    "this machine has no TPM that its kernel knows; look for it in the firmware's \
                     setup, or name another one",
                ),
                io::ErrorKind::PermissionDenied => {
                    Some("run as root, or as a member of the group that owns the device (tss)")
                }
                io::ErrorKind::ConnectionRefused => {
                    Some("nothing listens there; start the TPM's process first")
                }
                _ => None,
            },
            Self::Refused { .. } => match self.rc()? {
                Rc::INITIALIZE => Some("the TPM was not started: send TPM2_Startup"),
                Rc::AUTH_FAIL => {
                    Some("a hierarchy or key has a password; attestation needs empty ones")
                }
                Rc::LOCKOUT => Some("the TPM is locked after wrong passwords; wait, or reset it"),
                Rc::OBJECT_MEMORY | Rc::SESSION_MEMORY => Some(
                    "the TPM's slots are full: use /dev/tpmrm0, which manages them, or flush what \
                     others left behind (tpm2_flushcontext -t, -l, -s)",
                ),
                _ => None,
            },
            Self::NoEk { .. } => Some("make the TPM ready: initialise it, and provision its EK"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { text, reason } => write!(f, "`{text}` names no TPM: {reason}"),
            Self::Transport { address, source } => write!(f, "TPM at {address}: {source}"),
            Self::Refused { command, code } => {
                write!(f, "the TPM refused {command}: {} ({code:#05x})", base(*code))
            }
            Self::Malformed { command, field } => {
                write!(f, "the TPM's answer to {command} is malformed in `{field}`")
            }
            Self::NoEk { handle } => write!(f, "the TPM has no endorsement key at {handle}"),
            Self::NvTooLarge { index, size_bytes } => {
                write!(f, "NV index {index} has {size_bytes} bytes, too many for a certificate")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_codes_lose_the_number_of_what_they_are_about() {
        for (code, rc) in [
            (0x100, Rc::INITIALIZE),
            (0x98e, Rc::AUTH_FAIL),
            (0x1d5, Rc::SIZE),
            (0x18b, Rc::HANDLE),
            (0x922, Rc::RETRY),
            (0x902, Rc::OBJECT_MEMORY),
        ] {
            assert_eq!(base(code), rc, "{code:#x}");
        }
    }

    #[test]
    fn a_refusal_names_command_and_code() {
        let error = Error::Refused { command: CommandCode::QUOTE, code: 0x98e };
        let text = "the TPM refused TPM2_Quote: TPM_RC_AUTH_FAIL (0x98e)";
        assert_eq!(error.to_string(), text);
        assert!(error.remedy().unwrap().contains("password"));
    }
}
