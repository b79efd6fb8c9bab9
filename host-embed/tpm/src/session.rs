//! The policy session that opens a low-range EK (EK Credential Profile, PolicyA): whoever may use
//! the endorsement hierarchy may use the key.

use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::{CommandCode, Handle};

use crate::command::{Auth, Command, Tpm};
use crate::error::Result;
use crate::marshal::Writer;

/// `TPM_SE_POLICY` (Structures, table 30).
const POLICY: u8 = 1;

/// The session has no key and no HMAC, so its nonce protects nothing; its size must still fit.
const NONCE: [u8; 32] = [0; 32];

impl Tpm {
    /// Runs `work` with a session that fulfils PolicyA.
    pub(crate) fn with_ek_policy<T>(
        &mut self,
        work: impl FnOnce(&mut Self, Auth) -> Result<T>,
    ) -> Result<T> {
        let session = self.start_policy_session()?;
        self.with(session, |tpm| {
            tpm.policy_secret(session)?;
            work(tpm, Auth::Policy(session))
        })
    }

    fn start_policy_session(&mut self) -> Result<Handle> {
        let parameters = Writer::default()
            .sized(&NONCE)
            .sized(&[])
            .u8(POLICY)
            .u16(TpmAlg::NULL.0)
            .u16(TpmAlg::SHA256.0)
            .finish();
        let command = Command::new(CommandCode::START_AUTH_SESSION)
            .handles(&[Handle::NULL, Handle::NULL])
            .parameters(parameters)
            .returns_handle();
        self.execute(&command)?.handle()
    }

    fn policy_secret(&mut self, session: Handle) -> Result<()> {
        // No nonce, command or reference is bound, and the authorization does not expire before
        // the session does.
        let parameters = Writer::default().sized(&[]).sized(&[]).sized(&[]).u32(0).finish();
        let command = Command::new(CommandCode::POLICY_SECRET)
            .parameters(parameters)
            .auths(&[Auth::EmptyPassword]);
        let handles = [Handle::ENDORSEMENT, session];
        self.execute(&command.handles(&handles))?;
        Ok(())
    }
}
