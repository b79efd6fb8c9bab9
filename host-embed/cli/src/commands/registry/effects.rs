//! What a change would do, in words.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use portcullis_api::request::HostRecordDoc;
use portcullis_store::{EffectsDoc, HOSTS_NAMED_MAX};

/// A host's registration before and after.
pub type Sides = (Option<HostRecordDoc>, Option<HostRecordDoc>);

/// How often progress is shown.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// Shows how far the judging is, on standard error, and not before it takes long.
pub fn progress() -> impl FnMut(usize, usize) {
    let mut shown = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    move |done, total| {
        if shown.elapsed() < PROGRESS_INTERVAL {
            return;
        }
        shown = Instant::now();
        let end = if terminal { '\r' } else { '\n' };
        let _ = write!(std::io::stderr(), "judged {done} of {total} hosts{end}");
    }
}

/// True when a host that would pass now would not then.
pub fn some_fail(effects: &EffectsDoc) -> bool {
    effects.groups.iter().any(|group| group.before == "WouldPass" && group.after != "WouldPass")
}

/// The effects as text.
pub fn render(effects: &EffectsDoc) -> String {
    let mut text = String::new();
    for group in &effects.groups {
        let _ = writeln!(
            text,
            "  {} {}: {} -> {}",
            group.hosts_count,
            if group.hosts_count == 1 { "host" } else { "hosts" },
            group.before,
            group.after
        );
        if !group.because.is_empty() {
            let _ = writeln!(text, "    because {}: {}", group.because.join(", "), group.text);
        }
        let mut names = group.hosts.join(", ");
        if group.hosts_count > group.hosts.len() || group.hosts.len() > HOSTS_NAMED_MAX {
            names.push_str(", ...");
        }
        let _ = writeln!(text, "    {names}");
    }
    let _ = writeln!(
        text,
        "  {} of {} judged hosts stay as they are; {} never showed evidence",
        effects.unchanged_count, effects.judged_count, effects.unknown_count
    );
    text.push_str("nothing was changed\n");
    text
}
