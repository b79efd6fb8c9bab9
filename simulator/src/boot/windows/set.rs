//! Sets: what one boot application writes into PCR 12, 13 and 14.
//!
//! Observed in 22 recorded logs: both PCR 12 and 13 hold the same state in the same order; PCR 12
//! adds what changes with every start, PCR 13 the policies, the lists and the images in full;
//! PCR 14 holds the keys of those who signed the images.

use portcullis_wire::{EventType, SipaType};

use super::module::Module;
use crate::hash::HashAlg;
use crate::host::Authority;
use crate::log::Measurement;
use crate::sipa::Element;

/// An item of a set.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Stands in PCR 12 alone: a counter, a transfer, antimalware.
    Volatile(Element),
    /// Stands in both.
    State(Element),
    /// An image: by its digest in PCR 12, in full in PCR 13.
    Image(Module),
}

/// What one boot application writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    /// In the order of PCR 12.
    pub items: Vec<Item>,
    /// Policies and lists, which stand in PCR 13 between state and images.
    pub lists: Vec<Element>,
}

impl Set {
    pub fn volatile(&mut self, element: Element) {
        self.items.push(Item::Volatile(element));
    }

    pub fn state(&mut self, element: Element) {
        self.items.push(Item::State(element));
    }

    pub fn images(&mut self, modules: impl IntoIterator<Item = Module>) {
        self.items.extend(modules.into_iter().map(Item::Image));
    }

    /// Its three records, in the bank in which Windows measures.
    pub fn records(&self, bank: HashAlg) -> Vec<Measurement> {
        let volatile = self.items.iter().map(|item| match item {
            Item::Volatile(element) | Item::State(element) => element.clone(),
            Item::Image(module) => module.volatile(),
        });
        let state = self.items.iter().filter_map(|item| match item {
            Item::State(element) => Some(element.clone()),
            Item::Volatile(_) | Item::Image(_) => None,
        });
        let modules = self.modules_of_pcr13();
        let detailed = state
            .chain(self.lists.iter().cloned())
            .chain(modules.iter().map(|module| module.detailed()));
        let authorities = authorities(&modules);
        vec![
            record(12, boundary(volatile.collect()), bank),
            record(13, boundary(detailed.collect()), bank),
            record(14, authorities, bank),
        ]
    }

    /// Images in the order of PCR 13: the one with a security version first, the others by
    /// digest. Real logs differ between the two registers as well, in an order of their own.
    fn modules_of_pcr13(&self) -> Vec<&Module> {
        let mut modules: Vec<_> = self
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Image(module) => Some(module),
                Item::Volatile(_) | Item::State(_) => None,
            })
            .collect();
        modules.sort_by_key(|module| (module.svn.is_none(), &module.digest));
        modules
    }
}

/// The container of a set.
pub(super) fn boundary(elements: Vec<Element>) -> Element {
    Element::elements(SipaType::TRUSTBOUNDARY, elements)
}

/// One record of Windows.
pub(super) fn record(pcr: u32, element: Element, bank: HashAlg) -> Measurement {
    Measurement::of_data(pcr, EventType::EVENT_TAG, element.encode()).only_in(bank)
}

/// The keys of all signers: one stands alone, several in a container.
fn authorities(modules: &[&Module]) -> Element {
    let mut seen: Vec<Authority> = Vec::new();
    for module in modules {
        if !seen.contains(&module.authority()) {
            seen.push(module.authority());
        }
    }
    let mut keys: Vec<_> = seen
        .into_iter()
        .map(|authority| Element::bytes(SipaType::AUTHORITYPUBKEY, authority.public_key_info()))
        .collect();
    match keys.pop() {
        Some(only) if keys.is_empty() => only,
        last => {
            keys.extend(last);
            boundary(keys)
        }
    }
}
