// Two logs, baselines or CI policies side by side.
import type { BaselineDoc } from 'portcullis';
import type { BaselineLine, Comparison } from '../model';
import { engine } from './engine';

export type Item =
  | { kind: 'log'; name: string; bytes: Uint8Array }
  | { kind: 'ci_policy'; name: string; bytes: Uint8Array }
  | { kind: 'baseline'; name: string; baseline: BaselineDoc };

export function compare(before: Item, after: Item): Comparison {
  if (before.kind === 'log' && after.kind === 'log') return logs(before.bytes, after.bytes);
  if (before.kind === 'ci_policy' && after.kind === 'ci_policy') {
    return { kind: 'ci_policy', diff: engine.ciPolicy.diff(before.bytes, after.bytes) };
  }
  if (before.kind === 'baseline' && after.kind === 'baseline') {
    return baselines(before.baseline, after.baseline);
  }
  throw new Error('only things of one kind can be compared');
}

/** In the strongest bank that both logs have. */
function logs(before: Uint8Array, after: Uint8Array): Comparison {
  const banks = (bytes: Uint8Array): { banks: string[]; events: number } => {
    const found = engine.inspect('', bytes);
    return found.kind === 'event_log'
      ? { banks: found.banks, events: found.events.length }
      : { banks: [], events: 0 };
  };
  const [first, second] = [banks(before), banks(after)];
  const bank = (['sha256', 'sha384', 'sha512', 'sha1'] as const).find(
    (name) => first.banks.includes(name) && second.banks.includes(name),
  );
  const diff = engine.diff(before, after, bank ?? 'sha256');
  return { kind: 'log', diff, events: { before: first.events, after: second.events } };
}

function baselines(before: BaselineDoc, after: BaselineDoc): Comparison {
  const [first, second] = [lines(before), lines(after)];
  const key = (line: BaselineLine): string => `${line.topic}\n${line.text}\n${line.digest}`;
  const [ofFirst, ofSecond] = [new Set(first.map(key)), new Set(second.map(key))];
  const removed = first.filter((line) => !ofSecond.has(key(line)));
  return {
    kind: 'baseline',
    removed,
    added: second.filter((line) => !ofFirst.has(key(line))),
    same: first.length - removed.length,
  };
}

/** Everything that a baseline demands, one line each; entries of a database one by one. */
function lines(baseline: BaselineDoc): BaselineLine[] {
  const list: BaselineLine[] = [
    { topic: 'level', text: baseline.level, digest: '' },
    { topic: 'bank', text: baseline.bank, digest: '' },
  ];
  for (const event of baseline.secure_boot) {
    list.push({ topic: event.kind, text: event.label, digest: event.digest });
    for (const entry of event.entries ?? []) {
      list.push({ topic: `${event.label} entry`, text: event.label, digest: entry.sha256 });
    }
  }
  for (const image of baseline.images ?? []) {
    list.push({ topic: 'boot_image', text: image.description, digest: image.digest });
  }
  for (const [pcr, digest] of Object.entries(baseline.pcrs ?? {})) {
    list.push({ topic: 'pcr', text: `PCR ${pcr}`, digest });
  }
  return list;
}
