//! The XML form of a code integrity policy, namespace `urn:schemas-microsoft-com:sipolicy`.
//!
//! Schema: `cipolicy.xsd`, as Windows ships it and as published in 2026 (with artifact rules).
//! Lenient in: byte order marks, UTF-16, elements in any order, ids in any spelling, GUIDs without
//! braces. Strict out: what [`write()`] writes follows the schema. An element or attribute that no
//! schema knows is never dropped: it is listed with its place, conversion refuses it, and an edit
//! keeps it.
//!
//! Only comments and ids are lost on the way to a binary. What reading does **not** establish:
//! that Windows would accept the policy; [`super::author`] has what is known of that.

mod error;
mod place;
mod read;
mod text;
mod tree;
mod write;

pub use error::{XmlError, XmlReason};
pub use place::Place;
pub(super) use read::format_time;
pub use read::parse_guid;
pub use read::{Document, Origin, Unsupported, read};
pub use text::{Text, decode, looks_like_xml};
pub(super) use tree::{Element, parse};
pub(super) use write::escape;
pub use write::{Inexpressible, write};
