//! What the service counts (OpenMetrics). Names of hosts are not among it.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Buckets from a quarter of a millisecond to about two seconds.
const BUCKETS: (f64, f64, u16) = (0.000_25, 2.0, 14);

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Verdict {
    status: String,
    headline: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Problem {
    problem: &'static str,
}

pub(crate) struct Metrics {
    registry: Registry,
    verdicts: Family<Verdict, Counter>,
    stages: Family<Stage, Histogram>,
    problems: Family<Problem, Counter>,
    challenges: Counter,
    pub(crate) waiting: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("portcullis");
        let verdicts = Family::<Verdict, Counter>::default();
        registry.register("verdicts", "Verdicts by status and headline", verdicts.clone());
        let stages = Family::<Stage, Histogram>::new_with_constructor(|| {
            let (start, factor, count) = BUCKETS;
            Histogram::new(exponential_buckets(start, factor, count))
        });
        let help = "How long a stage of a request took";
        registry.register_with_unit("stage", help, Unit::Seconds, stages.clone());
        let problems = Family::<Problem, Counter>::default();
        registry.register("problems", "Requests that were refused, by problem", problems.clone());
        let challenges = Counter::default();
        registry.register("challenges", "Challenges that were issued", challenges.clone());
        let waiting = Gauge::default();
        registry.register(
            "waiting",
            "Requests that wait for a judge, or have one",
            waiting.clone(),
        );
        Self { registry, verdicts, stages, problems, challenges, waiting }
    }

    /// Both labels come from the engine, whose codes are few.
    pub(crate) fn verdict(&self, status: &str, headline: &str) {
        let labels = Verdict { status: status.into(), headline: headline.into() };
        self.verdicts.get_or_create(&labels).inc();
    }

    pub(crate) fn stage(&self, stage: &'static str, took: Duration) {
        self.stages.get_or_create(&Stage { stage }).observe(took.as_secs_f64());
    }

    pub(crate) fn problem(&self, problem: &'static str) {
        self.problems.get_or_create(&Problem { problem }).inc();
    }

    pub(crate) fn challenge(&self) {
        self.challenges.inc();
    }

    /// Everything in the text format.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
