//! One command, one response (TPM 2.0 Library part 3, section 5).

use std::time::Duration;

use portcullis_wire::tpm::{CommandCode, Handle, Rc, StructureTag};

use crate::error::{Error, Result, base};
use crate::marshal::{Reader, Writer};
use crate::transport::{Address, Transport};

/// Times that a command is sent again when the TPM asks for it (`TPM_RC_RETRY` and its like). TPMs
/// answer so while they test an algorithm, once per algorithm.
const RETRIES_MAX: u32 = 20;

/// Pause before a command is sent again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Who authorizes a handle of a command.
#[derive(Clone, Copy)]
pub(crate) enum Auth {
    /// An empty password (part 1, section 19.4).
    EmptyPassword,
    /// A policy session whose policy is fulfilled. It has no key, so its HMAC is empty (part 1,
    /// section 19.6.5).
    Policy(Handle),
}

/// A TPM.
#[derive(Debug)]
pub struct Tpm {
    transport: Box<dyn Transport>,
}

impl Tpm {
    /// Opens the TPM at an address.
    ///
    /// # Errors
    /// [`Error::Transport`].
    pub fn open(address: &Address) -> Result<Self> {
        Ok(Self::over(address.open()?))
    }

    /// A TPM behind a transport.
    #[must_use]
    pub fn over(transport: Box<dyn Transport>) -> Self {
        Self { transport }
    }

    /// Sends a command with its handles, authorizations and parameters. Returns the handle of the
    /// response, where the command has one, and its parameters.
    pub(crate) fn execute(&mut self, command: &Command<'_>) -> Result<Response> {
        let bytes = command.to_bytes();
        for _ in 0..RETRIES_MAX {
            let response = self.transport.transmit(&bytes)?;
            match command.read(&response) {
                Err(error) if is_temporary(&error) => std::thread::sleep(RETRY_PAUSE),
                answer => return answer,
            }
        }
        Err(Error::Refused { command: command.code, code: Rc::RETRY.0 })
    }

    /// Forgets a loaded object or session.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Transport`].
    pub(crate) fn flush(&mut self, handle: Handle) -> Result<()> {
        let parameters = Writer::default().u32(handle.0).finish();
        self.execute(&Command::new(CommandCode::FLUSH_CONTEXT).parameters(parameters))?;
        Ok(())
    }

    /// Runs `work` with a loaded object or session, and forgets it afterwards whatever comes.
    pub(crate) fn with<T>(
        &mut self,
        handle: Handle,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outcome = work(self);
        // The outcome says more than a failed clean-up, which the resource manager repeats.
        let flushed = self.flush(handle);
        outcome.and_then(|value| flushed.map(|()| value))
    }
}

fn is_temporary(error: &Error) -> bool {
    matches!(error.rc(), Some(Rc::RETRY | Rc::TESTING | Rc::YIELDED))
}

/// A command in parts.
pub(crate) struct Command<'a> {
    code: CommandCode,
    handles: &'a [Handle],
    auths: &'a [Auth],
    parameters: Vec<u8>,
    has_response_handle: bool,
}

impl<'a> Command<'a> {
    pub(crate) const fn new(code: CommandCode) -> Self {
        Self { code, handles: &[], auths: &[], parameters: Vec::new(), has_response_handle: false }
    }

    pub(crate) const fn handles(mut self, handles: &'a [Handle]) -> Self {
        self.handles = handles;
        self
    }

    pub(crate) const fn auths(mut self, auths: &'a [Auth]) -> Self {
        self.auths = auths;
        self
    }

    pub(crate) fn parameters(mut self, parameters: Vec<u8>) -> Self {
        self.parameters = parameters;
        self
    }

    pub(crate) const fn returns_handle(mut self) -> Self {
        self.has_response_handle = true;
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        const HEADER_SIZE_BYTES: usize = 10;
        let mut body = Writer::default();
        for handle in self.handles {
            body = body.u32(handle.0);
        }
        if !self.auths.is_empty() {
            let area = self.auths.iter().fold(Writer::default(), |area, auth| {
                let session = match auth {
                    Auth::EmptyPassword => Handle::PASSWORD,
                    Auth::Policy(session) => *session,
                };
                // A password goes with no attributes; a session is to be used again.
                let attributes = u8::from(matches!(auth, Auth::Policy(_)));
                area.u32(session.0).sized(&[]).u8(attributes).sized(&[])
            });
            let area = area.finish();
            body = body.u32(u32::try_from(area.len()).unwrap_or(u32::MAX)).bytes(&area);
        }
        let body = body.bytes(&self.parameters).finish();
        let size = body.len().saturating_add(HEADER_SIZE_BYTES);
        Writer::default()
            .u16(self.tag().0)
            .u32(u32::try_from(size).unwrap_or(u32::MAX))
            .u32(self.code.0)
            .bytes(&body)
            .finish()
    }

    const fn tag(&self) -> StructureTag {
        if self.auths.is_empty() { StructureTag::NO_SESSIONS } else { StructureTag::SESSIONS }
    }

    fn read(&self, response: &[u8]) -> Result<Response> {
        let mut reader = Reader::new(self.code, response);
        let tag = reader.u16("tag")?;
        let size = reader.u32("responseSize")?;
        let code = reader.u32("responseCode")?;
        if usize::try_from(size) != Ok(response.len()) {
            return Err(reader.malformed("responseSize"));
        }
        if base(code) != Rc::SUCCESS {
            return Err(Error::Refused { command: self.code, code });
        }
        if tag != self.tag().0 {
            return Err(reader.malformed("tag"));
        }
        let handle = match self.has_response_handle {
            true => Some(Handle(reader.u32("responseHandle")?)),
            false => None,
        };
        let parameters = match self.auths.is_empty() {
            true => reader.rest(),
            false => {
                let size = reader.u32("parameterSize")?;
                reader.take("parameters", usize::try_from(size).unwrap_or(usize::MAX))?
            }
        };
        Ok(Response { command: self.code, handle, parameters: parameters.to_vec() })
    }
}

/// A response that holds.
pub(crate) struct Response {
    command: CommandCode,
    handle: Option<Handle>,
    parameters: Vec<u8>,
}

impl Response {
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.command, &self.parameters)
    }

    pub(crate) fn handle(&self) -> Result<Handle> {
        self.handle.ok_or_else(|| self.reader().malformed("responseHandle"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list, and keeps what it was asked.
    #[derive(Debug)]
    struct Script(Vec<Vec<u8>>);

    impl Transport for Script {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>> {
            Ok(self.0.remove(0))
        }
    }

    fn read_public(answers: &[&[u8]]) -> Result<Response> {
        let script = Script(answers.iter().map(|answer| answer.to_vec()).collect());
        let handles = [Handle::EK_RSA];
        let command = Command::new(CommandCode::READ_PUBLIC).handles(&handles);
        Tpm::over(Box::new(script)).execute(&command)
    }

    #[test]
    fn a_command_is_header_handles_authorizations_and_parameters() {
        let handles = [Handle::EK_RSA];
        let auths = [Auth::EmptyPassword, Auth::Policy(Handle(0x0300_0000))];
        let command = Command::new(CommandCode::QUOTE)
            .handles(&handles)
            .auths(&auths)
            .parameters(vec![0xaa, 0xbb]);
        let expected = [
            0x80, 0x02, 0, 0, 0, 38, 0, 0, 1, 0x58, 0x81, 1, 0, 1, 0, 0, 0, 18, 0x40, 0, 0, 9, 0,
            0, 0, 0, 0, 0x03, 0, 0, 0, 0, 0, 1, 0, 0, 0xaa, 0xbb,
        ];
        assert_eq!(command.to_bytes(), expected);
    }

    #[test]
    fn answers_that_are_none_are_malformed_and_refusals_are_told_apart() {
        let cases: [(&[u8], &str); 5] = [
            (&[], "`tag`"),
            (&[0x80, 1, 0, 0, 0, 11, 0, 0, 0, 0], "`responseSize`"),
            (&[0x80, 2, 0, 0, 0, 10, 0, 0, 0, 0], "`tag`"),
            (&[0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0], "TPM_RC_INITIALIZE"),
            (&[0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x8b], "TPM_RC_HANDLE (0x18b)"),
        ];
        for (answer, reason) in cases {
            let error = read_public(&[answer]).err().unwrap().to_string();
            assert!(error.contains(reason), "{error} does not say {reason}");
        }
    }

    #[test]
    fn a_tpm_that_asks_for_it_is_asked_again() {
        let retry = [0x80, 1, 0, 0, 0, 10, 0, 0, 9, 0x22];
        let answer = [0x80, 1, 0, 0, 0, 12, 0, 0, 0, 0, 7, 8];
        let response = read_public(&[&retry, &retry, &answer]).unwrap();
        assert_eq!(response.parameters, [7, 8]);
    }
}
