//! The commands of the README, as they stand there, on an empty machine.

use std::path::Path;
use std::process::Command;

use portcullis_tests::corpus::repository;

use super::fabric::Fabric;

const HEADING: &str = "## From an empty machine to an assessed host";

#[test]
fn the_commands_of_the_readme_lead_from_nothing_to_an_assessed_host() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let section = readme.split(HEADING).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap();
    let mut blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let commands: Vec<&str> = blocks.next().expect("the commands").lines().collect();
    assert!(commands.len() < 10, "under ten commands");
    let after: Vec<&str> = blocks.next().expect("what follows").lines().collect();

    let home = Fabric::new("readme").folder;
    let folder = Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(&home)
            .env("PATH", &path)
            .env("HOME", &home)
            .env_remove("XDG_DATA_HOME")
            .env_remove("LOCALAPPDATA")
            .env_remove("PORTCULLIS_STORE")
            .output()
            .unwrap();
        let shown = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(shown).unwrap())
    };
    let (last, first) = commands.split_last().unwrap();
    for command in first {
        let (code, shown) = run(command);
        assert_eq!(code, 0, "{command}: {shown}");
    }
    let (code, shown) = run(last);
    assert_eq!(code, 4, "{last}: {shown}");
    assert!(shown.starts_with("would pass"), "{shown}");
    assert_eq!(run(after[0]).0, 0, "the verdict");
    let (code, shown) = run(after[1]);
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("host-1") && shown.contains("nothing was changed"), "{shown}");
    assert!(home.join(".local/share/portcullis/store.db").exists(), "the default store");
}
