//! TPM 2.0 constants.
