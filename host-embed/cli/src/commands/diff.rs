//! `portcullis diff`.

use portcullis_api::call::{DiffCallDoc, Operation};
use portcullis_api::diff::{DiffDoc, PcrDiffDoc};

use super::baseline::bank;
use crate::args::Diff;
use crate::engine::Engine;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Diff, engine: &Engine) -> Result<u8, Failure> {
    let question = DiffCallDoc {
        before: read(&args.before)?.into(),
        after: read(&args.after)?.into(),
        bank: bank(&args.bank)?.to_string(),
    };
    let reply = engine.ask(Operation::Diff, &question, |refusal| {
        Failure::usage(refusal, "name two event logs")
    })?;
    let doc: DiffDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&render(&doc));
    }
    Ok(if doc.equal { EXIT_OK } else { EXIT_NOT_PASSED })
}

fn render(doc: &DiffDoc) -> String {
    if doc.equal {
        return format!("the logs lead to the same registers ({})\n", doc.bank);
    }
    doc.pcrs.iter().map(render_pcr).collect()
}

fn render_pcr(pcr: &PcrDiffDoc) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "no events".into());
    let mut text = format!("PCR {}\n", pcr.pcr);
    text.push_str(&format!("  before {}\n  after  {}\n", value(&pcr.before), value(&pcr.after)));
    if pcr.reordered {
        text.push_str("  the same events in another order\n");
    }
    for (sign, events) in [('-', &pcr.removed), ('+', &pcr.added)] {
        for event in events {
            text.push_str(&format!(
                "  {sign} event {:<4} {} {}\n",
                event.index, event.type_name, event.summary
            ));
        }
    }
    text
}
