//! The places of an XML document that hold text: elements and attributes.
//!
//! XML 1.0 (fifth edition) through `quick-xml`, which reads one token at a time and resolves
//! nothing by itself. Depth, number of nodes and length of names are limited; every token
//! consumes input, so the loop ends.

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::label::{self, Role};
use super::text::{Places, Text};
use crate::Span;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::limits::{
    IDENTIFIER_DEPTH_MAX, IDENTIFIER_ELEMENTS_MAX, IDENTIFIER_NAME_SIZE_BYTES_MAX,
};

const FIELD: &str = "XML";

/// A place with text.
#[derive(Debug)]
pub(super) struct Slot {
    /// What the nearest name around it announces.
    pub role: Option<Role>,
    /// Local names from the root on; an attribute behind `@`.
    pub path: String,
    /// The text directly in the element, or the value of the attribute. Never blank.
    pub text: String,
    /// The text with the markup inside it, or the start tag that has the attribute.
    pub span: Span,
}

/// An element that is still open.
struct Frame {
    name: String,
    role: Option<Role>,
    text: String,
    text_span: Option<Span>,
}

/// Every place of a document that has text, in document order of their ends.
///
/// # Errors
/// XML that is not well-formed, anything but one root element, a document type, an entity that
/// XML does not define, or limits exceeded.
pub(super) fn slots(text: &Text<'_>) -> Result<Vec<Slot>, ParseError> {
    let mut walk = Walk {
        places: Places::new(text),
        frames: Vec::new(),
        slots: Vec::new(),
        nodes_count: 0,
        rooted: false,
    };
    let mut reader = Reader::from_str(&text.text);
    reader.config_mut().expand_empty_elements = true;
    loop {
        let start = position(reader.buffer_position());
        let event = reader.read_event();
        let end = position(reader.buffer_position());
        match event {
            Ok(Event::Eof) => return walk.finish(end),
            Ok(event) => {
                let span = walk.places.span(start, end);
                walk.take(&event, span)?;
            }
            Err(_) => {
                let error = position(reader.error_position());
                let span = walk.places.span(error, end.max(error));
                return Err(invalid("is not well-formed", span));
            }
        }
    }
}

/// The document is a string in memory, so no place in it is beyond `usize`.
fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn invalid(what: &'static str, span: Span) -> ParseError {
    ParseError::new(ParseErrorKind::Invalid(what), FIELD, span)
}

struct Walk<'t> {
    places: Places<'t>,
    frames: Vec<Frame>,
    slots: Vec<Slot>,
    nodes_count: usize,
    rooted: bool,
}

impl Walk<'_> {
    fn take(&mut self, event: &Event<'_>, span: Span) -> Result<(), ParseError> {
        match event {
            Event::Start(tag) | Event::Empty(tag) => self.open(tag, span),
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::Text(text) => match text.decode() {
                Ok(text) => self.text(&text, span),
                Err(_) => Err(invalid("is not text", span)),
            },
            Event::CData(text) => match text.decode() {
                Ok(text) => self.text(&text, span),
                Err(_) => Err(invalid("is not text", span)),
            },
            Event::GeneralRef(reference) => match resolve(reference) {
                Some(text) => self.text(&text, span),
                None => Err(invalid("refers to an entity that XML does not define", span)),
            },
            Event::DocType(_) => Err(invalid("has a document type, which is refused", span)),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, span: Span) -> Result<(), ParseError> {
        if self.frames.is_empty() && self.rooted {
            return Err(invalid("has a second root element", span));
        }
        self.rooted = true;
        self.count(span)?;
        if self.frames.len() >= IDENTIFIER_DEPTH_MAX {
            let found = IDENTIFIER_DEPTH_MAX.saturating_add(1) as u64;
            return Err(over(found, IDENTIFIER_DEPTH_MAX, "depth", span));
        }
        let name = bounded_name(tag.local_name().as_ref(), span)?;
        let attributes = self.attributes(tag, span)?;
        let named_by = attributes
            .iter()
            .filter(|(attribute, _)| label::names_its_element(attribute))
            .find_map(|(_, value)| Role::of(value));
        let around = self.frames.last().and_then(|frame| frame.role);
        let role = named_by.or_else(|| Role::of(&name)).or(around);
        let is_root = self.frames.is_empty();
        self.frames.push(Frame { name, role, text: String::new(), text_span: None });
        for (attribute, value) in attributes {
            let of_attribute = match Role::of(&attribute) {
                // Below the root, `Name` names the element, not the host.
                Some(Role::Name) if !is_root && label::names_its_element(&attribute) => None,
                Some(role) => Some(role),
                None if label::holds_the_value(&attribute) => role,
                None => None,
            };
            let path = format!("{}/@{attribute}", self.path());
            self.slot(of_attribute, path, value, span);
        }
        Ok(())
    }

    /// Local names and values, without declarations of namespaces.
    fn attributes(
        &mut self,
        tag: &BytesStart<'_>,
        span: Span,
    ) -> Result<Vec<(String, String)>, ParseError> {
        let mut attributes = Vec::new();
        // The reader's own check for duplicates is quadratic; two values are two places here.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| invalid("has a malformed attribute", span))?;
            self.count(span)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let name = bounded_name(attribute.key.local_name().as_ref(), span)?;
            let value = str::from_utf8(&attribute.value)
                .ok()
                .and_then(|value| unescape(value).ok())
                .ok_or_else(|| invalid("refers to an entity that XML does not define", span))?;
            attributes.push((name, value.into_owned()));
        }
        Ok(attributes)
    }

    fn close(&mut self) {
        // The reader has checked that the tag closes the innermost element.
        let path = self.path();
        if let Some(frame) = self.frames.pop()
            && let Some(span) = frame.text_span
        {
            self.slot(frame.role, path, frame.text, span);
        }
    }

    fn text(&mut self, text: &str, span: Span) -> Result<(), ParseError> {
        let Some(frame) = self.frames.last_mut() else {
            return match text.trim().is_empty() {
                true => Ok(()),
                false => Err(invalid("has text beside its root element", span)),
            };
        };
        frame.text.push_str(text);
        let start = frame.text_span.map_or(span.offset, |earlier| earlier.offset);
        frame.text_span = Some(Span::new(start, span.end().saturating_sub(start)));
        Ok(())
    }

    fn slot(&mut self, role: Option<Role>, path: String, text: String, span: Span) {
        if !text.trim().is_empty() {
            self.slots.push(Slot { role, path, text, span });
        }
    }

    fn path(&self) -> String {
        let names: Vec<_> = self.frames.iter().map(|frame| frame.name.as_str()).collect();
        names.join("/")
    }

    /// Counts an element or an attribute.
    fn count(&mut self, span: Span) -> Result<(), ParseError> {
        self.nodes_count = self.nodes_count.saturating_add(1);
        if self.nodes_count > IDENTIFIER_ELEMENTS_MAX {
            return Err(over(self.nodes_count as u64, IDENTIFIER_ELEMENTS_MAX, "elements", span));
        }
        Ok(())
    }

    fn finish(mut self, end: usize) -> Result<Vec<Slot>, ParseError> {
        let span = self.places.span(end, end);
        if !self.frames.is_empty() {
            return Err(invalid("ends inside an element", span));
        }
        if !self.rooted {
            return Err(invalid("has no element", span));
        }
        Ok(self.slots)
    }
}

fn over(found: u64, limit: usize, field: &'static str, span: Span) -> ParseError {
    ParseError::new(ParseErrorKind::OverLimit { found, limit: limit as u64 }, field, span)
}

fn bounded_name(name: &[u8], span: Span) -> Result<String, ParseError> {
    if name.len() > IDENTIFIER_NAME_SIZE_BYTES_MAX {
        return Err(over(name.len() as u64, IDENTIFIER_NAME_SIZE_BYTES_MAX, "name", span));
    }
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// A character by its number, or one of the five entities of XML itself.
fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character.into()),
        Ok(None) => resolve_xml_entity(&reference.decode().ok()?).map(Into::into),
        Err(_) => None,
    }
}
