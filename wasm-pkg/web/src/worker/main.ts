// The worker: everything that touches bytes. It answers calls of the page one after the other.
import type { BundleDoc, CiPolicyShowDoc, ExplanationDoc, InspectDoc } from 'portcullis';
import type {
  Api,
  Comparable,
  Edits,
  FileNote,
  HostSummary,
  InputFile,
  Lang,
  OpenOutcome,
  Verdict,
} from '../model';
import { isUnchanged } from '../model';
import type { Request } from '../rpc';
import { assemble, type Assembled } from './assemble';
import { compare, type Item } from './compare';
import { edited, redacted, type Library } from './edits';
import { engine, loadSimulator, start, started } from './engine';
import { Fleet } from './fleet';
import { OpenLog } from './logs';
import { remeasured } from './remeasure';

interface Host {
  bundle: BundleDoc;
  summary: HostSummary;
  log?: OpenLog;
  /** The preset and what was set, of a simulated host. */
  simulated?: { preset: string; set: Record<string, string>; seed: number };
}

const hosts = new Map<string, Host>();
const items = new Map<string, Item>();
const library: Library = new Map();
const fleet = new Fleet();
let counter = 0;

const id = (): string => `${(counter += 1)}`;

function host(key: string): Host {
  const found = hosts.get(key);
  if (found === undefined) throw new Error('this host is no longer open');
  return found;
}

function summary(
  bundle: BundleDoc,
  origin: HostSummary['origin'],
  name: string,
  files: FileNote[],
): HostSummary {
  const set = bundle.policy_set;
  const log = bundle.request.evidence.event_log;
  return {
    id: id(),
    name: bundle.host?.name || name,
    origin,
    profile: set.profile,
    bank: set.bank,
    versions: set.versions,
    policies: set.policies ?? {},
    baselines: (set.baselines ?? []).map(({ policy_version, baseline }) => ({
      name: baseline.name,
      version: policy_version,
      detail: baseline.level,
    })),
    ciPolicies: (set.ci_policies ?? []).map((policy) => ({
      name: policy.name,
      version: policy.policy_version,
      detail: policy.policy_sha256,
    })),
    dumpKeys: set.dump_keys?.length ?? 0,
    trust: set.trust?.length ?? 0,
    now: Number(bundle.request.now),
    registered: (bundle.host?.registrations ?? []).map((entry) => entry.policy_version),
    quotes: bundle.request.evidence.quotes?.length ?? 0,
    logSize: log ? Math.floor((log.length * 3) / 4) : 0,
    ekSha256: engine.ekOfBundle(bundle),
    files,
  };
}

function keep(
  bundle: BundleDoc,
  origin: HostSummary['origin'],
  name: string,
  files: FileNote[],
): Host {
  const entry: Host = { bundle, summary: summary(bundle, origin, name, files) };
  hosts.set(entry.summary.id, entry);
  const log = bundle.request.evidence.event_log;
  const label = entry.summary.name;
  if (log) addItem({ kind: 'log', name: label, bytes: engine.fromBase64(log) });
  for (const { baseline } of unique(bundle.policy_set.baselines ?? [])) {
    addItem({ kind: 'baseline', name: `${baseline.name} (${label})`, baseline });
  }
  return entry;
}

/** A baseline that is registered in both versions is one thing to compare. */
function unique<T extends { baseline: { name: string } }>(list: T[]): T[] {
  return list.filter(
    (entry, index) => list.findIndex((other) => other.baseline.name === entry.baseline.name) === index,
  );
}

/** Things of one kind with one name: the later ones get a number. */
function addItem(item: Item): void {
  const same = [...items.values()].filter(
    (other) => other.kind === item.kind && other.name.replace(/ #\d+$/, '') === item.name,
  ).length;
  const key = id();
  const name = same === 0 ? item.name : `${item.name} #${same + 1}`;
  items.set(key, { ...item, name });
  if (item.kind === 'baseline') library.set(key, { name, baseline: item.baseline });
  if (item.kind === 'ci_policy') library.set(key, { name, ciPolicy: item.bytes });
}

const comparables = (): Comparable[] =>
  [...items].map(([key, item]) => ({ id: key, label: item.name, kind: item.kind }));

function opened(found: Assembled, origin: HostSummary['origin']): OpenOutcome {
  for (const { name, value } of found.baselines) {
    addItem({ kind: 'baseline', name, baseline: value });
  }
  for (const { name, value } of found.ciPolicies) {
    addItem({ kind: 'ci_policy', name, bytes: value });
  }
  // The host's own log is one of its things already.
  for (const { name, value } of found.logs.slice(found.loose === null ? 0 : 1)) {
    addItem({ kind: 'log', name, bytes: value });
  }
  let entry: Host | null = null;
  for (const { name, value } of found.bundles.slice(0, 8)) {
    const kept = keep(value, 'bundle', name, found.files);
    entry ??= kept;
  }
  if (entry === null && found.loose !== null) {
    const path = found.logs[0]?.name ?? found.files[0]?.path ?? '';
    const folder = path.split('/').slice(-2, -1)[0] ?? path;
    entry = keep(found.loose, origin, folder || path, found.files);
  }
  return {
    host: entry?.summary ?? null,
    comparables: comparables(),
    files: found.files,
    bundles: found.bundles.length,
  };
}

/** The bundle as edits make it. Settings of a simulated host start it again. */
async function whatIf(key: string, edits: Edits): Promise<BundleDoc> {
  const entry = host(key);
  let bundle = entry.bundle;
  if (entry.simulated !== undefined && Object.keys(edits.knobs).length > 0) {
    const { preset, set, seed } = entry.simulated;
    const simulator = await loadSimulator();
    const changed = simulator.simulate({
      preset,
      set: { ...set, ...edits.knobs },
      seed,
      now: bundle.request.now,
    });
    // The host is another one; the rules are those of before.
    bundle = {
      ...bundle,
      request: changed.bundle.request,
      ...(changed.bundle.host ? { host: changed.bundle.host } : {}),
    };
  }
  if (Object.keys(edits.log).length > 0) bundle = await remeasured(bundle, edits.log);
  return edited(bundle, edits, library);
}

async function verdict(key: string, edits: Edits, lang: Lang): Promise<Verdict> {
  const bundle = await whatIf(key, edits);
  // A recorded question can have a verdict. What was changed, or put together here from files, is
  // a question of its own: nobody asked the host.
  const { bundle: asked, summary: about } = host(key);
  const recorded =
    isUnchanged(edits) && about.origin !== 'files' && (asked.request.evidence.quotes ?? []).length > 0;
  const began = performance.now();
  const text = JSON.stringify(bundle);
  const json = recorded ? engine.appraiseJson(text) : engine.assessJson(text);
  const tookMs = performance.now() - began;
  const explanation = engine.explain(json, lang);
  const document = JSON.parse(json) as Verdict['document'];
  const outcome =
    'outcome' in document
      ? (document.outcome as Verdict['outcome'])
      : document.status === 'Passed'
        ? 'Passed'
        : 'Failed';
  return {
    question: recorded ? 'appraise' : 'assess',
    outcome,
    document: { ...document, unbound: [], findings: [] },
    explanation: { ...explanation, findings: shown(explanation.findings) },
    tookMs,
  };
}

/** Findings, and places of one finding, that the page is given: a hostile log has very many. */
const FINDINGS_MAX = 500;
const PLACES_MAX = 200;

const shown = (findings: ExplanationDoc['findings']): ExplanationDoc['findings'] =>
  findings
    .slice(0, FINDINGS_MAX)
    .map((finding) => ({ ...finding, places: (finding.places ?? []).slice(0, PLACES_MAX) }));

/** The canonical text of the result, as every other caller gets it. */
function resultJson(key: string): string {
  const { bundle, summary: about } = host(key);
  const text = JSON.stringify(bundle);
  const quoted = (bundle.request.evidence.quotes ?? []).length > 0;
  return about.origin !== 'files' && quoted ? engine.appraiseJson(text) : engine.assessJson(text);
}

function openLog(key: string): OpenLog {
  const entry = host(key);
  const log = entry.bundle.request.evidence.event_log;
  entry.log ??= new OpenLog(log ? engine.fromBase64(log) : new Uint8Array());
  return entry.log;
}

function inspectAll(key: string): InspectDoc[] {
  const { evidence } = host(key).bundle.request;
  const blobs: Array<[string, string | null | undefined]> = [
    ['ek certificate', evidence.ek_certificate],
    ['ek public', evidence.ek_public],
    ['ak public', evidence.ak_public],
    ['identifier', evidence.platform_identifier],
    ...(evidence.ek_intermediates ?? []).map((blob): [string, string] => ['intermediate', blob]),
    ...(host(key).bundle.policy_set.trust ?? []).map((blob): [string, string] => ['trust', blob]),
    ...(evidence.quotes ?? []).map((quote): [string, string] => ['quote', quote.attest]),
  ];
  return blobs.flatMap(([name, blob]) =>
    blob ? [engine.inspect(name, engine.fromBase64(blob))] : [],
  );
}

function item(key: string): Item {
  const found = items.get(key);
  if (found === undefined) throw new Error('this is no longer open');
  return found;
}

const member = ({ path, bytes }: InputFile): { path: string; text: string } => ({
  path,
  text: new TextDecoder().decode(bytes),
});

const api: Api = {
  open: (files, now) => opened(assemble(files, now), 'files'),
  async presets() {
    return (await loadSimulator()).presets();
  },
  async knobs(preset) {
    return (await loadSimulator()).knobs(preset);
  },
  async simulate(preset, set, seed, now) {
    const simulator = await loadSimulator();
    const made = simulator.simulate({ preset, set, seed, now: String(now) });
    for (const policy of made.ci_policies) {
      const bytes = engine.fromBase64(policy.content);
      addItem({ kind: 'ci_policy', name: `${policy.file} (${made.name})`, bytes });
    }
    const entry = keep(made.bundle, 'simulated', made.name, []);
    entry.simulated = { preset, set, seed };
    entry.summary.preset = preset;
    return { host: entry.summary, comparables: comparables(), files: [], bundles: 1 };
  },
  verdict,
  resultJson,
  async smallestChange(key, edits) {
    const bundle = await whatIf(key, edits);
    // Without a quote nothing can pass, but something can be expected to.
    const quoted = (bundle.request.evidence.quotes ?? []).length > 0;
    return engine.smallestChange(bundle, quoted ? 'appraise' : 'assess');
  },
  async save(key, edits, redact) {
    const bundle = await whatIf(key, edits);
    return JSON.stringify(redact ? redacted(bundle) : bundle);
  },
  log: (key) => openLog(key).summary(),
  logFilter: (key, filter) => openLog(key).filter(filter),
  logRows: (key, from, to) => openLog(key).rows(from, to),
  logPosition: (key, index) => openLog(key).position(index),
  logEvent: (key, index) => openLog(key).event(index),
  hex: (key, offset, size) => openLog(key).hex(offset, size),
  inspect: inspectAll,
  compare: (before, after) => compare(item(before), item(after)),
  ciPolicy(key): CiPolicyShowDoc {
    const found = item(key);
    if (found.kind !== 'ci_policy') throw new Error(`${found.name} is no CI policy`);
    return engine.ciPolicy.show(found.name, found.bytes);
  },
  fleetOpen: (files) => fleet.open(files.map(member)),
  fleetRun: (change, lang) =>
    fleet.run(change, lang, (progress) => postMessage({ progress })),
  fleetCancel: () => fleet.cancel(),
  fleetPick(path) {
    const bytes = new TextEncoder().encode(fleet.bundle(path));
    return opened(assemble([{ path, bytes }], 0), 'bundle');
  },
};

addEventListener('message', ({ data }: MessageEvent<Request | { module: WebAssembly.Module }>) => {
  if ('module' in data) start(data.module);
  else void answer(data);
});

async function answer({ call, method, args }: Request): Promise<void> {
  try {
    await started;
    const run = api[method] as (...values: unknown[]) => unknown;
    postMessage({ call, value: await run(...args) });
  } catch (error) {
    const kind = error instanceof engine.PortcullisError ? error.kind : 'other';
    postMessage({ call, error: error instanceof Error ? error.message : String(error), kind });
  }
}
