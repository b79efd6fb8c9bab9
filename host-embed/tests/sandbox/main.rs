//! What the sandbox promises: no imports, the same bytes as native code, and guests that harm
//! nobody but themselves.

mod everywhere;
mod hostile;
mod identity;
mod imports;
