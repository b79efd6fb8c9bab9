//! `portcullis ci-policy diff`.

use std::fmt::Write as _;

use portcullis_api::call::{InspectCallDoc, Operation, PairCallDoc};
use portcullis_api::ci_policy::CiPolicyDiffDoc;
use portcullis_api::text::Blob;

use super::failure;
use crate::args::ci_policy::Diff;
use crate::engine::Engine;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure, read};
use crate::output;

pub fn run(args: &Diff, engine: &Engine) -> Result<u8, Failure> {
    let (before, after): (Blob, Blob) = (read(&args.before)?.into(), read(&args.after)?.into());
    // Which of the two cannot be read is said before they are compared.
    for (path, content) in [(&args.before, &before), (&args.after, &after)] {
        let question = InspectCallDoc { file: String::new(), content: content.clone() };
        engine.ask(Operation::ShowCiPolicy, &question, |refusal| failure(path, refusal))?;
    }
    let question = PairCallDoc { before, after };
    let reply = engine
        .ask(Operation::DiffCiPolicies, &question, |refusal| failure(&args.before, refusal))?;
    let doc: CiPolicyDiffDoc = reply.read()?;
    if args.json {
        output::text(&reply.line());
    } else {
        output::text(&render(&doc));
    }
    Ok(if doc.equal { EXIT_OK } else { EXIT_NOT_PASSED })
}

fn render(doc: &CiPolicyDiffDoc) -> String {
    let mut text = String::new();
    for (sign, statements) in [('-', &doc.removed), ('+', &doc.added)] {
        for statement in statements {
            let topic = statement.topic.replace('_', " ");
            let _ = writeln!(text, "{sign} {topic}: {}", statement.text);
        }
    }
    if !doc.complete {
        text.push_str("the policies say too much to be compared in full\n");
    } else if doc.equal {
        text.push_str(match doc.same_bytes {
            Some(true) => "both are the same policy, byte for byte\n",
            Some(false) => "both say the same; order or format differ, and so do the digests\n",
            None => "both say the same\n",
        });
    }
    text
}
