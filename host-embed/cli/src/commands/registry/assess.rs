//! `portcullis assess --host` and `portcullis appraise --host`: a registered host under the rules
//! of the store.

use portcullis_api::call::Operation;
use portcullis_api::request::RequestDoc;
use portcullis_api::{AssessmentDoc, BundleDoc, ResultDoc};
use portcullis_store::{Actor, HostDoc, Name, NewResult, Store};

use super::session::{now, open};
use crate::args::registry::Reading;
use crate::engine::{Engine, Reply};
use crate::failure::Failure;

/// A registered host, with the bundle that it is judged by.
pub struct Registered {
    store: Store,
    name: Name,
    pub bundle: BundleDoc,
}

impl Registered {
    /// The host of a name, with evidence from files, or else with that of its latest verdict.
    pub fn open(
        reading: &Reading,
        name: &str,
        request: Option<RequestDoc>,
    ) -> Result<Self, Failure> {
        let name = Name::new("--host", name)?;
        let mut store = open(reading)?;
        let set = store.policy_set()?;
        let mut view = store.view();
        let host = view.known_host(&name)?;
        let request = match request {
            Some(request) => request,
            None => view.evidence_of(&host.ek_sha256)?.ok_or_else(|| {
                Failure::usage(
                    format!("host `{name}` has shown no evidence yet"),
                    "name the folder of a capture with `--evidence`",
                )
            })?,
        };
        let request = with_endorsement(&mut view, &name, request)?;
        let bundle = BundleDoc::new((*set).clone(), Some(HostDoc::record(&host)), request);
        Ok(Self { store, name, bundle })
    }

    /// What a verdict would be.
    pub fn assess(&mut self, engine: &Engine) -> Result<Reply, Failure> {
        let reply = self.ask(Operation::Assess, engine)?;
        let assessment: AssessmentDoc = reply.read()?;
        let headline = &assessment.report.headline;
        self.record("assessment", &assessment.outcome, headline, &reply)?;
        Ok(reply)
    }

    /// The verdict. The host's record stays as it is: an activation in files is an assertion, and
    /// only the service, which drew the secret itself, may remember the AK that it proved.
    pub fn appraise(&mut self, engine: &Engine) -> Result<Reply, Failure> {
        let reply = self.ask(Operation::Appraise, engine)?;
        let result: ResultDoc = reply.read()?;
        self.record("appraisal", &result.status, &result.report.headline, &reply)?;
        Ok(reply)
    }

    fn ask(&self, operation: Operation, engine: &Engine) -> Result<Reply, Failure> {
        engine.ask(operation, &self.bundle, |refusal| Failure::usage(refusal, ""))
    }

    fn record(
        &mut self,
        kind: &str,
        outcome: &str,
        headline: &str,
        reply: &Reply,
    ) -> Result<(), Failure> {
        let json = &reply.text();
        let actor = Actor { who: "portcullis".into(), now: now() };
        let (name, bundle) = (&self.name, &self.bundle);
        let new = NewResult { name, bundle, kind, outcome, headline, json };
        Ok(self.store.change(&actor, |change| change.record_result(&new))?)
    }
}

/// What the evidence leaves out about the EK, the registration knows.
fn with_endorsement(
    view: &mut portcullis_store::View<'_>,
    name: &Name,
    mut request: RequestDoc,
) -> Result<RequestDoc, Failure> {
    let evidence = &mut request.evidence;
    let has_key = evidence.platform_identifier.is_some()
        || evidence.ek_public.is_some()
        || evidence.ek_certificate.is_some();
    if !has_key {
        let known = view.host_evidence(name)?;
        evidence.platform_identifier = known.platform_identifier;
        evidence.ek_public = known.ek_public;
        evidence.ek_certificate = known.ek_certificate;
        evidence.ek_intermediates = known.ek_intermediates;
    }
    Ok(request)
}
