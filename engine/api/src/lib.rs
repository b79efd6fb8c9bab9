//! The versioned JSON of requests, policy sets and results.
