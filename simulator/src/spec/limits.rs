//! Limits on specifications. Numbers of things within a host have theirs in the type of the field.

/// Bytes of a text: hundreds of times what a full specification has.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Tables and lists within each other: the deepest field is `ci.policy.0.mode`.
pub const DEPTH_MAX: usize = 4;

/// Characters of a value: longer names occur in no recorded log.
pub const VALUE_CHARS_MAX: usize = 256;

/// Elements of a list: more boot drivers than any recorded host has (106).
pub const LIST_ITEMS_MAX: usize = 256;

/// Code integrity policies of one host: Windows itself takes 32.
pub const CI_POLICIES_MAX: usize = 32;
