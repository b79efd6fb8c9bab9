//! PCR 11 to 14 as state machines: what stands before the separator counts, what stands behind
//! it does not, and every event must be what Windows writes there. The type of a record is not
//! measured and decides nothing; its data does.

use super::defect::WindowsDefect;
use crate::finding::Place;
use crate::formats::input::Input;
use crate::formats::sipa::{self, NodeBudget, SipaTree};
use crate::replay::{MeasuredEvent, MeasuredEvents};
use crate::wire::SipaType;
use crate::wire::event::{SEPARATOR_WBCL, WBCL_CAP, WBCL_START};

/// One boot application's set of elements, with its record.
pub(super) struct Set<'a> {
    /// Index of the record.
    pub event: usize,
    /// The elements.
    pub tree: SipaTree<'a>,
}

/// What the registers hold before their separators.
#[derive(Default)]
pub(super) struct Registers<'a> {
    /// PCR 12.
    pub counters: Vec<Set<'a>>,
    /// PCR 13.
    pub modules: Vec<Set<'a>>,
    /// True when PCR 11 begins as Windows' boot manager begins it.
    pub opened: bool,
    pub defects: Vec<WindowsDefect>,
    pub behind_separator: Vec<Place>,
}

impl<'a> Registers<'a> {
    pub(super) fn read(events: &MeasuredEvents<'a>) -> Self {
        let mut registers = Self::default();
        registers.cap(events);
        let mut budget = NodeBudget::default();
        registers.counters = registers.sets(events, 12, &mut budget);
        registers.modules = registers.sets(events, 13, &mut budget);
        // PCR 14 holds the keys of authorities; nothing is read from it, but it must be sound.
        registers.sets(events, 14, &mut budget);
        registers
    }

    /// True when anything looks like Windows.
    pub(super) fn present(&self) -> bool {
        self.opened || !self.counters.is_empty() || !self.modules.is_empty()
    }

    /// The boot manager opens PCR 11 and caps it before it hands over: nobody else can use what
    /// BitLocker sealed to it.
    fn cap(&mut self, events: &MeasuredEvents<'_>) {
        let data: Vec<&[u8]> = events
            .of_pcr(11)
            .map(|event| if event.binds_all() { event.event.data } else { &[] })
            .collect();
        self.opened = data.first().is_some_and(|first| *first == WBCL_START);
        if data != [&WBCL_START[..], &WBCL_CAP[..]] {
            self.defects.push(WindowsDefect::Cap { events_count: data.len() });
        }
    }

    fn sets(
        &mut self,
        events: &MeasuredEvents<'a>,
        pcr: u8,
        budget: &mut NodeBudget,
    ) -> Vec<Set<'a>> {
        let mut sets = Vec::new();
        let mut separators_count: usize = 0;
        for event in events.of_pcr(pcr) {
            if event.binds_all() && event.event.data == SEPARATOR_WBCL {
                separators_count = separators_count.saturating_add(1);
            } else if separators_count > 0 {
                self.behind_separator.push(place(event));
            } else if let Some(set) = self.set(event, pcr, budget) {
                sets.push(set);
            }
        }
        if separators_count != 1 {
            self.defects.push(WindowsDefect::Separators { pcr, count: separators_count });
        }
        sets
    }

    fn set(
        &mut self,
        event: &MeasuredEvent<'a>,
        pcr: u8,
        budget: &mut NodeBudget,
    ) -> Option<Set<'a>> {
        if !event.binds_all() {
            self.defects.push(WindowsDefect::Unbound(place(event)));
            return None;
        }
        let index = event.event.index;
        let input = Input::at(event.event.data, event.event.data_span.offset);
        let tree = match sipa::parse(input, budget) {
            Ok(tree) => tree,
            Err(error) => {
                let place = Place::in_event(index, error.span);
                let reason = error.to_string();
                self.defects.push(WindowsDefect::Malformed { place, reason });
                return None;
            }
        };
        for root in tree.roots() {
            let expected = root.kind == SipaType::TRUSTBOUNDARY
                || (pcr == 14 && root.kind == SipaType::AUTHORITYPUBKEY);
            if !expected {
                let place = Place::in_event(index, root.span);
                self.defects.push(WindowsDefect::Misplaced(root.kind, place));
            }
        }
        Some(Set { event: index, tree })
    }
}

fn place(event: &MeasuredEvent<'_>) -> Place {
    Place::in_event(event.event.index, event.event.span)
}
