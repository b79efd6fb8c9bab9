//! `portcullis ci-policy set-option`, `set-version`, `set-id`, `set-setting`, `set-hvci`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use clap::ValueEnum as _;
use portcullis_api::ci_policy::{Change, apply};

use super::failure;
use crate::args::ci_policy::{
    Edited, SetHvci, SetId, SetOption, SetSetting, SetVersion, ValueType,
};
use crate::failure::{EXIT_OK, Failure, read, write};
use crate::output;

pub fn set_option(args: &SetOption) -> Result<u8, Failure> {
    let change = Change::Option { option: &args.option, delete: args.delete };
    edit(&args.edited, &[change])
}

pub fn set_version(args: &SetVersion) -> Result<u8, Failure> {
    edit(&args.edited, &[Change::Version(&args.version)])
}

pub fn set_id(args: &SetId) -> Result<u8, Failure> {
    let new_id = args.reset_policy_id.clone().map(|given| given.unwrap_or_else(random_guid));
    let changes: Vec<Change<'_>> = [
        args.name.as_deref().map(Change::Name),
        args.id.as_deref().map(Change::IdText),
        new_id.as_deref().map(Change::PolicyId),
        args.supplements.as_deref().map(Change::Supplements),
    ]
    .into_iter()
    .flatten()
    .collect();
    edit(&args.edited, &changes)
}

pub fn set_setting(args: &SetSetting) -> Result<u8, Failure> {
    let names = [args.provider.as_str(), &args.key, &args.value_name];
    let kind = args.value_type.as_ref().and_then(ValueType::to_possible_value);
    let change = match (&kind, &args.value) {
        (Some(kind), Some(value)) => Change::Setting { names, kind: kind.get_name(), value },
        _ => Change::DeleteSetting(names),
    };
    edit(&args.edited, &[change])
}

pub fn set_hvci(args: &SetHvci) -> Result<u8, Failure> {
    let names: Vec<&str> = [
        (args.enabled, "Enabled"),
        (args.strict, "Strict"),
        (args.debug_mode, "DebugMode"),
        (args.disable_allowed, "DisableAllowed"),
    ]
    .into_iter()
    .filter_map(|(given, name)| given.then_some(name))
    .collect();
    edit(&args.edited, &[Change::Hvci(&names)])
}

fn edit(args: &Edited, changes: &[Change<'_>]) -> Result<u8, Failure> {
    let bytes = read(&args.file)?;
    let edited = apply(&bytes, changes).map_err(|error| failure(&args.file, &error))?;
    let output = args.output.as_ref().unwrap_or(&args.file);
    if edited == bytes && args.output.is_none() {
        output::text(&format!("{} is so already\n", output.display()));
        return Ok(EXIT_OK);
    }
    write(output, &edited)?;
    output::text(&format!("wrote {}\n", output.display()));
    Ok(EXIT_OK)
}

/// A random GUID (RFC 9562, version 4). It must be unique, not secret: the randomness with which
/// the standard library seeds its hash tables does.
fn random_guid() -> String {
    let half = || RandomState::new().build_hasher().finish();
    let bits = (u128::from(half()) << 64) | u128::from(half());
    let bits = bits & !(0xf << 76) | (4 << 76);
    let bits = bits & !(0x3 << 62) | (2 << 62);
    let hex = format!("{bits:032x}");
    let (parts, _) =
        [8, 4, 4, 4, 12].iter().fold((Vec::new(), hex.as_str()), |(mut parts, rest), size| {
            let (part, rest) = rest.split_at(*size);
            parts.push(part);
            (parts, rest)
        });
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::random_guid;

    #[test]
    fn random_guids_differ_and_have_version_4() {
        let (one, other) = (random_guid(), random_guid());
        assert_ne!(one, other);
        for guid in [one, other] {
            let parts: Vec<&str> = guid.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert!(parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]), "{guid}");
        }
    }
}
