//! Values of knobs: what a specification may say, and what it may say instead.

use super::limits::{LIST_ITEMS_MAX, VALUE_CHARS_MAX};
use crate::bytes::hex;
use crate::hash::HashAlg;
use crate::key::RsaPrimes;
use crate::pki::Flaw;
use crate::tpm::EkTemplate;

/// A value as TOML and `--set` have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, not negative.
    Integer(u64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Something that no knob takes: a date, a fraction, a table.
    Other(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Other(value) => f.write_str(value),
            Self::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A type that a knob can have.
pub trait KnobValue: Sized {
    /// Reads a value, or `None` when it is not one of the allowed ones.
    fn read(value: &Value) -> Option<Self>;
    /// The value to show.
    fn show(&self) -> Value;
    /// The allowed values in words.
    fn allowed() -> String;
}

impl KnobValue for bool {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn show(&self) -> Value {
        Value::Bool(*self)
    }

    fn allowed() -> String {
        "true, false".into()
    }
}

impl KnobValue for String {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text.chars().count() <= VALUE_CHARS_MAX => Some(text.clone()),
            _ => None,
        }
    }

    fn show(&self) -> Value {
        Value::Text(self.clone())
    }

    fn allowed() -> String {
        format!("text of up to {VALUE_CHARS_MAX} characters")
    }
}

/// A number from 0 to a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UpTo<const MAX: u64>(pub u64);

impl<const MAX: u64> KnobValue for UpTo<MAX> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) if *number <= MAX => Some(Self(*number)),
            _ => None,
        }
    }

    fn show(&self) -> Value {
        Value::Integer(self.0)
    }

    fn allowed() -> String {
        format!("a number from 0 to {MAX}")
    }
}

impl<T: KnobValue> KnobValue for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(values) if values.len() <= LIST_ITEMS_MAX => {
                values.iter().map(T::read).collect()
            }
            _ => None,
        }
    }

    fn show(&self) -> Value {
        Value::List(self.iter().map(T::show).collect())
    }

    fn allowed() -> String {
        format!("a list of up to {LIST_ITEMS_MAX}, each of {}", T::allowed())
    }
}

/// A SHA-256 digest, or nothing.
impl KnobValue for Option<[u8; 32]> {
    fn read(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        if text.is_empty() {
            return Some(None);
        }
        let mut digits = text.chars().map(|digit| digit.to_digit(16));
        let mut digest = [0; 32];
        for byte in &mut digest {
            let (high, low) = (digits.next()??, digits.next()??);
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
        digits.next().is_none().then_some(Some(digest))
    }

    fn show(&self) -> Value {
        Value::Text(self.map(|digest| hex(&digest)).unwrap_or_default())
    }

    fn allowed() -> String {
        "64 hexadecimal digits, or \"\" for none".into()
    }
}

/// Types of other modules whose values have names of their own.
macro_rules! named {
    ($( $(#[$meta:meta])* $name:ty, $all:expr, $text:expr; )*) => {
        $(
            $(#[$meta])*
            impl KnobValue for $name {
                fn read(value: &Value) -> Option<Self> {
                    let Value::Text(text) = value else { return None };
                    $all.into_iter().find(|item| $text(*item) == *text)
                }

                fn show(&self) -> Value {
                    Value::Text($text(*self))
                }

                fn allowed() -> String {
                    $all.map(|item| format!("\"{}\"", $text(item))).join(", ")
                }
            }
        )*
    };
}

named! {
    /// A bank of the TPM.
    HashAlg, Self::ALL, |bank: Self| bank.to_string();
    /// Kinds of EKs with a place of their own among the files of a capture.
    EkTemplate, [Self::Rsa2048, Self::P256, Self::P384], |ek: Self| ek.name().to_owned();
    /// A flaw of the endorsement.
    Flaw, Self::ALL, |flaw: Self| flaw.name().to_owned();
    /// How RSA keys are made.
    RsaPrimes, Self::ALL, |primes: Self| primes.name().to_owned();
}

/// A version of four numbers.
impl KnobValue for [u16; 4] {
    fn read(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        let mut version = [0; 4];
        let mut parts = text.split('.');
        for slot in &mut version {
            *slot = parts.next()?.parse().ok()?;
        }
        parts.next().is_none().then_some(version)
    }

    fn show(&self) -> Value {
        let [major, minor, build, revision] = self;
        Value::Text(format!("{major}.{minor}.{build}.{revision}"))
    }

    fn allowed() -> String {
        "a version of four numbers up to 65535, like \"10.0.0.0\"".into()
    }
}

/// Declares an enumeration whose variants have names in specifications.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$item_meta:meta])* $variant:ident = $text:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $( $(#[$item_meta])* $variant, )*
        }

        impl $name {
            /// The name in specifications.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )*
                }
            }
        }

        impl $crate::spec::value::KnobValue for $name {
            fn read(value: &$crate::spec::value::Value) -> Option<Self> {
                match value {
                    $( $crate::spec::value::Value::Text(text) if text == $text => Some(Self::$variant), )*
                    _ => None,
                }
            }

            fn show(&self) -> $crate::spec::value::Value {
                $crate::spec::value::Value::Text(self.text().to_owned())
            }

            fn allowed() -> String {
                [$( concat!("\"", $text, "\"") ),*].join(", ")
            }
        }
    };
}

pub(crate) use choices;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_the_allowed_ones_are_refused() {
        assert_eq!(UpTo::<8>::read(&Value::Integer(9)), None);
        assert_eq!(UpTo::<8>::read(&Value::Text("8".into())), None);
        assert_eq!(<[u16; 4]>::read(&Value::Text("10.0.0".into())), None);
        assert_eq!(<[u16; 4]>::read(&Value::Text("10.0.0.65536".into())), None);
        assert_eq!(<[u16; 4]>::read(&Value::Text("10.0.0.0.0".into())), None);
        let digest = |text: &str| <Option<[u8; 32]>>::read(&Value::Text(text.into()));
        assert_eq!(digest(&"a".repeat(63)), None);
        assert_eq!(digest(&"a".repeat(66)), None);
        assert_eq!(digest(&"g".repeat(64)), None);
        assert_eq!(digest(""), Some(None));
        assert_eq!(digest(&"0f".repeat(32)), Some(Some([15; 32])));
        assert_eq!(String::read(&Value::Text("x".repeat(257))), None);
        assert_eq!(Vec::<bool>::read(&Value::List(vec![Value::Bool(true); 257])), None);
    }
}
