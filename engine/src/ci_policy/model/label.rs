//! What only the XML knows about an element.

/// Id, name and place of an element in the XML. Empty for a policy that was read from a binary:
/// labels do not survive the conversion.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Label {
    /// The id by which the XML refers to it.
    pub id: Option<Box<str>>,
    /// Its friendly name.
    pub name: Option<Box<str>>,
    /// Where its start tag stands in the text.
    pub offset: Option<usize>,
}

impl Label {
    /// A label with an id.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>, offset: usize) -> Self {
        Self { id: Some(id.into()), name: name.map(Into::into), offset: Some(offset) }
    }
}
