// Many bundles under one question. Between two hosts the worker looks for other calls, so that the
// page can cancel.
import type { FleetChange, FleetProgress, FleetRow, Lang } from '../model';
import { engine } from './engine';
import type { AssessmentDoc, BundleDoc } from 'portcullis';

/** Hosts between two messages about progress. */
const REPORT_EVERY = 10;

interface Member {
  path: string;
  text: string;
}

/** Gives other messages their turn. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

export class Fleet {
  private members: Member[] = [];
  private run_ = 0;

  open(members: Member[]): number {
    this.cancel();
    this.members = members;
    return members.length;
  }

  cancel(): void {
    this.run_ += 1;
  }

  bundle(path: string): string {
    return this.members.find((member) => member.path === path)?.text ?? '';
  }

  /** Judges every host, with one policy in another state; what was done when it was cancelled. */
  async run(
    change: FleetChange | null,
    lang: Lang,
    report: (progress: FleetProgress) => void,
  ): Promise<FleetRow[]> {
    this.cancel();
    const mine = this.run_;
    const rows: FleetRow[] = [];
    let reported = 0;
    const total = this.members.length;
    for (const member of this.members) {
      if (mine !== this.run_) break;
      rows.push(judge(member, change, lang));
      if (rows.length % REPORT_EVERY === 0) {
        report({ done: rows.length, total, rows: rows.slice(reported) });
        reported = rows.length;
        await breathe();
      }
    }
    report({ done: rows.length, total, rows: rows.slice(reported) });
    return rows;
  }
}

const meanings = new Map<string, string>();

/** What a code means, whatever the host: one text for all hosts of a group. */
function meaning(code: string, lang: Lang): string {
  const key = `${lang} ${code}`;
  const known = meanings.get(key);
  if (known !== undefined) return known;
  const text = engine.explainCode(code, lang).summary.replace(`${code}: `, '');
  meanings.set(key, text);
  return text;
}

function judge({ path, text }: Member, change: FleetChange | null, lang: Lang): FleetRow {
  try {
    const bundle = JSON.parse(text) as BundleDoc;
    if (change !== null) {
      const set = bundle.policy_set;
      set.policies = { ...set.policies, [change.policy]: change.state };
    }
    const json = engine.assessJson(bundle);
    const { headline, outcome } = JSON.parse(json) as AssessmentDoc;
    return {
      path,
      name: bundle.host?.name ?? path,
      outcome: outcome as FleetRow['outcome'],
      cause: headline,
      text: meaning(headline, lang),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { path, name: path, outcome: 'unusable', cause: 'FILE-UNUSABLE', text: message };
  }
}
