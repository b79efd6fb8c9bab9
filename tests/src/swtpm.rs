//! A running swtpm: somebody else's TPM.
//!
//! Commands are put together here byte by byte, without any encoder of ours.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_wire::TpmAlg;
use portcullis_wire::event::{EventType, PCR_NONE};

use crate::tools;

/// `TPM_CC_Startup`.
pub const COMMAND_STARTUP: u32 = 0x144;

/// A swtpm process with an empty state, before `TPM2_Startup`.
#[derive(Debug)]
pub struct Swtpm {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Swtpm {
    /// Starts one that keeps its state in a folder, or returns `None` with a note when it is not
    /// installed.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Option<Self> {
        tools::run("swtpm", "swtpm", &[OsStr::new("--version")])?;
        // Another test may take the ports in between: then swtpm ends, and others are tried.
        for _ in 0..20 {
            let port = free_port_pair();
            let state = format!("dir={},mode=0600", folder.display());
            let process = Command::new("swtpm")
                .args(["socket", "--tpm2", "--flags", "not-need-init", "--tpmstate", &state])
                .args(["--server", &format!("type=tcp,port={port},bindaddr=127.0.0.1")])
                .args(["--ctrl", &format!("type=tcp,port={},bindaddr=127.0.0.1", port + 1)])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("swtpm can be run");
            let mut swtpm = Self { process, port, folder: folder.into() };
            if swtpm.answers() {
                return Some(swtpm);
            }
        }
        panic!("swtpm does not start");
    }

    fn answers(&mut self) -> bool {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience && matches!(self.process.try_wait(), Ok(None)) {
            if TcpStream::connect(("127.0.0.1", self.port + 1)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Where it listens, as tpm2-tools spell it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("swtpm:host=127.0.0.1,port={}", self.port)
    }

    /// A file in its folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// `CMD_SET_LOCALITY`.
    pub fn set_locality(&self, locality: u8) {
        self.control(&[0, 0, 0, 5, locality]);
    }

    /// `CMD_INIT`: power goes and comes back.
    pub fn power_cycle(&self) {
        self.control(&[0, 0, 0, 2, 0, 0, 0, 0]);
    }

    fn control(&self, command: &[u8]) {
        let mut control = self.connect(self.port + 1);
        control.write_all(command).expect("the control port reads");
        let mut result = [0xff; 4];
        control.read_exact(&mut result).expect("the control port answers");
        assert_eq!(result, [0; 4]);
    }

    fn connect(&self, port: u16) -> TcpStream {
        TcpStream::connect(("127.0.0.1", port)).expect("swtpm listens")
    }

    /// `TPM2_Startup(CLEAR)` at a locality.
    ///
    /// # Panics
    /// When it is refused.
    pub fn startup(&self, locality: u8) {
        self.set_locality(locality);
        assert_eq!(self.send(COMMAND_STARTUP, false, &[0, 0]).0, 0);
        self.set_locality(0);
    }

    /// Sends a command and returns the response code and what follows it.
    ///
    /// # Panics
    /// When it cannot be sent.
    #[must_use]
    pub fn send(&self, code: u32, sessions: bool, body: &[u8]) -> (u32, Vec<u8>) {
        let tag: u16 = if sessions { 0x8002 } else { 0x8001 };
        let size = u32::try_from(10 + body.len()).expect("commands are short");
        let head = [&tag.to_be_bytes()[..], &size.to_be_bytes(), &code.to_be_bytes()].concat();
        let response = self.transmit(&[head, body.to_vec()].concat());
        let word = response[6..10].try_into().expect("four bytes");
        (u32::from_be_bytes(word), response[10..].to_vec())
    }

    /// Sends the bytes of a command and returns those of the response.
    ///
    /// # Panics
    /// When swtpm does not answer.
    #[must_use]
    pub fn transmit(&self, command: &[u8]) -> Vec<u8> {
        let mut stream = self.connect(self.port);
        stream.write_all(command).expect("swtpm reads");
        let mut response = vec![0; 10];
        stream.read_exact(&mut response).expect("swtpm answers");
        let size = u32::from_be_bytes(response[2..6].try_into().expect("four bytes"));
        response.resize(size as usize, 0);
        stream.read_exact(&mut response[10..]).expect("swtpm answers");
        response
    }

    /// Extends the registers of the SHA-256 bank as a recorded boot did.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub fn boot(&self, log: &[u8]) {
        let log = eventlog::parse(log, &Limits::default()).expect("a log");
        let is_measured = |event: &&eventlog::Event<'_>| {
            event.pcr != PCR_NONE && event.untrusted_type != EventType::NO_ACTION
        };
        for event in log.events.iter().filter(is_measured) {
            let digest = event.digests.iter().find(|digest| digest.alg == TpmAlg::SHA256);
            let Some(digest) = digest else { continue };
            let hex: String = digest.value.iter().map(|byte| format!("{byte:02x}")).collect();
            self.tool(&format!("tpm2_pcrextend {}:sha256={hex}", event.pcr));
        }
    }

    /// Runs a tool of tpm2-tools in the folder and returns what it prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn tool(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let output = Command::new(words.next().unwrap_or_default())
            .args(words)
            .current_dir(&self.folder)
            .env("TPM2TOOLS_TCTI", self.address())
            .output()
            .expect("tpm2-tools are installed beside swtpm");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let text = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{line}: {text}");
        text
    }
}

/// Two neighbouring ports that nobody listens on at the moment.
///
/// # Panics
/// When the machine has no free port.
#[must_use]
pub fn free_port_pair() -> u16 {
    loop {
        let first = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = first.local_addr().expect("it is bound").port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}
