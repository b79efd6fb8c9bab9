//! Lines for a terminal: columns by display width, prose in lines of bounded width.
//!
//! Full-width characters take two columns. Everything that is written here is escaped: an
//! explanation may be made of a document that somebody else wrote.

use portcullis_engine::formats::body::text::Escaped;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

/// Columns of a line of prose. Values that people copy are never broken, and may be wider.
pub(super) const WIDTH_MAX: usize = 100;
/// Columns between a label and what it labels.
pub(super) const GAP: usize = 2;

/// Text that grows by lines.
#[derive(Default)]
pub(super) struct Page {
    pub text: String,
}

impl Page {
    /// An empty line.
    pub fn space(&mut self) {
        self.text.push('\n');
    }

    /// A line as it is.
    pub fn line(&mut self, indent: usize, text: &str) {
        self.start(indent, text);
    }

    /// A paragraph.
    pub fn prose(&mut self, indent: usize, text: &str) {
        for line in wrapped(text, WIDTH_MAX.saturating_sub(indent)) {
            self.start(indent, &line);
        }
    }

    /// A label and a value behind it, which is not broken.
    pub fn value(&mut self, indent: usize, label: &str, label_width: usize, value: &str) {
        self.start(indent, &format!("{}{value}", cell(label, label_width)));
    }

    /// A label and prose behind it, the further lines below the first.
    pub fn labelled(&mut self, indent: usize, label: &str, label_width: usize, text: &str) {
        let behind = indent.saturating_add(label_width).saturating_add(GAP);
        let mut label = label;
        for line in wrapped(text, WIDTH_MAX.saturating_sub(behind)) {
            self.value(indent, label, label_width, &line);
            label = "";
        }
    }

    fn start(&mut self, indent: usize, text: &str) {
        let text = Escaped(text).to_string();
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }
}

/// Columns of the widest text.
pub(super) fn widest<'t>(texts: impl IntoIterator<Item = &'t str>) -> usize {
    texts.into_iter().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// A text and the spaces up to the next column.
pub(super) fn cell(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(text.width()).saturating_add(GAP);
    format!("{text}{}", " ".repeat(spaces))
}

/// Lines of at most `width` columns, but for a piece that is wider by itself.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let needed = line.width().saturating_add(piece.trim_end().width());
        if needed > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(piece);
    }
    lines.push(line);
    lines
}

/// The text in pieces that stay together: words in Latin letters, what stands in backticks, and
/// for Japanese roughly phrases, which end with hiragana or punctuation.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut rest, mut quoted, mut from) = (text, false, 0_usize);
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        quoted ^= c == '`';
        let Some((_, next)) = chars.peek() else { break };
        if !quoted && may_break(c, *next) {
            let end = index.saturating_add(c.len_utf8());
            if let Some((piece, left)) = rest.split_at_checked(end.saturating_sub(from)) {
                pieces.push(piece);
                (rest, from) = (left, end);
            }
        }
    }
    pieces.push(rest);
    pieces
}

/// True when a line may end between the two characters.
fn may_break(before: char, behind: char) -> bool {
    const CLOSING: &str = "、。」』）・ー";
    if behind == ' ' || CLOSING.contains(behind) {
        return false;
    }
    let is_hiragana = |c: char| matches!(c, '\u{3041}'..='\u{309f}');
    match before {
        ' ' | '、' | '。' => true,
        _ => is_hiragana(before) && !is_hiragana(behind) && behind.width() == Some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, width: usize, expect: &[&str]) {
        let lines = wrapped(text, width);
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(lines, expect);
    }

    #[test]
    fn prose_is_broken_at_spaces_and_never_inside_backticks() {
        check("one two three", 7, &["one two", "three"]);
        check("set `a b c d` off", 9, &["set", "`a b c d`", "off"]);
        check("unbreakable", 3, &["unbreakable"]);
        check("", 3, &[""]);
    }

    #[test]
    fn japanese_is_broken_behind_hiragana_and_never_before_punctuation() {
        let text = "設定で有効にしてください。終わり";
        check(text, 20, &["設定で", "有効にしてください。", "終わり"]);
        check("セキュア ブートがオフです", 18, &["セキュア ブートが", "オフです"]);
    }

    #[test]
    fn a_full_width_character_takes_two_columns() {
        assert_eq!(cell("期待値", 8), "期待値    ");
        assert_eq!(cell("found", 8), "found     ");
        assert_eq!(widest(["期待値", "found"]), 6);
    }

    #[test]
    fn nothing_that_a_document_holds_reaches_the_terminal_as_a_command() {
        let hostile = "a\u{1b}[2Jb\u{202e}c\nd";
        let mut page = Page::default();
        page.line(0, hostile);
        page.prose(1, hostile);
        page.value(2, hostile, 4, hostile);
        page.labelled(3, "x", 4, hostile);
        assert_eq!(page.text.lines().count(), 4, "{}", page.text);
        assert!(page.text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", page.text);
        assert!(!page.text.contains('\u{202e}'));
    }
}
