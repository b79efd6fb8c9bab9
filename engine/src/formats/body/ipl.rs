//! What boot loaders and kernel stubs measure as `EV_IPL`.
//!
//! There is no specification: GRUB writes a command or command line behind a prefix that it does
//! not hash; shim writes the name of a variable and hashes its contents; systemd-stub writes the
//! UTF-16 name of a section and hashes, in two records, that name and the section.

use super::Text;
use crate::Span;
use crate::formats::Input;

/// An `EV_IPL` record's data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ipl<'a> {
    /// What the text is, by its prefix or by its wording.
    pub role: IplRole,
    /// The text, without prefix.
    pub text: Text<'a>,
}

/// What the text of an `EV_IPL` record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IplRole {
    /// A command that GRUB ran.
    GrubCommand,
    /// The kernel's path and command line.
    KernelCommandLine,
    /// A module's path and command line.
    ModuleCommandLine,
    /// The name of a variable of shim; the digest covers its contents.
    ShimVariable,
    /// A file's path, a section's name, or any other text.
    Description,
}

/// Prefixes of GRUB's texts. The second spelling is that of the patches in RHEL 8 and its kin.
const PREFIXES: &[(&str, IplRole)] = &[
    ("grub_cmd: ", IplRole::GrubCommand),
    ("kernel_cmdline: ", IplRole::KernelCommandLine),
    ("module_cmdline: ", IplRole::ModuleCommandLine),
    ("grub_cmd ", IplRole::GrubCommand),
    ("grub_kernel_cmdline ", IplRole::KernelCommandLine),
];

const SHIM_VARIABLES: &[&str] = &["MokList", "MokListX", "MokListTrusted"];

/// Reads an `EV_IPL` record's data; `None` when it is no text.
#[must_use]
pub fn parse(input: Input<'_>) -> Option<Ipl<'_>> {
    if let Some((prefix, role)) = prefix(input.bytes()) {
        let behind = input.bytes().get(prefix.len()..)?;
        let text = Text::lossy(Input::at(behind, input.offset().saturating_add(prefix.len())));
        return Some(Ipl { role, text });
    }
    let text = Text::recognise(input).filter(|text| !text.text.is_empty())?;
    let shim = SHIM_VARIABLES.contains(&&*text.text);
    let role = if shim { IplRole::ShimVariable } else { IplRole::Description };
    Some(Ipl { role, text })
}

/// The span behind GRUB's prefix, up to the end of the data; `None` without a prefix.
pub(super) fn behind_prefix(data: &[u8], data_span: Span) -> Option<Span> {
    let size = prefix(data)?.0.len();
    Some(Span::new(data_span.offset.saturating_add(size), data_span.size.saturating_sub(size)))
}

fn prefix(data: &[u8]) -> Option<(&'static str, IplRole)> {
    PREFIXES.iter().copied().find(|(prefix, _)| data.starts_with(prefix.as_bytes()))
}
