//! `portcullis ci-policy set-option`, `set-version`, `set-id`, `set-setting`, `set-hvci`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use clap::ValueEnum as _;
use portcullis_api::call::{EditCallDoc, EditReplyDoc, Operation, PolicyChangeDoc};

use super::failure;
use crate::args::ci_policy::{
    Edited, SetHvci, SetId, SetOption, SetSetting, SetVersion, ValueType,
};
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure, read, write};
use crate::output;

pub fn set_option(args: &SetOption, engine: &Engine) -> Result<u8, Failure> {
    let option = args.option.clone();
    let change = match args.delete {
        true => PolicyChangeDoc::DeleteOption(option),
        false => PolicyChangeDoc::SetOption(option),
    };
    edit(&args.edited, vec![change], engine)
}

pub fn set_version(args: &SetVersion, engine: &Engine) -> Result<u8, Failure> {
    edit(&args.edited, vec![PolicyChangeDoc::Version(args.version.clone())], engine)
}

pub fn set_id(args: &SetId, engine: &Engine) -> Result<u8, Failure> {
    let new_id = args.reset_policy_id.clone().map(|given| given.unwrap_or_else(random_guid));
    let changes = [
        args.name.clone().map(PolicyChangeDoc::Name),
        args.id.clone().map(PolicyChangeDoc::IdText),
        new_id.map(PolicyChangeDoc::PolicyId),
        args.supplements.clone().map(PolicyChangeDoc::Supplements),
    ];
    edit(&args.edited, changes.into_iter().flatten().collect(), engine)
}

pub fn set_setting(args: &SetSetting, engine: &Engine) -> Result<u8, Failure> {
    let names = [args.provider.clone(), args.key.clone(), args.value_name.clone()];
    let kind = args.value_type.as_ref().and_then(ValueType::to_possible_value);
    let change = match (kind, args.value.clone()) {
        (Some(kind), Some(value)) => {
            PolicyChangeDoc::Setting { names, kind: kind.get_name().to_owned(), value }
        }
        _ => PolicyChangeDoc::DeleteSetting(names),
    };
    edit(&args.edited, vec![change], engine)
}

pub fn set_hvci(args: &SetHvci, engine: &Engine) -> Result<u8, Failure> {
    let names = [
        (args.enabled, "Enabled"),
        (args.strict, "Strict"),
        (args.debug_mode, "DebugMode"),
        (args.disable_allowed, "DisableAllowed"),
    ];
    let names = names.into_iter().filter(|(given, _)| *given).map(|(_, name)| name.to_owned());
    edit(&args.edited, vec![PolicyChangeDoc::Hvci(names.collect())], engine)
}

fn edit(args: &Edited, changes: Vec<PolicyChangeDoc>, engine: &Engine) -> Result<u8, Failure> {
    let question = EditCallDoc { content: read(&args.file)?.into(), changes };
    let reply =
        engine.ask(Operation::EditCiPolicy, &question, |refusal| failure(&args.file, refusal));
    let edited: EditReplyDoc = reply?.read()?;
    let output = args.output.as_ref().unwrap_or(&args.file);
    if edited.content == question.content && args.output.is_none() {
        output::text(&format!("{} is so already\n", output.display()));
        return Ok(EXIT_OK);
    }
    write(output, &edited.content.0)?;
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
