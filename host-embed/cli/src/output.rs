//! Output: one place that writes to standard output.

use std::borrow::Cow;
use std::io::{self, Write as _};

use serde::Serialize;

/// The canonical JSON of a document, with a line feed.
pub fn to_json(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Prints a document as canonical JSON.
pub fn json(document: &impl Serialize) {
    text(&to_json(document));
}

/// Tells the operator something on standard error, which may have been closed.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text without what a terminal would act on: names of files and people come from outside.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    match text.contains(acts) {
        true => Cow::Owned(text.replace(acts, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Prints text. A reader that has gone away (`| head`) is no error.
pub fn text(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(harmless(text).as_bytes()).and_then(|()| out.flush());
}
