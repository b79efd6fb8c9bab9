//! The manifest of the certificate corpus: tables in Markdown, written by OpenSSL and by people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis_engine::formats::x509::Name;
use portcullis_engine::formats::x509::name::Attribute;
use portcullis_engine::wire::oid;

/// A row that describes one file that is no CA certificate.
#[derive(Clone, Debug)]
pub struct Row {
    /// Path below the folder of its kind (`ek`, `ak`, ...).
    pub file: String,
    pub size: usize,
    /// What OpenSSL says about the first certificate; empty when there is none.
    pub content: String,
    pub chain: String,
    /// What a strict DER reader says.
    pub strict: String,
    pub note: String,
}

/// A row that describes CA certificates.
#[derive(Clone, Debug)]
pub struct CaRow {
    /// A file, or a folder with a slash at its end.
    pub place: String,
    pub files_count: usize,
    pub size: Option<usize>,
}

fn rows(manifest: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = manifest.lines().filter(|line| line.starts_with("| "));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

pub fn files(manifest: &str) -> Vec<Row> {
    let rows = rows(manifest).filter(|cells| cells.len() == 8 && cells[0] != "file");
    rows.map(|cells| Row {
        file: cells[0].to_owned(),
        size: cells[1].parse().expect(cells[0]),
        content: cells[2].to_owned(),
        chain: cells[3].to_owned(),
        strict: cells[4].to_owned(),
        note: cells[5].to_owned(),
    })
    .collect()
}

/// `| ca/keylime_store/ | 51 | ...` or `| ca/x.crt | 1 (987 bytes) | ...`.
pub fn ca_files(manifest: &str) -> Vec<CaRow> {
    let rows = rows(manifest).filter(|cells| cells.len() == 4 && cells[0].starts_with("ca/"));
    rows.map(|cells| {
        let (count, size) = cells[1].split_once(" (").unwrap_or((cells[1], ""));
        CaRow {
            place: cells[0].to_owned(),
            files_count: count.parse().expect(cells[0]),
            size: size.strip_suffix(" bytes)").map(|size| size.parse().expect(cells[0])),
        }
    })
    .collect()
}

/// Every file below a folder, by its path there.
pub fn walk(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("readable folder") {
            let path = entry.expect("readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.insert(name, path);
            }
        }
    }
    found
}

impl Row {
    /// A member of the content: `key rsaEncryption 2048 bit` for `key`.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut members = self.content.split("; ");
        members.find_map(|member| member.strip_prefix(name)).map(str::trim)
    }

    /// `prefix 7 trailing 300` in the note: bytes before and behind the certificate.
    pub fn around(&self) -> (usize, usize) {
        let Some((_, text)) = self.note.split_once("prefix ") else { return (0, 0) };
        let (before, behind) = text.split_once(" trailing ").expect("both");
        (before.parse().expect("number"), behind.parse().expect("number"))
    }
}

/// A date as OpenSSL prints it: `Jan 29 23:00:47 2036 GMT`.
pub fn unix_s(text: &str) -> u64 {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [month, day, clock, year, "GMT"] = parts[..] else { panic!("{text}") };
    let month = MONTHS.iter().position(|name| *name == month).expect(text) as i64 + 1;
    let (day, year): (i64, i64) = (day.parse().expect(text), year.parse().expect(text));
    // Days from 1970 of a date in a year that starts in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    let clock = clock.split(':').map(|part| part.parse::<i64>().expect(text));
    (days * 86_400 + clock.fold(0, |sum, part| sum * 60 + part)) as u64
}

/// A name as `openssl x509 -issuer` prints it.
pub fn one_line(name: &Name<'_>) -> String {
    joined(name, ", ", " + ", |attribute| {
        let value = attribute.string().expect("a string");
        let quoted = value.contains([',', '+', '"', '<', '>', ';']);
        let quote = if quoted { "\"" } else { "" };
        format!("{} = {quote}{value}{quote}", short(attribute))
    })
}

/// A name as OpenSSL prints it in a subject alternative name.
pub fn with_slashes(name: &Name<'_>) -> String {
    let text = joined(name, "/", "+", |attribute| {
        format!("{}={}", short(attribute), attribute.string().expect("a string"))
    });
    format!("/{text}")
}

fn joined(
    name: &Name<'_>,
    between: &str,
    within: &str,
    text_of: impl Fn(&Attribute<'_>) -> String,
) -> String {
    let mut text = String::new();
    let mut before = None;
    for attribute in &name.attributes {
        text.push_str(match before {
            None => "",
            Some(index) if index == attribute.component_index => within,
            Some(_) => between,
        });
        before = Some(attribute.component_index);
        text.push_str(&text_of(attribute));
    }
    text
}

fn short(attribute: &Attribute<'_>) -> String {
    let dotted = attribute.oid.to_string();
    match oid::short_attribute_name(&dotted) {
        Some(name) => name.to_owned(),
        None if dotted == oid::EMAIL_ADDRESS => "emailAddress".to_owned(),
        None => dotted,
    }
}
