//! What a TPM says of itself (`TPM2_GetCapability`). None of it is signed.

use portcullis_wire::TpmAlg;
use portcullis_wire::tpm::{Capability, CommandCode, TpmManufacturer, TpmProperty};

use crate::command::{Command, Tpm};
use crate::error::Result;
use crate::marshal::{Reader, Writer};
use crate::pcr::PcrSelection;

/// Who made the TPM, and which firmware it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Properties {
    /// Who made it.
    pub manufacturer: TpmManufacturer,
    /// Firmware version: two 32-bit properties, the first one high.
    pub firmware_version: u64,
}

impl Tpm {
    /// Manufacturer and firmware.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub fn properties(&mut self) -> Result<Properties> {
        let high = self.property(TpmProperty::FIRMWARE_VERSION_1)?;
        let low = self.property(TpmProperty::FIRMWARE_VERSION_2)?;
        Ok(Properties {
            manufacturer: TpmManufacturer(self.property(TpmProperty::MANUFACTURER)?),
            firmware_version: u64::from(high) << 32 | u64::from(low),
        })
    }

    /// The banks that the TPM keeps, with the registers of each; unallocated banks are left out.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub fn banks(&mut self) -> Result<Vec<(TpmAlg, u32)>> {
        let response = self.capability(Capability::PCRS, 0)?;
        let selection = PcrSelection::read(&mut data(response.reader())?)?;
        Ok(selection.banks().iter().copied().filter(|(_, bitmap)| *bitmap != 0).collect())
    }

    pub(crate) fn property(&mut self, property: TpmProperty) -> Result<u32> {
        let response = self.capability(Capability::TPM_PROPERTIES, property.0)?;
        let mut reader = data(response.reader())?;
        let count = reader.count("TPML_TAGGED_TPM_PROPERTY.count", 8)?;
        let (name, value) = (reader.u32("property")?, reader.u32("value")?);
        match count {
            1.. if name == property.0 => Ok(value),
            _ => Err(reader.malformed("property")),
        }
    }

    fn capability(
        &mut self,
        capability: Capability,
        first: u32,
    ) -> Result<crate::command::Response> {
        let parameters = Writer::default().u32(capability.0).u32(first).u32(1).finish();
        self.execute(&Command::new(CommandCode::GET_CAPABILITY).parameters(parameters))
    }
}

/// The list behind `moreData` and the repeated capability.
fn data(mut reader: Reader<'_>) -> Result<Reader<'_>> {
    reader.u8("moreData")?;
    reader.u32("capability")?;
    Ok(reader)
}
