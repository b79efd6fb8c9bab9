//! A PostgreSQL server of our own: its own data directory, no network, gone when the tests are.
//!
//! The server runs for one test program, as the user `postgres` where the tests run as root, which
//! the server refuses to be. A shell waits for the end of its standard input, which comes when the
//! test program ends however it ends, and then stops the server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long the server may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

struct Server {
    folder: PathBuf,
    bin: PathBuf,
    prefix: Vec<&'static str>,
}

/// The URL of a new, empty database; `None`, with a loud note, when there is no PostgreSQL.
///
/// # Panics
/// When it is required and missing, or does not start.
#[must_use]
pub fn database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(start).as_ref()?;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let socket = server.folder.to_str().expect("UTF-8");
    let made = server.run("createdb", &["--host", socket, "--username", "postgres", &name]);
    assert!(made, "createdb {name}");
    let host = socket.replace('/', "%2F");
    Some(format!("postgresql://postgres@{host}/{name}"))
}

fn start() -> Option<Server> {
    let Some(bin) = newest() else {
        assert!(
            std::env::var_os("PORTCULLIS_TOOLS").is_none_or(|value| value != "required"),
            "PostgreSQL is required, and missing (Debian package postgresql)"
        );
        eprintln!("SKIPPED: PostgreSQL is missing (Debian package postgresql)");
        return None;
    };
    let folder = std::env::temp_dir().join(format!("portcullis-pg-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the server");
    let owner = folder.to_str().expect("UTF-8");
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let prefix = if is_root { vec!["runuser", "-u", "postgres", "--"] } else { Vec::new() };
    if is_root {
        let owned = Command::new("chown").args(["postgres", owner]).status();
        assert!(owned.is_ok_and(|status| status.success()), "the user postgres owns {owner}");
    }
    let server = Server { folder: folder.clone(), bin, prefix };
    let data = folder.join("data");
    let data = data.to_str().expect("UTF-8");
    let options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"];
    let made = server.run("initdb", &[&["--pgdata", data][..], &options].concat());
    assert!(made, "initdb");
    server.serve(data);
    Some(server)
}

/// The newest version that is installed, as Debian installs them.
fn newest() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(|path| number(path))?;
    Some(newest.join("bin"))
}

impl Server {
    fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        let mut command = match self.prefix.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(path);
                command
            }
            None => Command::new(path),
        };
        command.current_dir(&self.folder);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let output = self.command(program).args(arguments).output().expect("it runs");
        if !output.status.success() {
            eprintln!("{program}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success()
    }

    /// Starts the server and waits until it answers.
    fn serve(&self, data: &str) {
        let socket = self.folder.to_str().expect("UTF-8");
        // `cat` ends with the test program, whose end closes the pipe.
        let script = "\"$@\" >log 2>&1 & server=$!; cat >/dev/null; kill -INT $server; \
                      wait $server; cd /; rm -rf \"$folder\"";
        let postgres = self.bin.join("postgres");
        let mut command = match self.prefix.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg("sh");
                command
            }
            None => Command::new("sh"),
        };
        command.args(["-c", script, "sh"]).arg(postgres).args(["-D", data, "-k", socket]);
        // Speed of the tests; what must survive a crash is SQLite's to show, and PostgreSQL's own.
        command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=64"]);
        command.env("folder", socket).current_dir(&self.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("the server starts");
        // The pipe must stay open as long as this program lives.
        std::mem::forget(child);
        let begin = Instant::now();
        while !self.run_quietly("pg_isready", &["--host", socket]) {
            assert!(begin.elapsed() < START, "the server does not answer; see {socket}/log");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn run_quietly(&self, program: &str, arguments: &[&str]) -> bool {
        let output = self.command(program).args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    }
}
