//! The switches (profile, versions, policy states) and the policy set that all rules make.

use portcullis_api::PolicySetDoc;
use portcullis_api::policy_set::{DumpKeyDoc, RegisteredBaselineDoc, RegisteredCiPolicyDoc};

use crate::error::{Result, StoreError};
use crate::sql::params;
use crate::store::{Change, View};

/// The versions in which a new store lets hosts attest: as HGS of 2019, v2 first and then v1. A
/// host attests as v1 only when an administrator registered it as v1.
const VERSIONS: &str = "v2,v1";
const PROFILE: &str = "hyper-v";

/// The rules of a new store: nobody is trusted, and no host could match.
#[must_use]
pub fn new_rules() -> PolicySetDoc {
    PolicySetDoc {
        profile: PROFILE.into(),
        versions: VERSIONS.split(',').map(str::to_owned).collect(),
        ..PolicySetDoc::default()
    }
}

impl View<'_> {
    /// The profile: which policies apply at all.
    ///
    /// # Errors
    /// [`StoreError`]; so for all readers here.
    pub fn profile(&mut self) -> Result<String> {
        Ok(self.setting("profile")?.unwrap_or_else(|| PROFILE.into()))
    }

    /// The versions in which hosts may attest, in the order in which they are tried.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn versions(&mut self) -> Result<Vec<String>> {
        let setting = self.setting("versions")?.unwrap_or_else(|| VERSIONS.into());
        Ok(setting.split(',').map(str::to_owned).collect())
    }

    /// The policies whose states differ from the profile's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn policy_states(&mut self) -> Result<Vec<(String, String)>> {
        let rows =
            self.sql.query("SELECT name, state FROM policy_states ORDER BY name LIMIT 64", &[])?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// The policy set that all rules make.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn compile(&mut self) -> Result<PolicySetDoc> {
        let states = self.policy_states()?;
        let trust = self.trust_der()?;
        let baselines = self.baselines()?.into_iter().map(|stored| RegisteredBaselineDoc {
            policy_version: stored.policy_version,
            baseline: stored.baseline,
            deltas: stored.deltas,
        });
        let ci_policies = self.ci_policies()?.into_iter().map(|stored| RegisteredCiPolicyDoc {
            policy_version: stored.policy_version,
            name: stored.name,
            policy_sha256: stored.policy_sha256,
        });
        let dump_keys = self.dump_keys()?;
        let dump_keys =
            dump_keys.into_iter().map(|key| DumpKeyDoc { name: key.name, sha256: key.sha256 });
        Ok(PolicySetDoc {
            profile: self.profile()?,
            policies: states.into_iter().collect(),
            versions: self.versions()?,
            trust,
            baselines: baselines.collect(),
            ci_policies: ci_policies.collect(),
            dump_keys: dump_keys.collect(),
            windows_authorities: self.windows_authorities()?,
            ..PolicySetDoc::default()
        })
    }
}

impl Change<'_> {
    /// Switches a policy. Whether it may be switched is the caller's to know: states of a profile
    /// are the engine's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_policy_state(&mut self, name: &str, before: &str, state: &str) -> Result<()> {
        self.execute(
            "INSERT INTO policy_states (name, state) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET state = excluded.state",
            params![name, state],
        )?;
        self.touch_rules();
        let text = |state: &str| Some(format!("\"{state}\""));
        self.note("policy.set", name, text(before), text(state));
        Ok(())
    }

    /// Chooses the versions in which hosts may attest: `v2`, `v1` or `v2,v1`.
    ///
    /// # Errors
    /// [`StoreError::Refused`].
    pub fn set_versions(&mut self, versions: &str) -> Result<()> {
        if !["v2", "v1", "v2,v1"].contains(&versions) {
            return Err(StoreError::refused("VERSION", "is none of v1, v2, both", ""));
        }
        let before = self.versions()?.join(",");
        self.set_setting("versions", versions)?;
        self.touch_rules();
        let text = |versions: &str| Some(format!("\"{versions}\""));
        self.note("server.version", "versions", text(&before), text(versions));
        Ok(())
    }

    /// Chooses the profile.
    ///
    /// # Errors
    /// [`StoreError::Refused`].
    pub fn set_profile(&mut self, profile: &str) -> Result<()> {
        if !["hyper-v", "linux"].contains(&profile) {
            return Err(StoreError::refused(
                "--profile",
                format_args!("`{profile}` is no profile"),
                "use hyper-v or linux",
            ));
        }
        let before = self.profile()?;
        self.set_setting("profile", profile)?;
        self.touch_rules();
        let text = |profile: &str| Some(format!("\"{profile}\""));
        self.note("mode.profile", "profile", text(&before), text(profile));
        Ok(())
    }
}
