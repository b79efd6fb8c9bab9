//! One line per record for a human: the only form of hostile data that is fit for a terminal.

use std::fmt::{self, Write};

use portcullis_wire::guid;

use super::ipl::IplRole;
use super::no_action::{NoAction, PlatformId};
use super::tagged::{LINUX_INITRD, LINUX_LOAD_OPTIONS, TaggedEvent};
use super::variable::Value;
use super::{Body, FirmwareBlob, HandoffTables, Ipl, Separator, Variable};
use crate::formats::line::{Count, Line};
use crate::formats::sipa;

impl Body<'_> {
    /// What the record says, in one line of at most
    /// [`SUMMARY_CHARS_MAX`](crate::limits::SUMMARY_CHARS_MAX) characters and an ellipsis.
    /// Everything that is not plainly visible is escaped.
    ///
    /// For display only. What is true of it is a question of [`binding`](fn@super::binding).
    #[must_use]
    pub fn summary(&self) -> String {
        Line::of(|line| self.write(line))
    }

    fn write(&self, line: &mut Line) -> fmt::Result {
        match self {
            Self::NoAction(no_action) => write_no_action(line, no_action),
            Self::Variable(variable) => write_variable(line, variable),
            Self::Authority(variable) => write_authority(line, variable),
            Self::Separator(Separator::Normal) => line.write_str("separator"),
            Self::Separator(Separator::Ones) => line.write_str("separator of ffffffff"),
            Self::Separator(Separator::Wbcl) => line.write_str("separator `WBCL`"),
            Self::Separator(Separator::Other) => line.write_str("separator with unknown data"),
            Self::Image(image) if image.path.nodes.is_empty() => {
                write!(line, "image of {} bytes, no path", image.size_bytes)
            }
            Self::Image(image) => write!(line, "image {}", image.path),
            Self::Gpt(gpt) => {
                write!(line, "disk {}, {}", gpt.disk, Count(gpt.partitions.len(), "partition"))
            }
            Self::Handoff(tables) => write_handoff(line, tables),
            Self::FirmwareBlob(blob) => write_blob(line, blob),
            Self::Ipl(ipl) => write_ipl(line, ipl),
            Self::Tagged(elements) => write_tagged(line, elements),
            Self::Version(guid) => write!(line, "version {guid}"),
            Self::CompactHash(number) => write!(line, "{number:#010x}"),
            Self::Text(text) if text.text.is_empty() => line.write_str("empty"),
            Self::Text(text) => line.write_str(&text.text),
            Self::Opaque(data) => line.write_bytes(data),
            Self::Undecodable { reason } => write!(line, "undecodable: {reason}"),
        }
    }
}

fn write_no_action(line: &mut Line, no_action: &NoAction<'_>) -> fmt::Result {
    match no_action {
        NoAction::SpecId(spec_id) => {
            let (major, minor) = (spec_id.version_major, spec_id.version_minor);
            write!(line, "Spec ID {major}.{minor} errata {}", spec_id.errata)?;
            let mut separator = ": ";
            for bank in spec_id.banks().unwrap_or_default() {
                write!(line, "{separator}{}", bank.alg)?;
                separator = ", ";
            }
            Ok(())
        }
        NoAction::StartupLocality(locality) => write!(line, "startup from locality {locality}"),
        NoAction::PlatformId(platform) => write_platform(line, platform),
        NoAction::HcrtmComponent { description } => {
            write!(line, "H-CRTM component {}", description.text)
        }
        NoAction::TrustPoint(data) => sipa::write_trust_point(line, data),
        NoAction::Unknown(data) => line.write_bytes(data),
    }
}

fn write_platform(line: &mut Line, platform: &PlatformId<'_>) -> fmt::Result {
    write!(line, "platform of vendor {}", platform.vendor_id)?;
    if let Some(names) = &platform.names {
        write!(line, ": {} {}", names.manufacturer.text, names.model.text)?;
        write!(line, ", firmware {}", names.firmware_version.text)?;
    }
    write!(line, ", manifest {}", platform.reference_manifest)
}

fn write_variable(line: &mut Line, variable: &Variable<'_>) -> fmt::Result {
    line.write_str(&variable.name)?;
    match variable.value() {
        _ if variable.data.is_empty() => line.write_str(": empty"),
        Ok(Value::SignatureLists(lists)) => {
            let entries = lists.iter().map(|list| list.entries.len());
            write!(line, ": {}", Count(entries.fold(0, usize::saturating_add), "entry"))
        }
        Ok(Value::BootOrder(numbers)) => {
            let mut separator = " = ";
            for number in numbers {
                write!(line, "{separator}{number:04X}")?;
                separator = ",";
            }
            Ok(())
        }
        Ok(Value::LoadOption(option)) => write!(line, ": {}, {}", option.description, option.path),
        Ok(Value::Text(text)) => write!(line, " = {}", text.text),
        Ok(Value::Bytes(data)) => {
            line.write_str(" = ")?;
            line.write_bytes(data)
        }
        Err(reason) => write!(line, ": undecodable: {reason}"),
    }
}

fn write_authority(line: &mut Line, variable: &Variable<'_>) -> fmt::Result {
    if let Ok(Value::Text(text)) = variable.value() {
        return write!(line, "authority {} = {}", variable.name, text.text);
    }
    let Some(authority) = variable.authority() else {
        write!(line, "authority {} = ", variable.name)?;
        return line.write_bytes(variable.data);
    };
    let size = authority.signature.len();
    write!(line, "authority {}: entry of {size} bytes", variable.name)?;
    match authority.owner {
        Some(owner) if owner == guid::OWNER_MICROSOFT => line.write_str(", owner Microsoft"),
        Some(owner) => write!(line, ", owner {owner}"),
        None => Ok(()),
    }
}

fn write_handoff(line: &mut Line, tables: &HandoffTables<'_>) -> fmt::Result {
    line.write_str("tables")?;
    if let Some(description) = &tables.description {
        write!(line, " {}", description.text)?;
    }
    let mut separator = ": ";
    for table in &tables.tables {
        match table.guid.name() {
            Some(name) => write!(line, "{separator}{name}")?,
            None => write!(line, "{separator}{}", table.guid)?,
        }
        separator = ", ";
    }
    Ok(())
}

fn write_blob(line: &mut Line, blob: &FirmwareBlob<'_>) -> fmt::Result {
    line.write_str("firmware")?;
    if let Some(description) = &blob.description {
        write!(line, " {}", description.text)?;
    }
    write!(line, " of {:#x} bytes at {:#x}", blob.size_bytes, blob.base)
}

fn write_ipl(line: &mut Line, ipl: &Ipl<'_>) -> fmt::Result {
    let prefix = match ipl.role {
        IplRole::GrubCommand => "grub_cmd: ",
        IplRole::KernelCommandLine => "kernel_cmdline: ",
        IplRole::ModuleCommandLine => "module_cmdline: ",
        IplRole::ShimVariable => "shim variable ",
        IplRole::Description => "",
    };
    write!(line, "{prefix}{}", ipl.text.text)
}

fn write_tagged(line: &mut Line, elements: &[TaggedEvent<'_>]) -> fmt::Result {
    let mut separator = "";
    for element in elements {
        line.write_str(separator)?;
        match element.id {
            LINUX_LOAD_OPTIONS => line.write_str("Linux load options")?,
            LINUX_INITRD => line.write_str("Linux initrd")?,
            _ => sipa::write_element(line, element)?,
        }
        separator = ", ";
    }
    Ok(())
}
