//! Distinguished names (RFC 5280, section 4.1.2.4).

use portcullis_wire::oid;

use crate::encode::der;

/// An attribute of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// Its type in dotted text.
    pub oid: &'static str,
    /// Its value.
    pub text: String,
}

impl Attribute {
    fn to_der(&self) -> Vec<u8> {
        let value = match self.oid {
            // X.520 allows nothing else for a country.
            oid::COUNTRY => der::printable_string(&self.text),
            _ => der::utf8_string(&self.text),
        };
        der::sequence(&[der::oid(self.oid), value])
    }
}

/// A distinguished name: sets of attributes, nearly always of one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Name {
    sets: Vec<Vec<Attribute>>,
    unsorted: bool,
}

impl Name {
    /// A name without attributes, as most EK certificates have for a subject.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A name of one organisation and one common name.
    #[must_use]
    pub fn new(organization: &str, common_name: &str) -> Self {
        Self::empty()
            .with(oid::COUNTRY, "XX")
            .with(oid::ORGANIZATION, organization)
            .with(oid::COMMON_NAME, common_name)
    }

    /// The name and a further attribute, in a set of its own.
    #[must_use]
    pub fn with(self, oid: &'static str, text: &str) -> Self {
        self.with_set(vec![Attribute { oid, text: text.to_owned() }])
    }

    /// The name and a further set of attributes.
    #[must_use]
    pub fn with_set(mut self, attributes: Vec<Attribute>) -> Self {
        self.sets.push(attributes);
        self
    }

    /// The name with the attributes of each set in the order in which they were given, backwards
    /// from what DER demands: names of some Nuvoton chips.
    #[must_use]
    pub fn unsorted(mut self) -> Self {
        self.unsorted = true;
        self
    }

    /// `Name`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let sets: Vec<Vec<u8>> = self.sets.iter().map(|set| self.set(set)).collect();
        der::sequence(&sets)
    }

    fn set(&self, attributes: &[Attribute]) -> Vec<u8> {
        let mut encoded: Vec<Vec<u8>> = attributes.iter().map(Attribute::to_der).collect();
        encoded.sort();
        if self.unsorted {
            encoded.reverse();
        }
        der::set_as_given(&encoded)
    }
}
