//! What the data of an element means, by its type.
//!
//! Each type has one layout and one size; data of another size is [`SipaValue::Undecodable`],
//! never cut or padded: what would a rule make of a debug flag of four bytes?

use portcullis_wire::SipaType;
use portcullis_wire::sipa::{BitlockerUnlock, CapiAlg, OsDevice, TransferControl};
use spki::SubjectPublicKeyInfoRef;

use super::payload::{KsrSignature, RevocationList, SbcpInfo, VsmIdk};
use super::policy::{SiPolicy, SiPolicySigner};
use super::text::text;
use crate::formats::body::Text;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, byte, complete, le_u32, le_u64};
use crate::formats::tpm::TpmsAttest;

/// The typed data of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SipaValue<'a> {
    /// Elements: the node's descendants.
    Container,
    /// A flag: one byte, 0 or 1.
    Boolean(bool),
    /// A 32-bit number.
    U32(u32),
    /// A 64-bit number.
    U64(u64),
    /// To whom a boot application hands over.
    TransferControl(TransferControl),
    /// How volumes were unlocked.
    BitlockerUnlock(BitlockerUnlock),
    /// The device that Windows starts from.
    OsDevice(OsDevice),
    /// The algorithm of a module's hash.
    HashAlgorithm(CapiAlg),
    /// A text.
    Text(Text<'a>),
    /// A digest, of the size of some hash algorithm.
    Digest(&'a [u8]),
    /// The DER `SubjectPublicKeyInfo` of a key.
    PublicKey(&'a [u8]),
    /// A code integrity policy in force.
    SiPolicy(SiPolicy<'a>),
    /// Who signed a code integrity policy, or may sign its update.
    SiPolicySigner(Box<SiPolicySigner<'a>>),
    /// A list of what is revoked.
    RevocationList(RevocationList<'a>),
    /// The Secure Boot configuration policy in force.
    SbcpInfo(SbcpInfo<'a>),
    /// A public key of virtual secure mode.
    VsmIdk(VsmIdk<'a>),
    /// A signature over a kernel soft reboot's measurements.
    KsrSignature(KsrSignature<'a>),
    /// What a TPM 2.0 signed for a trust point.
    Quote(Box<TpmsAttest<'a>>),
    /// Data of a known type that has no documented structure.
    Bytes(&'a [u8]),
    /// Data of a type without a name.
    Unknown(&'a [u8]),
    /// Data that does not have the structure of its type.
    Undecodable {
        /// Why.
        reason: ParseError,
    },
}

impl SipaValue<'_> {
    /// The flag, when this is one.
    #[must_use]
    pub const fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The number of any width, when this is one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match *self {
            Self::U32(value)
            | Self::TransferControl(TransferControl(value))
            | Self::BitlockerUnlock(BitlockerUnlock(value))
            | Self::OsDevice(OsDevice(value))
            | Self::HashAlgorithm(CapiAlg(value)) => Some(value.into()),
            Self::U64(value) => Some(value),
            _ => None,
        }
    }
}

/// The name of a type as an error's field.
pub(super) fn field(kind: SipaType) -> &'static str {
    kind.name().unwrap_or("taggedEventData")
}

/// How the data of a type is laid out.
#[derive(Clone, Copy)]
enum Layout {
    Boolean,
    U32,
    U64,
    TransferControl,
    BitlockerUnlock,
    OsDevice,
    HashAlgorithm,
    Text,
    /// A digest of any hash algorithm.
    Digest,
    /// A digest of this size in bytes.
    DigestOf(usize),
    PublicKey,
    SiPolicy,
    SiPolicySigner,
    RevocationList,
    SbcpInfo,
    VsmIdk,
    KsrSignature,
    Quote,
    Bytes,
}

/// The layout of a named type: `wbcl.h`, its comments, and the sizes in real logs.
const fn layout(kind: SipaType) -> Layout {
    use SipaType as T;
    match kind {
        T::BOOTDEBUGGING
        | T::OSKERNELDEBUG
        | T::CODEINTEGRITY
        | T::TESTSIGNING
        | T::SAFEMODE
        | T::WINPE
        | T::HYPERVISOR_DEBUG
        | T::FLIGHTSIGNING
        | T::PAGEFILE_ENCRYPTION_ENABLED
        | T::HIBERNATION_DISABLED
        | T::DUMPS_DISABLED
        | T::DUMP_ENCRYPTION_ENABLED
        | T::HYPERVISOR_BOOT_DMA_PROTECTION
        | T::IMAGEVALIDATED
        | T::VBS_VSM_REQUIRED
        | T::VBS_SECUREBOOT_REQUIRED
        | T::VBS_IOMMU_REQUIRED
        | T::VBS_MMIO_NX_REQUIRED
        | T::VBS_MSR_FILTERING_REQUIRED
        | T::VBS_MANDATORY_ENFORCEMENT
        | T::VBS_MICROSOFT_BOOT_CHAIN_REQUIRED
        | T::VBS_DUMP_USES_AMEROOT
        | T::VBS_VSM_NOSECRETS_ENFORCED => Layout::Boolean,
        T::MORBIT_NOT_CANCELABLE
        | T::APPLICATION_SVN
        | T::SVN_CHAIN_STATUS
        | T::MORBIT_API_STATUS
        | T::IDK_GENERATION_STATUS
        | T::DRIVER_LOAD_POLICY
        | T::SMT_STATUS
        | T::LSAISO_CONFIG
        | T::MODULE_SVN => Layout::U32,
        T::BOOTCOUNTER
        | T::EVENTCOUNTER
        | T::COUNTERID
        | T::DATAEXECUTIONPREVENTION
        | T::PHYSICALADDRESSEXTENSION
        | T::HYPERVISOR_LAUNCH_TYPE
        | T::HYPERVISOR_IOMMU_POLICY
        | T::HYPERVISOR_MMIO_NX_POLICY
        | T::HYPERVISOR_MSR_FILTER_POLICY
        | T::VSM_LAUNCH_TYPE
        | T::IMAGESIZE
        | T::IMAGEBASE
        | T::VBS_HVCI_POLICY => Layout::U64,
        _ => structured_layout(kind),
    }
}

/// The layout of a named type that is neither a flag nor a plain number.
const fn structured_layout(kind: SipaType) -> Layout {
    use SipaType as T;
    match kind {
        T::TRANSFER_CONTROL => Layout::TransferControl,
        T::BITLOCKER_UNLOCK => Layout::BitlockerUnlock,
        T::OSDEVICE => Layout::OsDevice,
        T::HASHALGORITHMID => Layout::HashAlgorithm,
        T::SYSTEMROOT
        | T::HYPERVISOR_PATH
        | T::FILEPATH
        | T::AUTHORITYISSUER
        | T::AUTHORITYPUBLISHER
        | T::MODULE_ORIGINAL_FILENAME
        | T::PUBLISHER_OEMNAME
        | T::AIKID
        | T::ELAM_KEYNAME => Layout::Text,
        T::AUTHENTICODEHASH | T::ELAM_MEASURED => Layout::Digest,
        T::AUTHORITYSHA1THUMBPRINT | T::AIKPUBDIGEST => Layout::DigestOf(20),
        T::DUMP_ENCRYPTION_KEY_DIGEST => Layout::DigestOf(32),
        T::AUTHORITYPUBKEY => Layout::PublicKey,
        T::SI_POLICY => Layout::SiPolicy,
        T::SI_POLICY_SIGNER | T::SI_POLICY_UPDATE_SIGNER => Layout::SiPolicySigner,
        T::BOOT_REVOCATION_LIST | T::OS_REVOCATION_LIST => Layout::RevocationList,
        T::SBCP_INFO => Layout::SbcpInfo,
        T::VSM_IDK_INFO | T::VSM_IDKS_INFO => Layout::VsmIdk,
        T::KSR_SIGNATURE => Layout::KsrSignature,
        T::QUOTE => Layout::Quote,
        _ => Layout::Bytes,
    }
}

/// Decodes the data of an element.
pub(super) fn decode<'a>(kind: SipaType, data: Input<'a>) -> SipaValue<'a> {
    if kind.is_container() {
        return SipaValue::Container;
    }
    let Some(field) = kind.name() else { return SipaValue::Unknown(data.bytes()) };
    by_layout(layout(kind), field, data).unwrap_or_else(|reason| SipaValue::Undecodable { reason })
}

fn by_layout<'a>(
    layout: Layout,
    field: &'static str,
    data: Input<'a>,
) -> Result<SipaValue<'a>, ParseError> {
    use SipaValue as V;
    let number = || complete(data, field, le_u32(field));
    Ok(match layout {
        Layout::Boolean => V::Boolean(boolean(field, data)?),
        Layout::U32 => V::U32(number()?),
        Layout::U64 => V::U64(complete(data, field, le_u64(field))?),
        Layout::TransferControl => V::TransferControl(TransferControl(number()?)),
        Layout::BitlockerUnlock => V::BitlockerUnlock(BitlockerUnlock(number()?)),
        Layout::OsDevice => V::OsDevice(OsDevice(number()?)),
        Layout::HashAlgorithm => V::HashAlgorithm(CapiAlg(number()?)),
        Layout::Text => V::Text(text(field, data)?),
        Layout::Digest => V::Digest(digest(field, data, &[20, 32, 48, 64])?),
        Layout::DigestOf(size_bytes) => V::Digest(digest(field, data, &[size_bytes])?),
        Layout::PublicKey => V::PublicKey(public_key(field, data)?),
        Layout::SiPolicy => V::SiPolicy(SiPolicy::parse(data)?),
        Layout::SiPolicySigner => V::SiPolicySigner(Box::new(SiPolicySigner::parse(data)?)),
        Layout::RevocationList => V::RevocationList(RevocationList::parse(data)?),
        Layout::SbcpInfo => V::SbcpInfo(SbcpInfo::parse(data)?),
        Layout::VsmIdk => V::VsmIdk(VsmIdk::parse(data)?),
        Layout::KsrSignature => V::KsrSignature(KsrSignature::parse(data)?),
        Layout::Quote => V::Quote(Box::new(quote(field, data)?)),
        Layout::Bytes => V::Bytes(data.bytes()),
    })
}

/// A byte that is neither 0 nor 1 is no flag: true to C code, and false to a comparison with 1.
fn boolean(field: &'static str, data: Input<'_>) -> Result<bool, ParseError> {
    match complete(data, field, byte(field))? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(data.error(ParseErrorKind::Invalid("is neither 0 nor 1"), field, 1)),
    }
}

fn digest<'a>(
    field: &'static str,
    data: Input<'a>,
    sizes_bytes: &[usize],
) -> Result<&'a [u8], ParseError> {
    if sizes_bytes.contains(&data.len()) {
        return Ok(data.bytes());
    }
    Err(data.error(ParseErrorKind::Invalid("has not the size of a digest"), field, data.len()))
}

fn public_key<'a>(field: &'static str, data: Input<'a>) -> Result<&'a [u8], ParseError> {
    match SubjectPublicKeyInfoRef::try_from(data.bytes()) {
        Ok(_) => Ok(data.bytes()),
        Err(_) => {
            let kind = ParseErrorKind::Invalid("is no DER public key");
            Err(data.error(kind, field, data.len()))
        }
    }
}

/// Trust points of a TPM 1.2 hold `TPM_QUOTE_INFO2`, which the engine does not read: they have
/// another magic word.
fn quote<'a>(field: &'static str, data: Input<'a>) -> Result<TpmsAttest<'a>, ParseError> {
    let attest = TpmsAttest::parse(data)?;
    if attest.quote().is_none() {
        let kind = ParseErrorKind::Invalid("attests something else");
        return Err(data.error(kind, field, data.len()));
    }
    Ok(attest)
}
