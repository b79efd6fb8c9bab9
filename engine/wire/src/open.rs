//! The one macro behind every group of numbers.

/// Declares an open newtype over an integer: named constants, a lookup of the specification's
/// spelling, and a `Display` that falls back to hexadecimal for values without a name.
macro_rules! open_newtype {
    (
        $(#[$meta:meta])*
        $name:ident($repr:ty) {
            $( $(#[$item_meta:meta])* $konst:ident = $value:expr => $text:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $repr);

        impl $name {
            $(
                $(#[$item_meta])*
                #[doc = concat!("`", $text, "`")]
                pub const $konst: Self = Self($value);
            )*

            /// Every named value, in the order of the specification's table.
            pub const NAMED: &'static [Self] = &[$( Self::$konst, )*];

            /// The specification's spelling, or `None` for a value that it does not name.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( value if value == $value => Some($text), )*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "0x{:0width$x}", self.0, width = core::mem::size_of::<$repr>() * 2),
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}

pub(crate) use open_newtype;
