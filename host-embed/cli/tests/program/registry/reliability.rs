//! What must hold when programs die, meet, or find no room.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::fabric::Fabric;
use crate::tools::portcullis;

/// Public keys of their own, as files: hosts to register by hand.
fn keys(fabric: &Fabric, count: u32) -> Vec<String> {
    (0..count)
        .map(|number| {
            let der = portcullis_tests::keys::p256_spki(number);
            fabric.write(&format!("keys/host-{number}.der"), &der)
        })
        .collect()
}

fn add(fabric: &Fabric, key: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(["host", "add", key, "--policy-version", "v1", "--force"]);
    command.args(["--store", &fabric.store]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn names(fabric: &Fabric) -> Vec<String> {
    let list = fabric.done(&["host", "list", "--json"]).stdout;
    let name = |line: &str| {
        let host: serde_json::Value = serde_json::from_str(line).unwrap();
        host["name"].as_str().unwrap().to_owned()
    };
    list.lines().map(name).collect()
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Each registration is killed at another moment of its life, from its start to beyond its end.
#[test]
fn killed_registrations_lose_nothing_that_was_acknowledged() {
    let fabric = Fabric::new("killed");
    fabric.done(&["server", "version", "both"]);
    let keys = keys(&fabric, 200);
    // How long a registration takes here and now: the moments are spread over it, and it follows
    // what the machine is doing beside it.
    let begin = Instant::now();
    assert!(add(&fabric, &keys[0]).status().unwrap().success());
    let mut whole = begin.elapsed();
    let (mut acknowledged, mut killed) = (vec![stem(&keys[0])], 0);
    for (number, key) in keys.iter().enumerate().skip(1) {
        // A permutation of 0 to 198 by a step that is coprime to it.
        let moment = u32::try_from(number * 83 % 199).unwrap();
        let begin = Instant::now();
        let mut child = add(&fabric, key).spawn().unwrap();
        while begin.elapsed() < whole * moment / 120 && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        // SIGKILL; a program that has ended takes no notice.
        child.kill().unwrap();
        match child.wait().unwrap().code() {
            Some(0) => {
                acknowledged.push(stem(key));
                whole = (whole * 3 + begin.elapsed()) / 4;
            }
            Some(code) => panic!("exit code {code}"),
            None => {
                killed += 1;
                whole = if moment > 120 { whole * 5 / 4 } else { whole };
            }
        }
    }
    println!("{killed} of 199 were killed, {} acknowledged", acknowledged.len());
    assert!(killed >= 20 && acknowledged.len() >= 20, "the moments miss: {killed}");
    let known = names(&fabric);
    for name in &acknowledged {
        assert!(known.contains(name), "{name} was acknowledged and is lost");
    }
    assert_eq!(fabric.json(&["audit", "verify"])["intact"], true);
    let log = fabric.done(&["audit", "log", "--after", "0", "--json"]).stdout;
    let added = log.lines().filter(|line| line.contains("host.add")).count();
    assert_eq!(added, known.len(), "a host without its entry, or an entry without its host");
}

#[test]
fn two_programs_that_write_at_once_lose_nothing() {
    let fabric = Fabric::new("at-once");
    fabric.done(&["server", "version", "both"]);
    let keys = keys(&fabric, 60);
    std::thread::scope(|scope| {
        for half in keys.chunks(30) {
            let fabric = &fabric;
            scope.spawn(move || {
                for key in half {
                    assert!(add(fabric, key).status().unwrap().success(), "{key}");
                }
            });
        }
    });
    assert_eq!(names(&fabric).len(), 60);
    assert_eq!(fabric.json(&["audit", "verify"])["entries_count"], 61);
}

#[test]
fn the_same_host_registered_twice_at_once_is_registered_once() {
    let fabric = Fabric::new("twice");
    fabric.done(&["server", "version", "both"]);
    for key in keys(&fabric, 10) {
        let mut two = [add(&fabric, &key).spawn().unwrap(), add(&fabric, &key).spawn().unwrap()];
        let codes = two.each_mut().map(|child| child.wait().unwrap().code());
        assert!(codes.contains(&Some(0)) && codes.contains(&Some(2)), "{codes:?}");
    }
    assert_eq!(names(&fabric).len(), 10);
}

/// The shell lowers the largest size of a file that the program may write, and has it see an
/// error instead of a signal: what a full disk looks like, without a disk.
#[test]
#[cfg(unix)]
fn a_full_disk_is_a_clear_error_and_leaves_no_half_written_state() {
    let fabric = Fabric::new("full");
    fabric.done(&["server", "version", "both"]);
    let keys = keys(&fabric, 40);
    let before = fabric.contents();
    // Blocks of `ulimit -f` have 1 KiB in bash.
    let script = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
    let limited = |blocks: u64, arguments: &[&str]| {
        let output = Command::new("bash")
            .args(["-c", script, "bash", &blocks.to_string(), env!("CARGO_BIN_EXE_portcullis")])
            .args(arguments)
            .args(["--store", &fabric.store])
            .output()
            .expect("bash runs");
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), stderr)
    };
    let mut add = vec!["host", "add"];
    add.extend(keys.iter().map(String::as_str));
    // Natively: the limit that stands for a full disk is one of the sandbox's memory, too.
    add.extend(["--policy-version", "v1", "--force", "--engine", "native"]);
    let mut refused = 0;
    for blocks in [1, 4, 8, 16, 24, 32, 40, 48, 56, 1024] {
        let (code, stderr) = limited(blocks, &add);
        if code == Some(0) {
            break;
        }
        refused += 1;
        assert_eq!(code, Some(2), "{blocks}: {stderr}");
        assert!(stderr.contains(&fabric.store), "{blocks}: {stderr}");
        assert!(stderr.contains("nothing was changed"), "{blocks}: {stderr}");
        assert!(stderr.contains("room on the disk"), "{blocks}: {stderr}");
        assert_eq!(fabric.contents(), before, "{blocks}");
    }
    println!("{refused} sizes were too small");
    assert!(refused >= 3, "the limit was hardly ever met: {refused}");
    assert_eq!(names(&fabric).len(), keys.len(), "with room, all are registered");
    assert_eq!(fabric.json(&["audit", "verify"])["intact"], true);
}

#[test]
fn a_file_that_is_no_store_is_refused_and_untouched() {
    let fabric = Fabric::new("no-sqlite");
    let path = fabric.write("text.db", &b"this is no database at all. ".repeat(200));
    let before = std::fs::read(&path).unwrap();
    let outcome = portcullis(["host", "list", "--store", &path]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("text.db"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
