// What-if: a bundle with edits made. The bundle itself is never changed.
import type { BaselineDoc, BundleDoc, Level } from 'portcullis';
import { type Edits } from '../model';
import { digestOf } from './assemble';
import { engine } from './engine';

/** Baselines and CI policies that were opened, by id. */
export type Library = Map<string, { name: string; baseline?: BaselineDoc; ciPolicy?: Uint8Array }>;

export function edited(bundle: BundleDoc, edits: Edits, library: Library): BundleDoc {
  // The bytes are texts, which a copy shares.
  let result: BundleDoc = structuredClone(bundle);
  const set = result.policy_set;
  set.policies = { ...set.policies, ...edits.policies };
  if (edits.versions !== undefined) set.versions = edits.versions;
  if (edits.now !== undefined) result.request.now = String(edits.now);
  if (edits.distrust) set.trust = [];
  const kept = <T>(list: T[] | undefined, off: number[]): T[] =>
    (list ?? []).filter((_, index) => !off.includes(index));
  set.baselines = kept(set.baselines, edits.baselinesOff);
  set.ci_policies = kept(set.ci_policies, edits.ciPoliciesOff);
  addReferences(result, edits, library);
  if (edits.unregistered) delete result.host;
  if (edits.changes.length > 0) result = engine.withChanges(result, edits.changes);
  return result;
}

function addReferences(bundle: BundleDoc, edits: Edits, library: Library): void {
  const set = bundle.policy_set;
  const baselines: BaselineDoc[] = [];
  if (edits.ownBaseline !== undefined) {
    const own = ownBaseline(bundle, edits.ownBaseline);
    if (own !== null) baselines.push(own);
  }
  for (const id of edits.added) {
    const entry = library.get(id);
    if (entry?.baseline !== undefined) baselines.push(entry.baseline);
    const digest = entry?.ciPolicy === undefined ? null : digestOf(entry.ciPolicy);
    if (entry === undefined || digest === null) continue;
    for (const policy_version of set.versions) {
      (set.ci_policies ??= []).push({ policy_version, name: entry.name, policy_sha256: digest });
    }
  }
  for (const policy_version of set.versions) {
    (set.baselines ??= []).push(...baselines.map((baseline) => ({ policy_version, baseline })));
  }
}

/** A baseline of the host's own boot; null when its log cannot serve. */
function ownBaseline(bundle: BundleDoc, level: Level): BaselineDoc | null {
  const log = bundle.request.evidence.event_log;
  if (!log) return null;
  const bank = bundle.policy_set.bank as 'sha256';
  try {
    return engine.deriveBaseline('this boot', [engine.fromBase64(log)], { level, bank });
  } catch {
    return null;
  }
}

/**
 * A copy that names nobody: the name, and everything that identifies the TPM. The event log stays
 * as it is, because its digests are what a verdict rests on.
 */
export function redacted(bundle: BundleDoc): BundleDoc {
  const copy = structuredClone(bundle);
  const evidence = copy.request.evidence;
  for (const field of [
    'platform_identifier',
    'ek_public',
    'ek_certificate',
    'ek_intermediates',
    'ak_certificate',
    'activated_secret',
  ] as const) {
    delete evidence[field];
  }
  delete copy.request.credential;
  if (copy.host) copy.host = { name: 'redacted', registrations: [] };
  return copy;
}
