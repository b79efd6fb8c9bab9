//! OpenSSL as a referee of certificate paths.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::der::armour;

/// What OpenSSL is asked about. All certificates are DER.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// Certificates in question; all of them are judged in one run.
    pub leaves: &'a [Vec<u8>],
    /// Trusted ones.
    pub roots: &'a [Vec<u8>],
    /// Others that may complete a path.
    pub intermediates: &'a [Vec<u8>],
    /// Revocation lists; the leaf is looked up when there is one.
    pub lists: &'a [Vec<u8>],
    /// Seconds since 1970, or `None` to ignore time.
    pub time: Option<u64>,
    /// True when a root need not be self-signed.
    pub partial_chain: bool,
}

/// `None` and a loud note when there is no OpenSSL; otherwise, for each leaf, nothing when it
/// verifies, or OpenSSL's words.
///
/// # Panics
/// When OpenSSL cannot be run although it is there.
#[must_use]
pub fn verify(question: &Question<'_>) -> Option<Vec<Option<String>>> {
    if !is_installed() {
        eprintln!("SKIPPED: there is no `openssl`; nothing was compared with it");
        return None;
    }
    let folder = Folder::new();
    let bundle = |certificates: &[Vec<u8>], label: &str| {
        certificates.iter().map(|der| armour(label, der)).collect::<String>()
    };
    let mut command = Command::new("openssl");
    command.current_dir(&folder.0).args(["verify", "-auth_level", "0", "-no-CApath"]);
    command.arg("-no-CAstore");
    match question.time {
        None => command.arg("-no_check_time"),
        Some(unix_s) => command.args(["-attime", &unix_s.to_string()]),
    };
    if question.partial_chain {
        command.arg("-partial_chain");
    }
    for (option, file, certificates, label) in [
        ("-CAfile", "roots.pem", question.roots, "CERTIFICATE"),
        ("-untrusted", "intermediates.pem", question.intermediates, "CERTIFICATE"),
        ("-CRLfile", "lists.pem", question.lists, "X509 CRL"),
    ] {
        if !certificates.is_empty() {
            folder.write(file, &bundle(certificates, label));
            command.args([option, file]);
        }
    }
    if question.roots.is_empty() {
        command.arg("-no-CAfile");
    }
    if !question.lists.is_empty() {
        command.arg("-crl_check");
    }
    let names = (0..question.leaves.len()).map(|index| format!("leaf-{index}.pem"));
    let names: Vec<String> = names.collect();
    for (name, leaf) in names.iter().zip(question.leaves) {
        folder.write(name, &armour("CERTIFICATE", leaf));
    }
    let output = command.args(&names).output().expect("openssl runs");
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Some(names.iter().map(|name| verdict(name, &said)).collect())
}

/// OpenSSL prints `NAME: OK`, or lines of reasons and then `error NAME: verification failed`.
fn verdict(name: &str, [stdout, stderr]: &[String; 2]) -> Option<String> {
    if stdout.lines().any(|line| line == format!("{name}: OK")) {
        return None;
    }
    let mut reasons: Vec<&str> = Vec::new();
    for line in stderr.lines() {
        if line == format!("error {name}: verification failed") {
            return Some(reasons.join("; "));
        }
        match line {
            _ if line.starts_with("error ") && line.contains(" depth lookup: ") => {
                reasons.push(line);
            }
            _ if line.contains(": verification failed") => reasons.clear(),
            _ => {}
        }
    }
    Some(format!("cannot be read: {}", stderr.lines().next().unwrap_or_default()))
}

fn is_installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| Command::new("openssl").arg("version").output().is_ok())
}

/// A folder that goes away with the question.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portcullis-openssl-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("a temporary file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
