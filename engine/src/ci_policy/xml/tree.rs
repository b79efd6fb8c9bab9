//! The document as a tree of borrowed elements that know where they stand.
//!
//! Built with `quick-xml`'s tokeniser. Namespaces are resolved here, because the tokeniser's own
//! resolver takes time proportional to declarations times elements. Entities beyond the five of
//! XML and document types are refused, so that nothing expands.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

use portcullis_wire::ci_policy::XML_NAMESPACE;

use super::error::{XmlError, XmlReason, quoted};
use super::place::Place;
use super::text::is_allowed;
use crate::limits::{
    CI_POLICY_XML_ATTRIBUTES_MAX, CI_POLICY_XML_DEPTH_MAX, CI_POLICY_XML_ELEMENTS_MAX,
};

const FORBIDDEN: &str = "is a character that XML forbids";

/// An element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::ci_policy) struct Element<'t> {
    /// Its local name.
    pub(in crate::ci_policy) name: &'t str,
    /// True when it is of the policy's namespace.
    pub(in crate::ci_policy) is_ours: bool,
    /// Its attributes, without namespace declarations.
    pub(in crate::ci_policy) attributes: Vec<Attribute<'t>>,
    /// Its text, all of it, without that of its children.
    pub(in crate::ci_policy) text: Cow<'t, str>,
    /// Its children.
    pub(in crate::ci_policy) children: Vec<Self>,
    /// Offset of its start tag.
    pub(in crate::ci_policy) start: usize,
    /// Offset behind its start tag.
    pub(in crate::ci_policy) content_start: usize,
    /// Offset of its end tag; that behind the start tag for an empty-element tag.
    pub(in crate::ci_policy) content_end: usize,
    /// Offset behind the whole element.
    pub(in crate::ci_policy) end: usize,
}

/// An attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::ci_policy) struct Attribute<'t> {
    /// Its name, prefix included.
    pub(in crate::ci_policy) name: &'t str,
    /// Its value, unescaped.
    pub(in crate::ci_policy) value: Cow<'t, str>,
}

impl<'t> Element<'t> {
    /// The value of an attribute.
    pub(in crate::ci_policy) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.value.as_ref())
    }

    /// The children of a name.
    pub(in crate::ci_policy) fn children<'e>(
        &'e self,
        name: &'static str,
    ) -> impl Iterator<Item = &'e Self> + use<'e, 't> {
        self.children.iter().filter(move |child| child.is_ours && child.name == name)
    }

    /// The first child of a name.
    pub(in crate::ci_policy) fn child(&self, name: &'static str) -> Option<&Self> {
        self.children(name).next()
    }

    /// True when the element was written as an empty-element tag.
    pub(in crate::ci_policy) const fn is_self_closing(&self) -> bool {
        self.content_end == self.end
    }
}

/// A document: its root, and the processing instructions in front of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::ci_policy) struct Tree<'t> {
    pub(in crate::ci_policy) root: Element<'t>,
    /// Contents of the processing instructions outside the root, target included.
    pub(in crate::ci_policy) instructions: Vec<&'t str>,
}

/// Parses a text.
///
/// # Errors
/// [`XmlError`] with line, column and the innermost element.
pub(in crate::ci_policy) fn parse(text: &str) -> Result<Tree<'_>, XmlError> {
    let mut builder = Builder { text, ..Builder::default() };
    if let Some((offset, _)) = text.char_indices().find(|(_, letter)| !is_allowed(*letter)) {
        return Err(builder.error(offset, XmlReason::Encoding(FORBIDDEN)));
    }
    let mut reader = Reader::from_str(text);
    let mut start = 0;
    loop {
        let event = reader.read_event();
        let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Ok(Event::Eof) => return builder.finish(),
            Ok(event) => builder.take(&event, start, end)?,
            Err(error) => {
                let position = usize::try_from(reader.error_position()).unwrap_or(end);
                return Err(builder.error(position, XmlReason::Syntax(quoted(&error.to_string()))));
            }
        }
        start = end;
    }
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    root: Option<Element<'t>>,
    open: Vec<Element<'t>>,
    /// Prefixes in scope, `""` for the default namespace: depth, prefix, whether it is ours.
    prefixes: Vec<(usize, &'t str, bool)>,
    instructions: Vec<&'t str>,
    elements_count: usize,
}

impl<'t> Builder<'t> {
    fn error(&self, offset: usize, reason: XmlReason) -> XmlError {
        let element = self.open.last().map(|element| quoted(element.name)).unwrap_or_default();
        XmlError { place: Place::of(self.text, offset), element, reason }
    }

    fn syntax(&self, offset: usize, what: &str) -> XmlError {
        self.error(offset, XmlReason::Syntax(what.to_owned()))
    }

    fn take(&mut self, event: &Event<'t>, start: usize, end: usize) -> Result<(), XmlError> {
        let slice = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        match event {
            Event::Start(_) | Event::Empty(_) => {
                let is_empty = matches!(event, Event::Empty(_));
                let tail = if is_empty { 2 } else { 1 };
                let tag = slice(start.saturating_add(1), end.saturating_sub(tail));
                self.open_element(tag, start, end)?;
                if is_empty { self.close_element(end, end) } else { Ok(()) }
            }
            Event::End(_) => self.close_element(start, end),
            Event::Text(_) => self.add_text(Cow::Borrowed(slice(start, end)), start),
            Event::CData(data) => {
                // The tokeniser hands out what it was given, which was UTF-8.
                let data = String::from_utf8_lossy(data).into_owned();
                self.add_text(Cow::Owned(data), start)
            }
            Event::GeneralRef(_) => {
                let letter = self.entity(slice(start, end), start)?;
                self.add_raw(Cow::Owned(letter), start)
            }
            Event::DocType(_) => Err(self.error(start, XmlReason::DocumentType)),
            Event::PI(_) => {
                if self.open.is_empty() {
                    let inner = slice(start.saturating_add(2), end.saturating_sub(2));
                    self.instructions.push(inner);
                }
                Ok(())
            }
            Event::Comment(_) | Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    fn open_element(&mut self, tag: &'t str, start: usize, end: usize) -> Result<(), XmlError> {
        let over = |what, limit| self.error(start, XmlReason::OverLimit { what, limit });
        if self.open.len() >= CI_POLICY_XML_DEPTH_MAX {
            return Err(over("nested elements", CI_POLICY_XML_DEPTH_MAX));
        }
        if self.elements_count >= CI_POLICY_XML_ELEMENTS_MAX {
            return Err(over("elements", CI_POLICY_XML_ELEMENTS_MAX));
        }
        if self.root.is_some() {
            return Err(self.syntax(start, "a second root"));
        }
        self.elements_count = self.elements_count.saturating_add(1);
        let name_size = tag.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(tag.len());
        let (qualified, rest) = tag.split_at_checked(name_size).unwrap_or((tag, ""));
        let attributes = self.attributes(rest, start)?;
        let (prefix, name) = qualified.split_once(':').unwrap_or(("", qualified));
        if name.is_empty() {
            return Err(self.syntax(start, "an element without a name"));
        }
        self.open.push(Element {
            name,
            is_ours: self.is_ours(prefix),
            attributes,
            text: Cow::Borrowed(""),
            children: Vec::new(),
            start,
            content_start: end,
            content_end: end,
            end,
        });
        Ok(())
    }

    /// Reads attributes, and takes the namespace declarations among them out.
    fn attributes(&mut self, tag: &'t str, start: usize) -> Result<Vec<Attribute<'t>>, XmlError> {
        let mut found: Vec<Attribute<'t>> = Vec::new();
        // The tokeniser's own check for duplicates is quadratic in an unlimited number.
        let mut attributes = Attributes::new(tag, 0);
        attributes.with_checks(false);
        for (index, attribute) in attributes.enumerate() {
            if index >= CI_POLICY_XML_ATTRIBUTES_MAX {
                let limit = CI_POLICY_XML_ATTRIBUTES_MAX;
                return Err(self.error(start, XmlReason::OverLimit { what: "attributes", limit }));
            }
            let attribute =
                attribute.map_err(|error| self.syntax(start, &quoted(&error.to_string())))?;
            let name = core::str::from_utf8(attribute.key.into_inner()).unwrap_or_default();
            let raw = match attribute.value {
                Cow::Borrowed(bytes) => core::str::from_utf8(bytes).unwrap_or_default(),
                Cow::Owned(_) => return Err(self.syntax(start, "an attribute that cannot be read")),
            };
            let value = self.unescaped(raw, start)?;
            if found.iter().any(|other| other.name == name) {
                return Err(self.error(start, XmlReason::Repeated(quoted(name))));
            }
            if name == "xmlns" || name.starts_with("xmlns:") {
                let prefix = name.strip_prefix("xmlns:").unwrap_or_default();
                self.prefixes.push((self.open.len(), prefix, value == XML_NAMESPACE));
            } else {
                found.push(Attribute { name, value });
            }
        }
        Ok(found)
    }

    /// An element without any declared namespace passes, too: hand-written files lack it.
    fn is_ours(&self, prefix: &str) -> bool {
        let declared = self.prefixes.iter().rev().find(|(_, known, _)| *known == prefix);
        declared.map_or(prefix.is_empty(), |(_, _, ours)| *ours)
    }

    fn close_element(&mut self, content_end: usize, end: usize) -> Result<(), XmlError> {
        let Some(mut element) = self.open.pop() else {
            return Err(self.syntax(content_end, "an end tag without a start tag"));
        };
        element.content_end = content_end;
        element.end = end;
        let depth = self.open.len();
        while self.prefixes.last().is_some_and(|(at, ..)| *at >= depth) {
            self.prefixes.pop();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// Adds text whose line ends are still those of the file (XML 1.0, section 2.11).
    fn add_text(&mut self, text: Cow<'t, str>, start: usize) -> Result<(), XmlError> {
        let text = match text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => text,
        };
        self.add_raw(text, start)
    }

    fn add_raw(&mut self, text: Cow<'t, str>, start: usize) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) if element.text.is_empty() => element.text = text,
            Some(element) => element.text.to_mut().push_str(&text),
            None if text.trim().is_empty() => {}
            None => return Err(self.syntax(start, "text outside the root")),
        }
        Ok(())
    }

    fn entity(&self, reference: &str, start: usize) -> Result<String, XmlError> {
        let name = reference.strip_prefix('&').and_then(|rest| rest.strip_suffix(';'));
        let known = name.and_then(resolve_xml_entity).map(str::to_owned);
        match known {
            Some(text) => Ok(text),
            None => self.unescaped(reference, start).map(Cow::into_owned),
        }
    }

    /// Unescapes an attribute; its raw line ends and tabs are spaces (XML 1.0, section 3.3.3).
    fn unescaped<'r>(&self, raw: &'r str, start: usize) -> Result<Cow<'r, str>, XmlError> {
        let value = if raw.contains(['\r', '\n', '\t']) {
            let normal = raw.replace("\r\n", " ").replace(['\r', '\n', '\t'], " ");
            unescape(&normal).map(|value| Cow::Owned(value.into_owned()))
        } else {
            unescape(raw)
        };
        let value = value.map_err(|error| self.syntax(start, &quoted(&error.to_string())))?;
        if value.chars().all(is_allowed) {
            return Ok(value);
        }
        Err(self.error(start, XmlReason::Encoding(FORBIDDEN)))
    }

    fn finish(self) -> Result<Tree<'t>, XmlError> {
        let end = self.text.len();
        if !self.open.is_empty() {
            return Err(self.syntax(end, "the text ends inside an element"));
        }
        match self.root {
            Some(root) => Ok(Tree { root, instructions: self.instructions }),
            None => Err(XmlError {
                place: Place::of(self.text, end),
                element: String::new(),
                reason: XmlReason::Root,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Element<'_> {
        parse(text).unwrap().root
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn elements_know_where_they_stand() {
        let text = "<?a b?><r x='1'><!--c--><s/>t<u>v</u></r>\n";
        let tree = parse(text).unwrap();
        assert_eq!(tree.instructions, ["a b"]);
        let root = tree.root;
        assert_eq!(text.get(root.start..root.content_start), Some("<r x='1'>"));
        assert_eq!(text.get(root.content_end..root.end), Some("</r>"));
        assert_eq!((root.attribute("x"), root.text.as_ref()), (Some("1"), "t"));
        let [s, u] = root.children.as_slice() else { panic!("{root:?}") };
        assert_eq!((text.get(s.start..s.end), s.is_self_closing()), (Some("<s/>"), true));
        assert_eq!(text.get(u.content_start..u.content_end), Some("v"));
    }

    #[test]
    fn references_expand_to_one_character_and_line_ends_are_normal() {
        let text = "<r a='x&#13;&amp;\r\n&#x1F600;'>1\r\n2\r3&lt;&#xD;<![CDATA[&amp;]]></r>";
        let root = root(text);
        assert_eq!(root.attribute("a"), Some("x\r& \u{1f600}"));
        assert_eq!(root.text, "1\n2\n3<\r&amp;");
    }

    #[test]
    fn namespaces_follow_their_scope() {
        let ours = XML_NAMESPACE;
        let text = format!(
            "<p:r xmlns:p='{ours}' xmlns='x'><p:a/><a/><b xmlns='{ours}'><c/></b><d/><q:e/></p:r>"
        );
        let root = root(&text);
        assert!(root.is_ours);
        let flags: Vec<_> = root.children.iter().map(|child| (child.name, child.is_ours)).collect();
        assert_eq!(flags, [("a", true), ("a", false), ("b", true), ("d", false), ("e", false)]);
        assert!(root.child("b").unwrap().child("c").is_some());
    }

    #[test]
    fn what_expands_repeats_or_nests_without_end_is_refused() {
        let deep = "<a>".repeat(CI_POLICY_XML_DEPTH_MAX + 1);
        let wide = format!("<a{}/>", (0..99).map(|n| format!(" a{n}=''")).collect::<String>());
        for (text, expected) in [
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "line 1, column 1: document type"),
            ("<a>&x;</a>", "line 1, column 4, element `a`: is no well-formed"),
            ("<a>&#0;</a>", "line 1, column 4, element `a`"),
            ("<a b='&#11;'/>", "forbids"),
            ("<a>\u{1}</a>", "line 1, column 4: is a character that XML forbids"),
            ("<a>\u{ffff}</a>", "line 1, column 4"),
            ("<a b='' b=''/>", "`b` may be given once"),
            ("<a/><b/>", "a second root"),
            ("<a/>x", "text outside"),
            ("<a>\n<b>", "line 2, column 4, element `b`: is no well-formed XML: the text ends"),
            ("<a></b>", "is no well-formed XML"),
            ("", "the root is no `SiPolicy`"),
            (&deep, "more than 32 nested elements"),
            (&wide, "more than 64 attributes"),
        ] {
            let found = refused(text);
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
