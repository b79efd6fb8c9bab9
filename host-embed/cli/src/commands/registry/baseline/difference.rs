//! What tells baselines apart, and logs into classes of hardware.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::BaselineDoc;
use portcullis_api::call::{DeriveCallDoc, Operation};
use serde::Serialize;

use super::super::ask::ask;
use crate::failure::Failure;

/// What one baseline demands and the other does not.
#[derive(Serialize)]
pub struct DifferenceDoc {
    /// True when both demand the same.
    pub equal: bool,
    /// What only the first demands.
    pub removed: Vec<String>,
    /// What only the second demands.
    pub added: Vec<String>,
}

/// Logs of hosts that measured the same: one baseline serves them.
#[derive(Serialize)]
pub struct ClassDoc {
    /// The logs.
    pub files: Vec<String>,
    /// What these hosts measured and those of the first class did not.
    pub added: Vec<String>,
    /// What those of the first class measured and these did not.
    pub removed: Vec<String>,
}

/// Everything that a baseline demands, one line each.
fn demands(baseline: &BaselineDoc) -> Vec<String> {
    let mut lines = vec![format!("level {}", baseline.level)];
    for event in &baseline.secure_boot {
        let entries = match event.entries.len() {
            0 => String::new(),
            count => format!(" ({count} entries)"),
        };
        lines.push(format!("PCR 7 {} {}{entries} {}", event.kind, event.label, event.digest));
        // The entries say what changed in a list whose digest changed.
        for entry in &event.entries {
            lines.push(format!("PCR 7 {} entry {}", event.label, entry.sha256));
        }
    }
    lines.extend(
        baseline.images.iter().map(|image| format!("image {} {}", image.description, image.digest)),
    );
    lines.extend(baseline.pcrs.iter().map(|(pcr, value)| format!("PCR {pcr} {value}")));
    lines
}

/// Compares two baselines; names and numbers of logs do not count.
pub fn between(before: &BaselineDoc, after: &BaselineDoc) -> DifferenceDoc {
    let (old, new) = (demands(before), demands(after));
    let only = |these: &[String], those: &[String]| {
        let counted = those.iter().collect::<std::collections::BTreeSet<_>>();
        these.iter().filter(|line| !counted.contains(line)).cloned().collect::<Vec<_>>()
    };
    let (removed, added) = (only(&old, &new), only(&new, &old));
    DifferenceDoc { equal: removed.is_empty() && added.is_empty(), removed, added }
}

impl DifferenceDoc {
    /// The difference as text.
    pub fn text(&self, before: &str, after: &str) -> String {
        if self.equal {
            return format!("`{before}` and `{after}` demand the same\n");
        }
        let mut text = String::new();
        for (sign, lines) in [('-', &self.removed), ('+', &self.added)] {
            for line in lines {
                let _ = writeln!(text, "{sign} {line}");
            }
        }
        text
    }
}

/// The baseline of one log, for comparison.
pub fn of_log(path: &Path, bytes: Vec<u8>) -> Result<BaselineDoc, Failure> {
    let question = DeriveCallDoc {
        name: path.display().to_string(),
        logs: vec![bytes.into()],
        level: "boot_chain".into(),
        bank: "sha256".into(),
        pcrs_bitmap: 0,
    };
    let remedy = "name an event log (.tcglog), or a baseline of `portcullis baseline derive`";
    ask(Operation::DeriveBaseline, &question, |reason| Failure::file(path, reason, remedy))
}

/// Groups logs by what their hosts measured; the first log's class comes first.
pub fn classes(files: &[(&Path, Vec<u8>)]) -> Result<Vec<ClassDoc>, Failure> {
    let mut found: Vec<(BaselineDoc, ClassDoc)> = Vec::new();
    let mut by_demands: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (path, bytes) in files {
        let baseline = of_log(path, bytes.clone())?;
        let index = *by_demands.entry(demands(&baseline)).or_insert(found.len());
        if let Some((_, class)) = found.get_mut(index) {
            class.files.push(path.display().to_string());
            continue;
        }
        let difference = found.first().map(|(first, _)| between(first, &baseline));
        let (added, removed) = difference.map(|d| (d.added, d.removed)).unwrap_or_default();
        let files = vec![path.display().to_string()];
        found.push((baseline, ClassDoc { files, added, removed }));
    }
    Ok(found.into_iter().map(|(_, class)| class).collect())
}

/// The classes as text.
pub fn render(classes: &[ClassDoc]) -> String {
    let mut text = format!("  the logs are of {} classes of hosts:\n", classes.len());
    for class in classes {
        let _ = writeln!(text, "    {}", class.files.join(", "));
        for (sign, lines) in [('-', &class.removed), ('+', &class.added)] {
            for line in lines {
                let _ = writeln!(text, "      {sign} {line}");
            }
        }
    }
    text
}
