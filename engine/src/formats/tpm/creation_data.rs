//! `TPMS_CREATION_DATA` (Structures, section 15.1): the circumstances under which a TPM made an
//! object.
//!
//! The TPM vouches for them only where it signed their digest: the `creationHash` of a creation
//! attestation ([`super::AttestBody::Creation`]) is over exactly [`CreationData::bytes`].

use super::pcr_selection::{PcrSelection, parse_pcr_selections};
use super::sized;
use crate::formats::error::ParseError;
use crate::formats::input::{Input, Parsed, be_u16, byte, complete};
use crate::wire::TpmAlg;

/// `TPMS_CREATION_DATA`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreationData<'a> {
    /// Exactly the structure: what `creationHash` is a digest of.
    pub bytes: Input<'a>,
    /// Registers whose values the creator asked to be recorded.
    pub selections: Vec<PcrSelection>,
    /// Digest over their values.
    pub pcr_digest: Input<'a>,
    /// `TPMA_LOCALITY` at which the object was made.
    pub locality: u8,
    /// Name algorithm of the parent; null under a hierarchy.
    pub parent_name_alg: TpmAlg,
    /// Name of the parent, or the handle of the hierarchy.
    pub parent_name: Input<'a>,
    /// Qualified name of the parent.
    pub parent_qualified_name: Input<'a>,
    /// What the creator handed in.
    pub outside_info: Input<'a>,
}

impl<'a> CreationData<'a> {
    /// Reads a `TPMS_CREATION_DATA` that is the whole input.
    ///
    /// # Errors
    /// Those of the selections, bytes behind the structure, or the end of the input.
    pub fn parse(input: Input<'a>) -> Result<Self, ParseError> {
        complete(input, "TPMS_CREATION_DATA", parse_creation_data)
    }
}

fn parse_creation_data(input: Input<'_>) -> Parsed<'_, CreationData<'_>> {
    let (rest, selections) = parse_pcr_selections(input)?;
    let (rest, pcr_digest) = sized("pcrDigest")(rest)?;
    let (rest, locality) = byte("locality")(rest)?;
    let (rest, parent_name_alg) = be_u16("parentNameAlg")(rest)?;
    let (rest, parent_name) = sized("parentName")(rest)?;
    let (rest, parent_qualified_name) = sized("parentQualifiedName")(rest)?;
    let (rest, outside_info) = sized("outsideInfo")(rest)?;
    let size = rest.span_since(input).size;
    let data = CreationData {
        bytes: Input::at(input.bytes().get(..size).unwrap_or_default(), input.offset()),
        selections,
        pcr_digest,
        locality,
        parent_name_alg: TpmAlg(parent_name_alg),
        parent_name,
        parent_qualified_name,
        outside_info,
    };
    Ok((rest, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    /// Of an object under the owner hierarchy, with two bytes of outside information.
    const DATA: &[u8] =
        &[0, 0, 0, 0, 0, 1, 0xaa, 1, 0, 0x10, 0, 4, 0x40, 0, 0, 1, 0, 4, 0x40, 0, 0, 1, 0, 2, 8, 9];

    #[test]
    fn the_fields_stand_where_the_structure_puts_them() {
        let data = CreationData::parse(Input::at(DATA, 10)).unwrap();
        assert_eq!(data.selections, []);
        assert_eq!((data.locality, data.parent_name_alg), (1, TpmAlg::NULL));
        assert_eq!(data.pcr_digest.span(), Span::new(16, 1));
        assert_eq!(data.parent_name.bytes(), [0x40, 0, 0, 1]);
        assert_eq!(data.outside_info.span(), Span::new(34, 2));
        assert_eq!(data.bytes.bytes(), DATA);
    }

    #[test]
    fn a_structure_that_ends_early_or_late_is_refused_at_its_offset() {
        let refused =
            |bytes: &[u8]| CreationData::parse(Input::new(bytes)).unwrap_err().to_string();
        assert_eq!(refused(&DATA[..25]), "`outsideInfo` at byte 24: needs 2 bytes, 1 are left");
        assert_eq!(refused(&DATA[..7]), "`locality` at byte 7: needs 1 bytes, 0 are left");
        assert_eq!(
            refused(&[DATA, &[0]].concat()),
            "`TPMS_CREATION_DATA` at byte 26: 1 bytes follow the structure"
        );
    }
}
