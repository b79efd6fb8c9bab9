//! What all parts of the reader share: errors with their place, required and known parts.

use std::collections::BTreeMap;

use super::super::error::{XmlError, XmlReason, quoted};
use super::super::place::Place;
use super::super::tree::Element;
use super::{Unsupported, value};
use crate::ci_policy::model::{Label, Version};
use crate::limits::CI_POLICY_UNSUPPORTED_MAX;

/// Indices by id. A tree, not a hash table: the engine has no randomness to seed one with.
pub(super) type Ids<'e> = BTreeMap<&'e str, u32>;

pub(super) struct Context<'t> {
    text: &'t str,
    unsupported: Vec<Unsupported>,
}

impl<'t> Context<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, unsupported: Vec::new() }
    }

    pub(super) fn into_unsupported(self) -> Vec<Unsupported> {
        self.unsupported
    }

    pub(super) fn error(&self, element: &Element<'_>, reason: XmlReason) -> XmlError {
        let place = Place::of(self.text, element.start);
        XmlError { place, element: quoted(element.name), reason }
    }

    pub(super) fn value_error(
        &self,
        element: &Element<'_>,
        of: &'static str,
        found: &str,
        expected: &'static str,
    ) -> XmlError {
        self.error(element, XmlReason::Value { of, found: quoted(found), expected })
    }

    /// Lists something that no schema knows. Behind the limit only the first ones are kept: one
    /// is enough to refuse a conversion.
    pub(super) fn unsupported(&mut self, element: &Element<'_>, what: String) {
        if self.unsupported.len() < CI_POLICY_UNSUPPORTED_MAX {
            let place = Place::of(self.text, element.start);
            self.unsupported.push(Unsupported { what, place, element: quoted(element.name) });
        }
    }

    /// Lists every attribute, child and text of `element` that the schema does not know.
    pub(super) fn known(&mut self, element: &Element<'_>, attributes: &[&str], children: &[&str]) {
        for attribute in &element.attributes {
            let name = attribute.name;
            let foreign = name.starts_with("xml:") || name.starts_with("xsi:");
            if !foreign && !attributes.contains(&name) {
                self.unsupported(element, format!("the attribute `{}`", quoted(name)));
            }
        }
        for child in &element.children {
            if !child.is_ours || !children.contains(&child.name) {
                self.unsupported(child, format!("the element `{}`", quoted(child.name)));
            }
        }
        if !children.is_empty() && !element.text.trim().is_empty() {
            self.unsupported(element, format!("the text `{}`", quoted(element.text.trim())));
        }
    }

    /// Refuses a second child of any of these names.
    pub(super) fn once(
        &self,
        element: &Element<'_>,
        names: &[&'static str],
    ) -> Result<(), XmlError> {
        for name in names {
            if let Some(second) = element.children(name).nth(1) {
                return Err(self.error(second, XmlReason::Repeated((*name).to_owned())));
            }
        }
        Ok(())
    }

    pub(super) fn required<'e>(
        &self,
        element: &'e Element<'_>,
        name: &'static str,
    ) -> Result<&'e str, XmlError> {
        element.attribute(name).ok_or_else(|| self.error(element, XmlReason::Missing(name)))
    }

    pub(super) fn required_child<'e, 'x>(
        &self,
        element: &'e Element<'x>,
        name: &'static str,
    ) -> Result<&'e Element<'x>, XmlError> {
        element.child(name).ok_or_else(|| self.error(element, XmlReason::Missing(name)))
    }

    /// Enters the id of the element that will be the last of its list of `count` so far, and
    /// returns its label. An id that is taken stays with the first that has it: published files
    /// have such, and they can be shown, not converted.
    pub(super) fn label<'e>(
        &mut self,
        element: &'e Element<'_>,
        name: &'static str,
        ids: &mut Ids<'e>,
        count: usize,
    ) -> Result<Label, XmlError> {
        let id = self.required(element, "ID")?;
        let index = u32::try_from(count).unwrap_or(u32::MAX);
        if ids.contains_key(id) {
            self.unsupported(element, format!("the id `{}`, which is taken,", quoted(id)));
        } else {
            ids.insert(id, index);
        }
        Ok(Label::new(id, element.attribute(name), element.start))
    }

    /// The index that an attribute names.
    pub(super) fn reference(
        &self,
        element: &Element<'_>,
        of: &'static str,
        ids: &Ids<'_>,
    ) -> Result<u32, XmlError> {
        let id = self.required(element, of)?;
        ids.get(id)
            .copied()
            .ok_or_else(|| self.error(element, XmlReason::Dangling { of, id: quoted(id) }))
    }

    /// The indices that the children of a list name.
    pub(super) fn references(
        &mut self,
        list: &Element<'_>,
        child: &'static str,
        of: &'static str,
        ids: &Ids<'_>,
    ) -> Result<Vec<u32>, XmlError> {
        let mut indices = Vec::new();
        for element in list.children(child) {
            self.known(element, &[of], &[]);
            indices.push(self.reference(element, of, ids)?);
        }
        Ok(indices)
    }

    pub(super) fn version(
        &self,
        element: &Element<'_>,
        of: &'static str,
        text: &str,
    ) -> Result<Version, XmlError> {
        let expected = "four numbers up to 65535, such as 10.0.0.0";
        Version::parse(text).ok_or_else(|| self.value_error(element, of, text, expected))
    }

    /// The version of an attribute, when it is there.
    pub(super) fn optional_version(
        &self,
        element: &Element<'_>,
        of: &'static str,
    ) -> Result<Option<Version>, XmlError> {
        element.attribute(of).map(|text| self.version(element, of, text)).transpose()
    }

    pub(super) fn number(
        &self,
        element: &Element<'_>,
        of: &'static str,
        text: &str,
    ) -> Result<u32, XmlError> {
        let expected = "a decimal number of 32 bits";
        value::number(text).ok_or_else(|| self.value_error(element, of, text, expected))
    }

    pub(super) fn hex(
        &self,
        element: &Element<'_>,
        of: &'static str,
        text: &str,
    ) -> Result<Vec<u8>, XmlError> {
        let expected = "an even number of hexadecimal digits";
        value::hex(text).ok_or_else(|| self.value_error(element, of, text, expected))
    }

    pub(super) fn boolean(
        &self,
        element: &Element<'_>,
        of: &'static str,
        text: &str,
    ) -> Result<bool, XmlError> {
        value::boolean(text).ok_or_else(|| self.value_error(element, of, text, "`true` or `false`"))
    }
}
