//! The headings and small words of an explanation, and their English.

use super::phrase::Phrase;

macro_rules! words {
    ($( $(#[$meta:meta])* $name:ident = $english:literal; )*) => {
        /// The headings and small words in one language. `{1}`, `{2}`, ... are gaps for
        /// [`super::fill`].
        #[allow(missing_docs, reason = "the English beside each field is its documentation")]
        pub struct Words { $( $(#[$meta])* pub $name: &'static str, )* }

        pub(super) const EN: Words = Words { $( $name: $english, )* };

        impl Words {
            /// Every word with its name.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$( (stringify!($name), self.$name), )*]
            }
        }
    };
}

words! {
    // The first line, and the lines below it.
    passed = "passed: {1}";
    failed = "did not pass: {1}";
    would_pass = "would pass: {1}";
    would_fail = "would fail: {1}";
    proof_missing = "every check holds, but not every stage left its proof";
    headline = "headline";
    status = "HGS status";
    consequence = "consequence";
    assurance = "assurance";
    assurance_quoted = "quoted: a TPM key signed the registers that the log leads to";
    assurance_self_consistent = "self_consistent: the log agrees with itself, and nothing signed vouches for it";
    assurance_hypothetical = "hypothetical: the log was changed to ask a question";
    hardware = "hardware";
    hardware_endorsed = "endorsed: a trusted manufacturer vouches for the TPM";
    hardware_unproven = "unproven: no trusted manufacturer vouches for the TPM";
    ak_binding = "AK bound by";
    ak_binding_activation = "activation: a credential that only the TPM of this EK could open";
    ak_binding_stored_name = "stored_name: the AK's name, stored after an earlier activation";
    ak_binding_certificate = "certificate: a trusted CA's word on this AK";
    ak_binding_none = "none: nothing shows that the AK lives in this TPM";

    // Findings.
    failures = "Failures";
    warnings = "Warnings";
    notes = "Notes";
    tier = "tier";
    tier_failure = "failure";
    tier_warning = "warning";
    tier_info = "note";
    tier_in_assessment = "{1} in an assessment";
    tier_under_v1 = "{1} under v1";
    evidence = "evidence";
    of_policy_file = "it is about a policy file, and decides nothing about a host";
    policy = "policy";
    expected = "expected";
    found = "found";
    added = "added";
    removed = "removed";
    more_entries = "and {1} more";
    certificate = "certificate {1}";
    image_digest = "image digest {1}";
    certificate_digest = "certificate by digest {1}";
    other_entry = "entry of type {1}, {2}";
    at = "at";
    place_in_artefact = "{1}, {2}";
    place_in_event = "{1}, event {2}, {3}";
    place_in_event_of_pcr = "{1}, event {2} (PCR {3}), {4}";
    byte = "byte {1}";
    bytes = "bytes {1} to {2}";
    more_places = "and {1} more, all of them in the JSON";
    rule = "asked by";
    rule_policy = "policy {1}";
    rule_baseline = "baseline `{1}`";
    remedy = "remedy";

    // Versions.
    versions = "Versions, in the order in which they are tried";
    track_holds = "holds";
    track_fails = "fails";
    identifier_trusted = "identifier trusted";
    identifier_not_trusted = "identifier not trusted";
    baseline_matches = "baseline `{1}`";
    baseline_missing = "no baseline matches";
    baseline_not_asked = "baseline not asked for";
    ci_policy_matches = "CI policy `{1}`";
    ci_policy_missing = "no CI policy matches";
    ci_policy_not_asked = "CI policy not asked for";
    comma = ", ";

    // Policies.
    policies = "Policies of profile {1}, each with what it demands";
    satisfied = "satisfied";
    violated = "violated";
    errored = "no answer";
    not_applicable = "not asked";
    disabled = "disabled";
    matched = "{1}: `{2}`";

    // Registers.
    registers = "Registers";
    registers_matches = "log leads to the quote";
    registers_differs = "log contradicts the quote";
    registers_unlogged = "extended without a log";
    registers_not_quoted = "logged, but not quoted";

    // The smallest change of the rules.
    change = "The smallest change of the rules that would accept this host";
    change_caution = "A host that fails may be compromised: mend the host first, if you can.";
    change_beyond = "No change of the rules would accept this host: {1} is about the evidence itself.";
    change_not_found = "No change of the rules was found that would accept this host.";
    disable_policy = "disable policy {1}";
    register_baseline = "register a baseline: {1}";
    register_ci_policy = "register CI policy {1}";
    register_dump_key = "register dump key {1}";
    register_host = "register the host: {1}";
    accept_v1 = "accept v1: {1}";
    because = "because of";
    risk = "risk";
    risk_low = "low: {1}";
    risk_medium = "medium: {1}";
    risk_high = "high: {1}";

    // The bytes that nothing vouches for.
    unbound = "Nothing vouches for {1} bytes of the evidence: whoever changes them changes no verdict, so believe none of them. The JSON of the result lists them.";
}

/// Subjects and artefacts in plain English.
pub(super) const SUBJECTS: &[Phrase] = &[
    ("pcr {} ({})", "PCR {1} ({2})"),
    ("event {} (pcr {})", "event {1} (PCR {2})"),
    ("platform_identifier", "platform identifier"),
    ("ek_public", "EK public key"),
    ("ek_certificate", "EK certificate"),
    ("ek_intermediates", "intermediate certificates of the host"),
    ("ak_public", "attestation key"),
    ("ak_certificate", "AK certificate"),
    ("activated_secret", "activated secret"),
    ("quotes[{}].other_ak_public", "key of quote {1}"),
    ("quotes[{}].attest", "quote {1}"),
    ("quotes[{}].signature", "signature of quote {1}"),
    ("quotes[{}].pcr_values", "PCR values of quote {1}"),
    ("event_log", "event log"),
    ("ci_policies[{}]", "CI policy file {1}"),
    ("recorded_pcrs.{}", "recorded PCR values ({1})"),
];
