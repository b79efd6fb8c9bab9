//! One question, and what the measurements answer.

use crate::finding::Place;

/// What the measurements say about one question. Only `Consistently` can satisfy a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim<T> {
    /// Nothing was measured. An absent fact is never a good one.
    Unknown,
    /// Everything that was measured says the same.
    Consistently {
        /// What it says.
        value: T,
        /// Where it says so.
        places: Vec<Place>,
    },
    /// Measurements contradict each other.
    Conflicting {
        /// The values in the order of the log.
        values: Vec<(T, Place)>,
    },
}

impl<T: PartialEq + Clone> Claim<T> {
    /// The claim of all values that were measured, in the order of the log.
    #[must_use]
    pub fn of(values: Vec<(T, Place)>) -> Self {
        let Some((first, _)) = values.first() else { return Self::Unknown };
        if values.iter().any(|(value, _)| value != first) {
            return Self::Conflicting { values };
        }
        let value = first.clone();
        Self::Consistently { value, places: values.into_iter().map(|(_, place)| place).collect() }
    }

    /// The value, when there is no doubt about it.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Consistently { value, .. } => Some(value),
            Self::Unknown | Self::Conflicting { .. } => None,
        }
    }

    /// True when there is no doubt that the value is this one.
    #[must_use]
    pub fn is(&self, expected: &T) -> bool {
        self.value() == Some(expected)
    }

    /// Where it was measured.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        match self {
            Self::Unknown => Vec::new(),
            Self::Consistently { places, .. } => places.clone(),
            Self::Conflicting { values } => values.iter().map(|(_, place)| *place).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn at(offset: usize) -> Place {
        Place::in_event(0, Span::new(offset, 1))
    }

    #[test]
    fn nothing_measured_is_nothing_known() {
        assert_eq!(Claim::<bool>::of(Vec::new()), Claim::Unknown);
        assert!(!Claim::<bool>::Unknown.is(&false));
    }

    #[test]
    fn one_dissenting_value_makes_a_conflict_wherever_it_stands() {
        for dissenter in 0..3 {
            let values = (0..3).map(|index| (index == dissenter, at(index))).collect();
            let claim = Claim::of(values);
            assert!(matches!(claim, Claim::Conflicting { .. }));
            assert_eq!(claim.value(), None);
            assert_eq!(claim.places().len(), 3);
        }
    }
}
