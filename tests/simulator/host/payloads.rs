//! Encoders against bytes of real logs: a structure that is built from what another program read
//! in a log must stand in that log, byte for byte.

use portcullis_engine::wire::SipaType;
use portcullis_simulator::sipa::{BootPolicy, Element, ListInfo, SiPolicy};
use portcullis_tests::corpus;

fn digest(value: &serde_json::Value) -> [u8; 32] {
    let text = value["digest"].as_str().expect("a digest");
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    std::array::from_fn(|index| byte(index * 2))
}

fn si_policy(value: &serde_json::Value) -> Element {
    let version = value["version"].as_str().expect("a version");
    let mut parts = version.split('.').map(|part| part.parse().expect("a number"));
    SiPolicy {
        file_name: value["name"].as_str().expect("a name").to_owned(),
        version: std::array::from_fn(|_| parts.next().expect("four numbers")),
        digest: digest(value),
    }
    .element()
}

/// The element of a decoded one, for the kinds that have structure.
fn element(kind: &str, value: &serde_json::Value) -> Option<Element> {
    let list = |kind| {
        let created_filetime = value["creationFiletime"].as_u64().expect("a time");
        ListInfo { created_filetime, digest: digest(value) }.element(kind)
    };
    Some(match kind {
        "SI_POLICY" => si_policy(value),
        "BOOT_REVOCATION_LIST" => list(SipaType::BOOT_REVOCATION_LIST),
        "OS_REVOCATION_LIST" => list(SipaType::OS_REVOCATION_LIST),
        "SBCP_INFO" => BootPolicy { options: 0, digest: digest(value) }.element(),
        "SYSTEMROOT" => Element::text(SipaType::SYSTEMROOT, value.as_str().expect("text")),
        "ELAM_KEYNAME" => Element::text(SipaType::ELAM_KEYNAME, value.as_str().expect("text")),
        "BOOTCOUNTER" => Element::u64(SipaType::BOOTCOUNTER, value.as_u64().expect("a number")),
        "OSDEVICE" => {
            let device = u32::try_from(value.as_u64().expect("a number")).expect("32 bits");
            Element::u32(SipaType::OSDEVICE, device)
        }
        "HIBERNATION_DISABLED" => {
            Element::bool(SipaType::HIBERNATION_DISABLED, value.as_u64() == Some(1))
        }
        _ => return None,
    })
}

fn walk(value: &serde_json::Value, found: &mut Vec<(String, Element)>) {
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| walk(item, found));
    } else if let Some(fields) = value.as_object() {
        for (kind, value) in fields {
            match element(kind, value) {
                Some(element) => found.push((kind.clone(), element)),
                None => walk(value, found),
            }
        }
    }
}

#[test]
fn encoded_elements_stand_in_the_logs_that_they_were_read_from() {
    let Some(folder) = corpus::third_party("eventlogs/windows") else { return };
    let mut checked = std::collections::BTreeMap::<_, usize>::new();
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let Some(name) = name.strip_suffix(".sipa.json") else { continue };
        let log = corpus::read(&folder.join(name));
        let mut elements = Vec::new();
        walk(&corpus::read_json(&path), &mut elements);
        for (kind, element) in elements {
            let bytes = element.encode();
            let stands = log.windows(bytes.len()).any(|window| window == bytes);
            assert!(stands, "{name}: {kind} is not in the log as {bytes:02x?}");
            *checked.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(checked.len(), 9, "kinds that no log showed: {checked:?}");
}
