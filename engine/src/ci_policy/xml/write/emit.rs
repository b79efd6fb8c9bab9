//! Writes elements with indentation, and escapes what must be escaped to come back unchanged.

use super::{Result, expressible};

const LINE_END: &str = "\r\n";

pub(super) struct Emit {
    text: String,
    depth: usize,
}

impl Emit {
    pub(super) fn new() -> Self {
        Self { text: format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{LINE_END}"), depth: 0 }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn line(&mut self, parts: &[&str]) {
        self.indent();
        parts.iter().for_each(|part| self.text.push_str(part));
        self.text.push_str(LINE_END);
    }

    pub(super) fn instruction(&mut self, text: &str) {
        self.line(&["<?", text, "?>"]);
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.line(&["<!--", text, "-->"]);
    }

    fn tag(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, Option<&str>)],
        end: &str,
    ) -> Result {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            let Some(value) = value else { continue };
            expressible(attribute, value)?;
            for part in [" ", attribute, "=\""] {
                self.text.push_str(part);
            }
            escape(&mut self.text, value, true);
            self.text.push('"');
        }
        self.text.push_str(end);
        Ok(())
    }

    /// A start tag on its own line.
    pub(super) fn open(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, Option<&str>)],
    ) -> Result {
        self.tag(name, attributes, ">")?;
        self.text.push_str(LINE_END);
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(&["</", name, ">"]);
    }

    /// An empty element.
    pub(super) fn empty(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, Option<&str>)],
    ) -> Result {
        self.tag(name, attributes, " />")?;
        self.text.push_str(LINE_END);
        Ok(())
    }

    /// An element with text and nothing else.
    pub(super) fn leaf(&mut self, name: &'static str, text: &str) -> Result {
        expressible(name, text)?;
        self.tag(name, &[], ">")?;
        escape(&mut self.text, text, false);
        for part in ["</", name, ">", LINE_END] {
            self.text.push_str(part);
        }
        Ok(())
    }
}

/// Escapes text for an attribute or an element. Line ends and tabs would be normalised by the
/// reader, so that they are written as references where they would not come back.
pub(in crate::ci_policy) fn escape(out: &mut String, text: &str, attribute: bool) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' if attribute => out.push_str("&#xA;"),
            '\t' if attribute => out.push_str("&#x9;"),
            letter => out.push(letter),
        }
    }
}
