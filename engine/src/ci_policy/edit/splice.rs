//! Splices of a text at the places of its elements.

use crate::ci_policy::xml::{Element, escape};

/// A text and the changes to it, which do not overlap.
pub(super) struct Splices<'t> {
    text: &'t str,
    changes: Vec<(usize, usize, String)>,
}

impl<'t> Splices<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, changes: Vec::new() }
    }

    fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn change(&mut self, from: usize, to: usize, with: impl Into<String>) {
        self.changes.push((from, to, with.into()));
    }

    /// The text with all changes.
    pub(super) fn finish(mut self) -> String {
        self.changes.sort_by_key(|(from, ..)| *from);
        let mut result = String::new();
        let mut done = 0;
        for (from, to, with) in &self.changes {
            result.push_str(self.slice(done, *from));
            result.push_str(with);
            done = *to;
        }
        result.push_str(self.slice(done, self.text.len()));
        result
    }

    /// Replaces the content of an element by text.
    pub(super) fn set_text(&mut self, element: &Element<'_>, text: &str) {
        let mut escaped = String::new();
        escape(&mut escaped, text, false);
        self.set_content(element, &escaped);
    }

    /// Replaces the content of an element by markup.
    pub(super) fn set_content(&mut self, element: &Element<'_>, markup: &str) {
        if element.is_self_closing() {
            let open = self.opened(element);
            let name = self.qualified_name(element);
            self.change(element.start, element.end, format!("{open}{markup}</{name}>"));
        } else {
            self.change(element.content_start, element.content_end, markup);
        }
    }

    /// Removes an element with the white space in front of it.
    pub(super) fn remove(&mut self, element: &Element<'_>) {
        let before = self.slice(0, element.start);
        let start = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        self.change(start, element.end, "");
    }

    /// Adds an element behind the last child of `parent`, indented as that child is.
    pub(super) fn append(&mut self, parent: &Element<'_>, lines: &[(usize, String)]) {
        let gap = match parent.children.last() {
            Some(last) => self.gap_before(last),
            None => format!("{}  ", self.gap_before(parent)),
        };
        let markup: String = lines
            .iter()
            .map(|(depth, line)| format!("{gap}{}{line}", "  ".repeat(*depth)))
            .collect();
        if let Some(last) = parent.children.last() {
            return self.change(last.end, last.end, markup);
        }
        let closing = self.gap_before(parent);
        if parent.is_self_closing() {
            return self.set_content(parent, &format!("{markup}{closing}"));
        }
        // Comments may stand where no element does.
        let content = self.slice(parent.content_start, parent.content_end);
        let kept = content.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let at = parent.content_start.saturating_add(kept);
        self.change(at, parent.content_end, format!("{markup}{closing}"));
    }

    /// Sets an attribute of a start tag.
    pub(super) fn set_attribute(&mut self, element: &Element<'_>, name: &str, value: &str) {
        let mut escaped = String::new();
        escape(&mut escaped, value, true);
        let tag = self.slice(element.start, element.content_start);
        let mut at = tag.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(tag.len());
        // Attributes were tokenised before, so that name, sign and quotes alternate.
        while let Some((start, end, found)) = next_attribute(tag, at) {
            if found == name {
                let offset = element.start;
                let (start, end) = (offset.saturating_add(start), offset.saturating_add(end));
                return self.change(start, end, format!("{name}=\"{escaped}\""));
            }
            at = end;
        }
        let name_end =
            element.start.saturating_add(1).saturating_add(self.qualified_name(element).len());
        self.change(name_end, name_end, format!(" {name}=\"{escaped}\""));
    }

    /// The line end and indentation in front of an element; a line end where it has none.
    fn gap_before(&self, element: &Element<'_>) -> String {
        let before = self.slice(0, element.start);
        let white = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let gap = self.slice(white, element.start);
        let line_end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let indent = gap.rsplit('\n').next().unwrap_or_default();
        if gap.contains('\n') { format!("{line_end}{indent}") } else { line_end.to_owned() }
    }

    /// The name as it is written, with its prefix.
    pub(super) fn qualified_name(&self, element: &Element<'_>) -> &'t str {
        let tag = self.slice(element.start.saturating_add(1), element.content_start);
        let end = tag.find(|letter: char| letter.is_ascii_whitespace() || "/>".contains(letter));
        tag.get(..end.unwrap_or(tag.len())).unwrap_or_default()
    }

    /// The prefix of an element's name, its colon included.
    pub(super) fn prefix(&self, element: &Element<'_>) -> &'t str {
        let name = self.qualified_name(element);
        name.find(':').and_then(|colon| name.get(..=colon)).unwrap_or_default()
    }

    /// The start tag of an empty element as one that is not.
    fn opened(&self, element: &Element<'_>) -> String {
        let tag = self.slice(element.start, element.end);
        let tag = tag.strip_suffix("/>").unwrap_or(tag);
        format!("{}>", tag.trim_end())
    }
}

/// Start, end and name of the next attribute in a tag.
fn next_attribute(tag: &str, from: usize) -> Option<(usize, usize, &str)> {
    let rest = tag.get(from..)?;
    let skipped = rest.find(|letter: char| !letter.is_ascii_whitespace())?;
    let start = from.saturating_add(skipped);
    let rest = tag.get(start..)?;
    let equals = rest.find('=')?;
    let name = rest.get(..equals)?.trim_end();
    let behind = rest.get(equals.saturating_add(1)..)?;
    let quote = behind.trim_start().chars().next().filter(|quote| "\"'".contains(*quote))?;
    let open = behind.find(quote)?;
    let close = behind.get(open.saturating_add(1)..)?.find(quote)?;
    let size = equals.saturating_add(open).saturating_add(close).saturating_add(3);
    Some((start, start.saturating_add(size), name))
}
