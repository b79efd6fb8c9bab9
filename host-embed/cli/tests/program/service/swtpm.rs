//! The Linux agent against somebody else's TPM, whose EK a CA of its own certified.

use std::path::Path;
use std::process::Command;

use portcullis_tests::corpus::{capture, read};
use portcullis_tests::swtpm::Swtpm;

use super::running::Running;
use crate::registry::fabric::Fabric;
use crate::tools::portcullis;

fn openssl(folder: &Path, line: &str) {
    let output =
        Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes a CA and lets it certify the EK, with what a certificate of an EK must say.
fn endorse(swtpm: &Swtpm, folder: &Path) {
    swtpm.tool("tpm2_createek -G rsa -c 0x81010001 -u ek.pub");
    swtpm.tool("tpm2_readpublic -c 0x81010001 -f pem -o ek.pem");
    let ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
    std::fs::write(folder.join("ca.ext"), ca).unwrap();
    let ek = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment\n\
              extendedKeyUsage=2.23.133.8.1\n\
              subjectAltName=critical,dirName:tpm\n[tpm]\n\
              a.2.23.133.2.1=id:49424D00\nb.2.23.133.2.2=swtpm\nc.2.23.133.2.3=id:00020191\n";
    std::fs::write(folder.join("ek.ext"), ek).unwrap();
    openssl(folder, "ecparam -name prime256v1 -genkey -noout -out ca.key");
    openssl(
        folder,
        "req -x509 -new -key ca.key -days 30 -subj /CN=CA -out ca.pem -addext basicConstraints=critical,CA:TRUE",
    );
    openssl(folder, "req -new -key ca.key -subj /CN=EK -out ek.csr");
    openssl(
        folder,
        "x509 -req -in ek.csr -force_pubkey ek.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ek.ext -outform DER -out ek.cer",
    );
    let size = std::fs::metadata(folder.join("ek.cer")).unwrap().len();
    let attributes = "ownerread|ownerwrite|authread|authwrite";
    swtpm.tool(&format!("tpm2_nvdefine 0x1c00002 -C o -s {size} -a {attributes}"));
    swtpm.tool("tpm2_nvwrite 0x1c00002 -C o -i ek.cer");
}

#[test]
fn the_agent_attests_with_swtpm_and_keeps_its_token() {
    let fabric = Fabric::new("serve-swtpm");
    let Some(swtpm) = Swtpm::start(&fabric.folder) else { return };
    swtpm.startup(0);
    endorse(&swtpm, &fabric.folder);
    let log = capture("a-sb-on-ms").join("eventlog.bin");
    swtpm.boot(&read(&log));
    let path = |name: &str| fabric.folder.join(name).to_str().unwrap().to_owned();
    fabric.done(&["trust", "add", &path("ca.pem")]);
    fabric.done(&["mode", "--profile", "linux"]);
    let (ek, certificate) = (path("ek.pub"), path("ek.cer"));
    fabric.done(&["host", "add", "--name", "linux-1", "--ek-pub", &ek, "--ek-cert", &certificate]);
    fabric.done(&["baseline", "add", log.to_str().unwrap(), "--name", "linux"]);

    let service = Running::start(&fabric, &[]);
    let state = path("agent");
    let arguments = ["agent", "--once", "--verifier", &service.url, "--tpm", &swtpm.address()];
    let more = ["--state", &state, "--event-log", log.to_str().unwrap()];
    let run = || portcullis(arguments.iter().chain(&more));
    let outcome = run();
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.starts_with("Passed"), "{}", outcome.stdout);
    let token = std::fs::read_to_string(fabric.folder.join("agent/token.jwt")).unwrap();
    if let Some(claims) = super::exchange::referee(&service, &token, "portcullis") {
        assert_eq!(claims.unwrap()["sub"], "linux-1");
    }
    let ak = read(&fabric.folder.join("agent/ak.pub"));
    assert_eq!(run().code, 0, "again, with the AK that was kept");
    assert_eq!(read(&fabric.folder.join("agent/ak.pub")), ak);

    swtpm.tool(
        "tpm2_pcrextend 7:sha256=1111111111111111111111111111111111111111111111111111111111111111",
    );
    let outcome = run();
    assert_eq!(outcome.code, 1, "a register that the log does not explain: {}", outcome.stdout);
    assert!(!fabric.folder.join("agent/token.jwt").exists(), "the old token is gone");
}
