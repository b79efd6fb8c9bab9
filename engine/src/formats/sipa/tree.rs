//! The elements of one record, in the order of the record.
//!
//! The reader keeps its own stack of open containers: a record of nested headers costs an
//! attacker eight bytes a level, and must not cost us a stack frame.

use portcullis_wire::SipaType;

use super::value::{self, SipaValue};
use crate::Span;
use crate::formats::body::TaggedEvent;
use crate::formats::error::{ParseError, ParseErrorKind};
use crate::formats::input::{Input, le_u32, take};
use crate::limits::{SIPA_DEPTH_MAX, SIPA_NODES_MAX};

/// The elements of a record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SipaTree<'a> {
    nodes: Vec<SipaNode<'a>>,
}

/// An element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SipaNode<'a> {
    /// What it is.
    pub kind: SipaType,
    /// Position in the order of the record, from 0.
    pub index: usize,
    /// Number of containers around it.
    pub depth: usize,
    /// Number of elements inside it, at any depth: they are the next ones in the order.
    pub descendants_count: usize,
    /// Its data.
    pub data: &'a [u8],
    /// The whole element.
    pub span: Span,
    /// Where the data stands.
    pub data_span: Span,
}

/// How many elements may still be read. One budget serves all records of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeBudget(usize);

impl Default for NodeBudget {
    fn default() -> Self {
        Self(SIPA_NODES_MAX)
    }
}

impl<'a> SipaNode<'a> {
    /// The data as its type says.
    #[must_use]
    pub fn value(&self) -> SipaValue<'a> {
        value::decode(self.kind, Input::at(self.data, self.data_span.offset))
    }
}

impl<'a> SipaTree<'a> {
    /// All elements, a container before its contents.
    #[must_use]
    pub fn nodes(&self) -> &[SipaNode<'a>] {
        &self.nodes
    }

    /// The outermost elements.
    pub fn roots(&self) -> impl Iterator<Item = &SipaNode<'a>> {
        siblings(&self.nodes)
    }

    /// The elements directly inside one of this tree.
    pub fn children_of(&self, parent: &SipaNode<'a>) -> impl Iterator<Item = &SipaNode<'a>> {
        siblings(self.inside(parent))
    }

    /// All elements of one type, at any depth.
    ///
    /// For rules by which *one* occurrence condemns. A rule that trusts a value asks for it where
    /// it belongs ([`SipaTree::children_of`], [`SipaTree::only_child_of`]).
    pub fn find(&self, kind: SipaType) -> impl Iterator<Item = &SipaNode<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// The elements of one type directly inside an outermost
    /// [`TRUSTBOUNDARY`](SipaType::TRUSTBOUNDARY): where Windows states a fact about the boot.
    pub fn in_boundaries(&self, kind: SipaType) -> impl Iterator<Item = &SipaNode<'a>> {
        self.roots()
            .filter(|root| root.kind == SipaType::TRUSTBOUNDARY)
            .flat_map(|boundary| self.children_of(boundary))
            .filter(move |node| node.kind == kind)
    }

    /// The one element of a type directly inside another, if any.
    ///
    /// # Errors
    /// It occurs twice: readers that pick the first and readers that pick the last would differ.
    pub fn only_child_of(
        &self,
        parent: &SipaNode<'a>,
        kind: SipaType,
    ) -> Result<Option<&SipaNode<'a>>, ParseError> {
        let mut found = self.children_of(parent).filter(|node| node.kind == kind);
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(second) => Err(ParseError::new(
                ParseErrorKind::Invalid("occurs twice in one container"),
                value::field(kind),
                second.span,
            )),
        }
    }

    fn inside(&self, parent: &SipaNode<'a>) -> &[SipaNode<'a>] {
        let start = parent.index.saturating_add(1);
        self.nodes.get(start..start.saturating_add(parent.descendants_count)).unwrap_or_default()
    }

    /// The tree of one outermost element of a tagged event.
    pub(super) fn of_element(element: &TaggedEvent<'a>) -> Result<Self, ParseError> {
        let mut budget = NodeBudget::default();
        let mut reader = Reader::new(&mut budget);
        let header = Header {
            kind: SipaType(element.id),
            span: element.span,
            data: Input::at(element.data, element.data_span.offset),
            behind: Input::at(&[], element.span.end()),
        };
        let rest = reader.push(header)?;
        reader.read(rest)
    }
}

/// The elements of a run, without their contents.
fn siblings<'t, 'a>(nodes: &'t [SipaNode<'a>]) -> impl Iterator<Item = &'t SipaNode<'a>> {
    let mut rest = nodes;
    std::iter::from_fn(move || {
        let (first, behind) = rest.split_first()?;
        rest = behind.get(first.descendants_count..).unwrap_or_default();
        Some(first)
    })
}

/// Reads the elements of a record, which must fill `input`, and those inside containers, which
/// must fill their container. An element is a container when its category says so.
///
/// # Errors
/// The record is empty, a size does not fit, containers nest deeper than [`SIPA_DEPTH_MAX`], or
/// the budget is spent. Each names its byte.
pub fn parse<'a>(input: Input<'a>, budget: &mut NodeBudget) -> Result<SipaTree<'a>, ParseError> {
    if input.is_empty() {
        return Err(input.error(ParseErrorKind::Invalid("is empty"), "taggedEvent", 0));
    }
    Reader::new(budget).read(input)
}

struct Reader<'a, 'b> {
    nodes: Vec<SipaNode<'a>>,
    /// At most [`SIPA_DEPTH_MAX`], the outermost first.
    open: Vec<OpenContainer<'a>>,
    budget: &'b mut NodeBudget,
}

/// A container whose contents are being read.
struct OpenContainer<'a> {
    index: usize,
    behind: Input<'a>,
}

/// An element without its contents.
struct Header<'a> {
    kind: SipaType,
    span: Span,
    data: Input<'a>,
    behind: Input<'a>,
}

impl<'a, 'b> Reader<'a, 'b> {
    fn new(budget: &'b mut NodeBudget) -> Self {
        Self { nodes: Vec::new(), open: Vec::with_capacity(SIPA_DEPTH_MAX), budget }
    }

    /// Every turn consumes a header or closes a container.
    fn read(mut self, mut rest: Input<'a>) -> Result<SipaTree<'a>, ParseError> {
        loop {
            if !rest.is_empty() {
                let header = header(rest)?;
                rest = self.push(header)?;
            } else if let Some(container) = self.open.pop() {
                let inside = self.nodes.len().saturating_sub(container.index).saturating_sub(1);
                if let Some(node) = self.nodes.get_mut(container.index) {
                    node.descendants_count = inside;
                }
                rest = container.behind;
            } else {
                return Ok(SipaTree { nodes: self.nodes });
            }
        }
    }

    /// Adds an element, and returns what is to be read next: its contents, or what follows it.
    fn push(&mut self, header: Header<'a>) -> Result<Input<'a>, ParseError> {
        let Header { kind, span, data, behind } = header;
        let depth = self.open.len();
        let over_limit = |limit: usize| {
            let found = (limit as u64).saturating_add(1);
            let kind = ParseErrorKind::OverLimit { found, limit: limit as u64 };
            ParseError::new(kind, "taggedEvent", span)
        };
        let Some(left) = self.budget.0.checked_sub(1) else {
            return Err(over_limit(SIPA_NODES_MAX));
        };
        self.budget.0 = left;
        let index = self.nodes.len();
        self.nodes.push(SipaNode {
            kind,
            index,
            depth,
            descendants_count: 0,
            data: data.bytes(),
            span,
            data_span: data.span(),
        });
        if !kind.is_container() {
            return Ok(behind);
        }
        if depth >= SIPA_DEPTH_MAX {
            return Err(over_limit(SIPA_DEPTH_MAX));
        }
        self.open.push(OpenContainer { index, behind });
        Ok(data)
    }
}

/// Reads a header. A size that reaches past the end of the container is the size field's fault.
fn header(input: Input<'_>) -> Result<Header<'_>, ParseError> {
    let (at_size, kind) = le_u32("taggedEventID")(input)?;
    let (at_data, size) = le_u32("taggedEventDataSize")(at_size)?;
    match usize::try_from(size) {
        Ok(size) if size <= at_data.len() => {
            let (behind, data) = take("taggedEventData", size)(at_data)?;
            Ok(Header { kind: SipaType(kind), span: behind.span_since(input), data, behind })
        }
        _ => {
            let left = at_data.len() as u64;
            let kind = ParseErrorKind::Truncated { needed: size.into(), left };
            Err(at_size.error(kind, "taggedEventDataSize", 4))
        }
    }
}
