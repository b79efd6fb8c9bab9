//! What is wrong with a specification, and where.

use std::fmt;

/// An error in a specification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpecError {
    /// The file, when there is one.
    pub file: Option<String>,
    /// The line, from 1, when the specification is a text.
    pub line: Option<usize>,
    /// The field, as its path.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// The text is no TOML.
    Syntax(String),
    /// No such field.
    UnknownField {
        /// Fields that may have been meant.
        known: Vec<&'static str>,
    },
    /// The value is none of the allowed ones.
    NotAllowed {
        /// The value.
        found: String,
        /// The allowed ones in words.
        allowed: String,
    },
    /// The value contradicts another.
    Conflict(&'static str),
}

impl SpecError {
    pub(super) fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self { file: None, line: None, field: field.into(), problem }
    }

    pub(super) fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The same error in a file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if self.file.is_some() || self.line.is_some() {
            write!(f, " ")?;
        }
        if !self.field.is_empty() {
            write!(f, "`{}`: ", self.field)?;
        }
        match &self.problem {
            Problem::Syntax(message) => f.write_str(message.trim_end()),
            Problem::UnknownField { known } => {
                write!(f, "no such field; fields near it: {}", known.join(", "))
            }
            Problem::NotAllowed { found, allowed } => {
                write!(f, "found {found}, allowed: {allowed}")
            }
            Problem::Conflict(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SpecError {}
