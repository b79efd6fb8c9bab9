//! Quotes: what an attestation key signed, and for which question.
//!
//! Source: TPM 2.0 Library part 2, section 10.12 (`TPMS_ATTEST`) and part 3, section 18.4
//! (`TPM2_Quote`).
//!
//! A quote signs a *digest* of registers and the list of which ones. The values come from beside
//! it: from a file of PCR values, or from the replay of the log. Only values that hash to the
//! signed digest become [`AttestedPcrs`]; a register outside the signed selection has no value
//! here at all (CVE-2022-0317).

use std::collections::BTreeMap;

use super::AkKey;
use crate::crypto::{self, Digest, HashAlg, VerifyError};
use crate::evidence::{Artefact, QuoteEvidence, Request};
use crate::finding::{Finding, FindingCode, Place, Subject};
use crate::formats::tpm::{PcrSelection, PcrValues, TpmsAttest, TpmtSignature};
use crate::formats::{Input, ParseError, key};
use crate::host::HostRecord;
use crate::limits::QUOTES_MAX;
use crate::policy::PolicySet;
use crate::replay::Replay;
use crate::span::Span;
use crate::unbound::Unbound;
use crate::wire::tpm;

/// Values of registers by bank and number.
type Registers = BTreeMap<(HashAlg, u8), Digest>;

/// Proof that a TPM key signed the values of these registers.
///
/// What it does not establish: whose TPM; [`super::AkBound`] does.
#[derive(Clone, Debug)]
pub struct AttestedPcrs {
    values: Registers,
    reset_count: u32,
}

impl AttestedPcrs {
    /// The signed value of a register; `None` when no quote selects it.
    #[must_use]
    pub fn value(&self, bank: HashAlg, pcr: u8) -> Option<Digest> {
        self.values.get(&(bank, pcr)).copied()
    }

    /// The TPM's reset counter.
    #[must_use]
    pub const fn reset_count(&self) -> u32 {
        self.reset_count
    }
}

/// Proof that every quote answers the nonce that was issued.
#[derive(Clone, Copy, Debug)]
pub struct NonceFresh(());

/// Outcome of this stage.
#[derive(Debug, Default)]
pub struct Quotes {
    /// The signed registers, when every quote holds.
    pub attested: Option<AttestedPcrs>,
    /// Freshness, when a nonce was issued.
    pub nonce: Option<NonceFresh>,
}

/// Verifies all quotes of an evidence. One that does not hold spoils all of them.
#[must_use]
pub fn quotes(
    set: &PolicySet<'_>,
    host: Option<&HostRecord>,
    request: &Request<'_>,
    ak: Option<&AkKey>,
    replayed: Option<&Replay>,
    findings: &mut Vec<Finding>,
    unbound: &mut Vec<Unbound>,
) -> Quotes {
    let quotes = &request.evidence.quotes;
    if quotes.is_empty() {
        findings.push(Finding::new(FindingCode::QuoteMissing, Subject::Host));
        return Quotes::default();
    }
    if quotes.len() > QUOTES_MAX {
        let finding = Finding::new(FindingCode::QuotesTooMany, Subject::Host);
        findings.push(finding.expected(QUOTES_MAX as u64).found(quotes.len() as u64));
        return Quotes::default();
    }
    // Without a key nothing can be verified; the missing key is a finding already.
    let Some(ak) = ak else { return Quotes::default() };
    let mut values = Registers::new();
    let mut witnessed = Vec::new();
    let mut reset_count = 0;
    let mut hold = true;
    let mut fresh = true;
    for (index, quote) in quotes.iter().enumerate() {
        let mut stage = Stage { index, quote: *quote, findings, unbound };
        let signed = stage.verify(ak);
        fresh &= signed.as_ref().is_some_and(|signed| stage.check_nonce(request, signed));
        let resolved = signed.as_ref().and_then(|signed| stage.resolve(request, replayed, signed));
        match (signed, resolved) {
            (Some(_), Some(resolved)) if quote.other_ak_public.is_some() => {
                witnessed.push(resolved);
            }
            (Some(signed), Some(resolved)) => {
                reset_count = signed.reset_count;
                hold &= merge(&mut values, resolved, findings);
            }
            _ => hold = false,
        }
    }
    for resolved in witnessed {
        hold &= agree(&values, &resolved, findings);
    }
    if request.nonce.is_none() {
        findings.push(Finding::new(FindingCode::NonceNotChecked, Subject::Host));
    }
    // A quote for another challenge attests nothing now.
    hold &= fresh || request.nonce.is_none();
    if !hold {
        return Quotes::default();
    }
    check_clock(host, ak, reset_count, findings);
    check_selection(set, &values, findings);
    Quotes {
        attested: Some(AttestedPcrs { values, reset_count }),
        nonce: (fresh && request.nonce.is_some()).then_some(NonceFresh(())),
    }
}

/// A quote whose signature holds.
struct SignedQuote<'a> {
    selections: Vec<PcrSelection>,
    pcr_digest: Input<'a>,
    extra_data: Input<'a>,
    /// Hash of the signing scheme, which is also that of the PCR digest.
    hash: HashAlg,
    reset_count: u32,
}

impl SignedQuote<'_> {
    /// The selected registers in the order in which the digest covers them. Banks that the
    /// engine cannot compute come as `None`.
    fn selected(&self) -> impl Iterator<Item = (Option<HashAlg>, u8)> {
        self.selections.iter().flat_map(|selection| {
            let bank = HashAlg::from_tpm(selection.bank);
            selection.pcrs.iter().filter_map(move |pcr| Some((bank, u8::try_from(pcr).ok()?)))
        })
    }

    fn selects(&self, bank: HashAlg, pcr: u8) -> bool {
        self.selected().any(|selected| selected == (Some(bank), pcr))
    }
}

struct Stage<'s, 'a> {
    index: usize,
    quote: QuoteEvidence<'a>,
    findings: &'s mut Vec<Finding>,
    unbound: &'s mut Vec<Unbound>,
}

impl<'a> Stage<'_, 'a> {
    const fn attest(&self) -> Artefact {
        Artefact::QuoteAttest(self.index)
    }

    fn refuse(&mut self, code: FindingCode, artefact: Artefact, found: String, span: Span) {
        let finding = Finding::new(code, Subject::Artefact(artefact)).found(found);
        self.findings.push(finding.at(Place::new(artefact, span)));
    }

    fn unreadable(&mut self, artefact: Artefact, error: &ParseError) {
        self.refuse(FindingCode::QuoteUnreadable, artefact, error.to_string(), error.span);
    }

    /// Checks structure, scheme and signature. The signature is checked over the bytes as they
    /// came, never over a re-encoding.
    fn verify(&mut self, ak: &AkKey) -> Option<SignedQuote<'a>> {
        let other = match self.quote.other_ak_public {
            Some(bytes) => Some(self.other_key(bytes)?),
            None => None,
        };
        let ak = other.as_ref().unwrap_or(ak);
        let attest = self.parse_attest()?;
        let signature = self.parse_signature()?;
        let artefact = Artefact::QuoteSignature(self.index);
        let whole = Span::new(0, self.quote.signature.len());
        // The key decides how it signs, not the blob beside the signature.
        let found = format!("{} with {}", signature.scheme, signature.hash);
        let of_key = ak.scheme.is_none_or(|scheme| {
            scheme.algorithm == signature.scheme && scheme.hash == Some(signature.hash)
        });
        let Some(hash) = signature.hash_alg().filter(|_| of_key) else {
            self.refuse(FindingCode::QuoteSchemeMismatch, artefact, found, signature.scheme_span);
            return None;
        };
        match crypto::verify(&ak.key, hash, self.quote.attest, signature.to_signature()) {
            Ok(()) => {}
            Err(error) => {
                let code = match error {
                    VerifyError::SchemeMismatch => FindingCode::QuoteSchemeMismatch,
                    VerifyError::BadKey | VerifyError::BadSignature => {
                        FindingCode::QuoteSignatureInvalid
                    }
                };
                self.refuse(code, artefact, format!("{error:?}"), whole);
                return None;
            }
        }
        let Some(info) = attest.quote() else {
            let found = attest.attest_type.to_string();
            let span = Span::new(4, 2);
            self.refuse(FindingCode::QuoteTypeWrong, self.attest(), found, span);
            return None;
        };
        Some(SignedQuote {
            selections: info.selections.clone(),
            pcr_digest: info.pcr_digest,
            extra_data: attest.extra_data,
            hash,
            reset_count: attest.clock.reset_count,
        })
    }

    /// A key that is merely named beside its quote.
    fn other_key(&mut self, bytes: &[u8]) -> Option<AkKey> {
        let artefact = Artefact::QuoteAkPublic(self.index);
        self.unbound.push(Unbound {
            artefact,
            reason: "this key is merely named: its quote can only contradict",
            spans: vec![Span::new(0, bytes.len())],
        });
        match key::parse_public_key(bytes) {
            Ok(file) => Some(AkKey::of(&file)),
            Err(error) => {
                let code = FindingCode::AkUnreadable;
                self.refuse(code, artefact, error.to_string(), error.span);
                None
            }
        }
    }

    fn parse_attest(&mut self) -> Option<TpmsAttest<'a>> {
        // Other software can sign other things with an unrestricted key, but not with this magic.
        if !self.quote.attest.starts_with(&tpm::TPM_GENERATED.to_be_bytes()) {
            let magic = self.quote.attest.get(..4).unwrap_or_default();
            let finding =
                Finding::new(FindingCode::QuoteNotTpmGenerated, Subject::Artefact(self.attest()))
                    .expected(tpm::TPM_GENERATED.to_be_bytes().as_slice())
                    .found(magic)
                    .at(Place::new(self.attest(), Span::new(0, magic.len())));
            self.findings.push(finding);
            return None;
        }
        let parsed = TpmsAttest::parse(Input::new(self.quote.attest));
        parsed.map_err(|error| self.unreadable(self.attest(), &error)).ok()
    }

    fn parse_signature(&mut self) -> Option<TpmtSignature<'a>> {
        let parsed = TpmtSignature::parse(Input::new(self.quote.signature));
        parsed.map_err(|error| self.unreadable(Artefact::QuoteSignature(self.index), &error)).ok()
    }

    fn check_nonce(&mut self, request: &Request<'_>, signed: &SignedQuote<'_>) -> bool {
        let Some(nonce) = request.nonce else { return false };
        // An empty nonce would be answered by any old quote without one.
        if !nonce.is_empty() && nonce == signed.extra_data.bytes() {
            return true;
        }
        self.findings.push(
            Finding::new(FindingCode::NonceMismatch, Subject::Artefact(self.attest()))
                .expected(nonce)
                .found(signed.extra_data.bytes())
                .at(Place::new(self.attest(), signed.extra_data.span())),
        );
        false
    }

    /// Finds values that hash to the signed digest.
    fn resolve(
        &mut self,
        request: &Request<'_>,
        replayed: Option<&Replay>,
        signed: &SignedQuote<'_>,
    ) -> Option<Registers> {
        if let Some(bytes) = self.quote.pcr_values {
            return self.resolve_from_file(bytes, signed);
        }
        let recorded = |bank: HashAlg, pcr: u8| {
            let record =
                request.evidence.recorded_pcrs.iter().find(|record| record.bank == bank)?;
            let size = bank.size_bytes();
            let span = Span::new(usize::from(pcr).checked_mul(size)?, size);
            Digest::new(bank, span.slice(record.values)?)
        };
        let from_log = |bank: HashAlg, pcr: u8| {
            let bank = replayed?.bank(bank)?;
            Some(bank.register(pcr).map_or(bank.reset_value(pcr), |register| register.value))
        };
        let resolved = try_values(signed, recorded).or_else(|| try_values(signed, from_log));
        if resolved.is_none() {
            self.digest_mismatch(signed);
        }
        resolved
    }

    fn resolve_from_file(&mut self, bytes: &[u8], signed: &SignedQuote<'_>) -> Option<Registers> {
        let artefact = Artefact::QuotePcrValues(self.index);
        let values = match PcrValues::parse_dump(Input::new(bytes)) {
            Ok(values) => values,
            Err(error) => {
                let code = FindingCode::QuotePcrValuesUnreadable;
                self.refuse(code, artefact, error.to_string(), error.span);
                return None;
            }
        };
        let resolved = try_values(signed, |bank, pcr| {
            let value = values.value(bank.tpm_alg(), u32::from(pcr))?;
            Digest::new(bank, value.digest.bytes())
        });
        if resolved.is_none() {
            self.digest_mismatch(signed);
        }
        let surplus = values.values.iter().filter(|value| {
            let pcr = u8::try_from(value.pcr).unwrap_or(u8::MAX);
            !HashAlg::from_tpm(value.bank).is_some_and(|bank| signed.selects(bank, pcr))
        });
        let spans = values.unbound.iter().copied().chain(surplus.map(|value| value.digest.span()));
        self.unbound.push(Unbound {
            artefact,
            reason: "padding, and registers that the quote does not select",
            spans: spans.collect(),
        });
        resolved
    }

    fn digest_mismatch(&mut self, signed: &SignedQuote<'_>) {
        let subject = Subject::Artefact(Artefact::QuotePcrValues(self.index));
        let place = Place::new(self.attest(), signed.pcr_digest.span());
        self.findings.push(
            Finding::new(FindingCode::QuoteDigestMismatch, subject)
                .expected(signed.pcr_digest.bytes())
                .at(place),
        );
    }
}

/// The selected registers with the values of `source`, if these hash to the signed digest.
///
/// The digest is of the signing scheme's hash, over the values in the order of the selection.
fn try_values(
    signed: &SignedQuote<'_>,
    source: impl Fn(HashAlg, u8) -> Option<Digest>,
) -> Option<Registers> {
    let mut values = BTreeMap::new();
    let mut in_order = Vec::new();
    for (bank, pcr) in signed.selected() {
        let bank = bank?;
        let value = source(bank, pcr)?;
        values.insert((bank, pcr), value);
        in_order.push(value);
    }
    let parts: Vec<&[u8]> = in_order.iter().map(Digest::as_bytes).collect();
    let digest = crypto::digest(signed.hash, &parts);
    (digest.as_bytes() == signed.pcr_digest.bytes()).then_some(values)
}

/// Takes over signed registers, unless they contradict those of an earlier quote.
fn merge(values: &mut Registers, more: Registers, findings: &mut Vec<Finding>) -> bool {
    let agree = agree(values, &more, findings);
    for (register, value) in more {
        values.entry(register).or_insert(value);
    }
    agree
}

fn agree(values: &Registers, others: &Registers, findings: &mut Vec<Finding>) -> bool {
    let before = findings.len();
    for (&(bank, pcr), other) in others {
        if let Some(known) = values.get(&(bank, pcr)).filter(|known| *known != other) {
            let finding = Finding::new(FindingCode::QuotesContradict, Subject::Pcr(bank, pcr));
            findings.push(finding.expected(*known).found(*other));
        }
    }
    findings.len() == before
}

/// An empty selection, or one of another bank, is a signed statement about nothing.
fn check_selection(set: &PolicySet<'_>, values: &Registers, findings: &mut Vec<Finding>) {
    let missing = (0..24_u8)
        .filter(|pcr| set.required_pcrs & (1_u32 << pcr) != 0)
        .filter(|pcr| !values.contains_key(&(set.bank, *pcr)));
    findings
        .extend(missing.map(|pcr| {
            Finding::new(FindingCode::QuotePcrNotSelected, Subject::Pcr(set.bank, pcr))
        }));
}

/// A TPM's reset counter never goes back, until the TPM is cleared. A clear takes its keys with
/// it, so the counter is that of the recorded AK: another AK begins anew, and has to be bound
/// anew.
fn check_clock(
    host: Option<&HostRecord>,
    ak: &AkKey,
    reset_count: u32,
    findings: &mut Vec<Finding>,
) {
    let Some((host, last)) = host.and_then(|host| Some((host, host.reset_count?))) else { return };
    let recorded = host.ak_name.as_deref();
    if recorded.is_some() && recorded != ak.name.as_deref() {
        return;
    }
    if reset_count < last {
        findings.push(
            Finding::new(FindingCode::ClockWentBack, Subject::Host)
                .expected(u64::from(last))
                .found(u64::from(reset_count)),
        );
    }
}
