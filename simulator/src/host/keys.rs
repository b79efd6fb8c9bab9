//! Which authorities stand in the Secure Boot variables of a host.

use portcullis_wire::Guid;
use portcullis_wire::guid::OWNER_MICROSOFT;

use super::authority::Authority;
use crate::seed::Seed;
use crate::spec::{AuthoritySet, FirmwareStyle, HostSpec, LoaderAuthority, System};
use crate::uefi::{SignatureDatabase, signature};

/// The keys of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecureBootKeys {
    owner: Guid,
    platform: Authority,
    exchange: Vec<Authority>,
    allowed: Vec<Authority>,
    denied: Vec<[u8; 32]>,
}

impl SecureBootKeys {
    /// The keys that a specification names.
    #[must_use]
    pub fn of(spec: &HostSpec) -> Self {
        let style = spec.firmware.style;
        let set = spec.secure_boot.authorities;
        let (platform, vendor) = match style {
            _ if set == AuthoritySet::Own => (Authority::OWN_PLATFORM, None),
            FirmwareStyle::Dell => (Authority::PLATFORM_DELL, Some(Authority::VENDOR_DELL)),
            FirmwareStyle::Lenovo => (Authority::PLATFORM_LENOVO, Some(Authority::VENDOR_LENOVO)),
            FirmwareStyle::Supermicro => (Authority::PLATFORM_SUPERMICRO, None),
            FirmwareStyle::Ovmf => (Authority::PLATFORM_OVMF, None),
            FirmwareStyle::HyperV => (Authority::PLATFORM_HYPER_V, None),
        };
        let has_2011 = matches!(set, AuthoritySet::Microsoft2011 | AuthoritySet::MicrosoftBoth);
        let has_2023 = matches!(set, AuthoritySet::Microsoft2023 | AuthoritySet::MicrosoftBoth);
        let (mut exchange, mut allowed) = (Vec::new(), Vec::from_iter(vendor));
        if has_2011 {
            exchange.push(Authority::KEK_2011);
            allowed.extend([Authority::THIRD_PARTY_2011, Authority::WINDOWS_2011]);
        }
        if has_2023 {
            exchange.push(Authority::KEK_2023);
            allowed.extend([
                Authority::WINDOWS_2023,
                Authority::THIRD_PARTY_2023,
                Authority::OPTION_ROM_2023,
            ]);
        }
        if set == AuthoritySet::Own {
            exchange.push(Authority::OWN_KEK);
            allowed.push(Authority::OWN_DB);
        }
        // dbx is the same for everybody who has installed the same update.
        let revoked = Seed::from_text("revoked images");
        let denied = (0..spec.secure_boot.dbx_entries.0)
            .map(|index| revoked.bytes32(&index.to_string()))
            .collect();
        // Lenovo's firmware owns all entries, Microsoft's too; elsewhere Microsoft owns its own.
        let owner = match style {
            FirmwareStyle::Lenovo => Seed::from_text("lenovo").guid("signature owner"),
            _ if set == AuthoritySet::Own => Seed::from_text("own").guid("signature owner"),
            _ => OWNER_MICROSOFT,
        };
        Self { owner, platform, exchange, allowed, denied }
    }

    /// The variable `PK`.
    #[must_use]
    pub fn platform_key(&self) -> Vec<u8> {
        self.database(&[self.platform])
    }

    /// The variable `KEK`.
    #[must_use]
    pub fn exchange_keys(&self) -> Vec<u8> {
        self.database(&self.exchange)
    }

    /// The variable `db`.
    #[must_use]
    pub fn allowed(&self) -> Vec<u8> {
        self.database(&self.allowed)
    }

    /// The variable `dbx`.
    #[must_use]
    pub fn denied(&self) -> Vec<u8> {
        let database = SignatureDatabase::new();
        database.sha256_digests(OWNER_MICROSOFT, &self.denied).into_bytes()
    }

    /// True when `db` holds the authority.
    #[must_use]
    pub fn allow(&self, authority: Authority) -> bool {
        self.allowed.contains(&authority)
    }

    /// The entry of `db` that an authority record shows.
    #[must_use]
    pub fn entry(&self, authority: Authority) -> Vec<u8> {
        signature(self.owner, authority.der)
    }

    fn database(&self, authorities: &[Authority]) -> Vec<u8> {
        let add = |database: SignatureDatabase, authority: &Authority| {
            database.certificate(self.owner, authority.der)
        };
        authorities.iter().fold(SignatureDatabase::new(), add).into_bytes()
    }
}

/// The authority that approves option ROMs.
#[must_use]
pub fn option_rom_authority(spec: &HostSpec) -> Authority {
    match spec.secure_boot.authorities {
        AuthoritySet::Microsoft2011 | AuthoritySet::MicrosoftBoth => Authority::THIRD_PARTY_2011,
        AuthoritySet::Microsoft2023 => Authority::OPTION_ROM_2023,
        AuthoritySet::Own => Authority::OWN_DB,
    }
}

/// The authority that signed the first loader.
#[must_use]
pub fn loader_authority(spec: &HostSpec) -> Authority {
    let set = spec.secure_boot.authorities;
    match (spec.boot.system, spec.secure_boot.boot_manager_authority) {
        (System::Windows, LoaderAuthority::Windows2011) => Authority::WINDOWS_2011,
        (System::Windows, LoaderAuthority::Windows2023) => Authority::WINDOWS_2023,
        (System::LinuxUki, _) => Authority::OWN_DB,
        (System::LinuxShim, _) => match set {
            AuthoritySet::Microsoft2023 => Authority::THIRD_PARTY_2023,
            AuthoritySet::Own => Authority::OWN_DB,
            AuthoritySet::Microsoft2011 | AuthoritySet::MicrosoftBoth => {
                Authority::THIRD_PARTY_2011
            }
        },
    }
}
