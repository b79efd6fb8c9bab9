//! Random bytes of the operating system: nonces, secrets, identifiers, keys.

use crate::error::{Error, Result};

/// Fresh random bytes; an error rather than bytes that are not.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nonces_do_not_repeat() {
        let nonces: BTreeSet<[u8; 32]> = (0..1_000).map(|_| bytes().unwrap()).collect();
        assert_eq!(nonces.len(), 1_000);
    }
}
