// What page and worker tell each other. The worker keeps the bytes; the page gets what it shows.
import type {
  AssessmentDoc,
  ChangeDoc,
  CiPolicyDiffDoc,
  CiPolicyShowDoc,
  DiffDoc,
  ExplanationDoc,
  InspectDoc,
  KnobDoc,
  Lang,
  OneChangeDoc,
  PresetDoc,
  ResultDoc,
} from 'portcullis';

export type {
  ChangeDoc,
  CiPolicyShowDoc,
  ExplanationDoc,
  KnobDoc,
  Lang,
  OneChangeDoc,
  PresetDoc,
};

/** A file as it was dropped; `path` is that inside a dropped folder. */
export interface InputFile {
  path: string;
  bytes: Uint8Array;
}

/** What a file was taken for. `role` is where it went; absent when nothing could use it. */
export interface FileNote {
  path: string;
  kind: string;
  role?: string;
  size: number;
  notes: string[];
}

/** A log, baseline or CI policy that can be compared with another of its kind. */
export interface Comparable {
  id: string;
  label: string;
  kind: 'log' | 'baseline' | 'ci_policy';
}

/** A reference value of the rules: a baseline or a CI policy. */
export interface ReferenceRow {
  name: string;
  version: string;
  /** Level of a baseline, digest of a CI policy. */
  detail: string;
}

/** The rules and the host that a verdict is about, without their bytes. */
export interface HostSummary {
  id: string;
  name: string;
  /** Where it came from: `bundle`, `files` or `simulated`. */
  origin: 'bundle' | 'files' | 'simulated';
  profile: string;
  bank: string;
  versions: string[];
  policies: Record<string, string>;
  baselines: ReferenceRow[];
  ciPolicies: ReferenceRow[];
  dumpKeys: number;
  trust: number;
  /** Seconds since 1970. */
  now: number;
  registered: string[];
  quotes: number;
  logSize: number;
  ekSha256: string | null;
  files: FileNote[];
  preset?: string;
}

/** A verdict, or what one would be, with its words. */
export interface Verdict {
  /** `appraise` for recorded evidence as it was; `assess` for everything else. */
  question: 'appraise' | 'assess';
  outcome: 'Passed' | 'WouldPass' | 'WouldFail' | 'Failed';
  /** Without findings and unbound bytes: the explanation has them in words. */
  document: ResultDoc | AssessmentDoc;
  explanation: ExplanationDoc;
  /** Milliseconds that the engine took. */
  tookMs: number;
}

/** What is measured otherwise than it was. Digests are hexadecimal. */
export interface LogEdit {
  /** One more entry of dbx. */
  dbx?: string;
  secureBoot?: boolean;
  bootManager?: string;
  /** Version of the firmware. */
  firmware?: string;
}

/** What is changed about a host. Absent members change nothing. */
export interface Edits {
  policies: Record<string, string>;
  versions?: string[];
  now?: number;
  /** Indices of baselines and CI policies that are left out. */
  baselinesOff: number[];
  ciPoliciesOff: number[];
  /** Changes of the engine's own, in the order in which they were chosen. */
  changes: OneChangeDoc[];
  /** A baseline of this level, derived from the host's own log. */
  ownBaseline?: 'secure_boot' | 'boot_chain' | 'strict';
  /** Ids of opened baselines and CI policies that are registered too. */
  added: string[];
  unregistered?: boolean;
  distrust?: boolean;
  /** Of a simulated host: field to value. The host is built again and starts again. */
  knobs: Record<string, string>;
  /** Of a host that is not simulated: its log is measured again. */
  log: LogEdit;
}

export const NO_EDITS: Edits = {
  policies: {},
  baselinesOff: [],
  ciPoliciesOff: [],
  changes: [],
  added: [],
  knobs: {},
  log: {},
};

export const isUnchanged = (edits: Edits): boolean =>
  Object.keys(edits.policies).length === 0 &&
  Object.keys(edits.knobs).length === 0 &&
  Object.keys(edits.log).length === 0 &&
  edits.baselinesOff.length === 0 &&
  edits.ciPoliciesOff.length === 0 &&
  edits.changes.length === 0 &&
  edits.added.length === 0 &&
  edits.versions === undefined &&
  edits.now === undefined &&
  edits.ownBaseline === undefined &&
  !edits.unregistered &&
  !edits.distrust;

/** Which records of a log are shown. */
export interface LogFilter {
  text: string;
  pcrs: number[] | null;
  /** Only these records. */
  only: number[] | null;
}

export interface LogSummary {
  format: string;
  banks: string[];
  secureBoot: string;
  pcrs: number[];
  total: number;
  size: number;
  notes: Array<{ code: string; text: string; offset?: number }>;
  replay: Record<string, Record<string, string>>;
}

/** What a row of the timeline shows. */
export interface LogRow {
  index: number;
  pcr: number;
  type: string;
  summary: string;
  binding: string;
  offset: number;
  size: number;
}

export interface LogEvent extends LogRow {
  digests: Record<string, string>;
  dataOffset: number;
  dataSize: number;
  sipa: SipaNode[];
}

/** An element of Windows' own records, as a tree. */
export interface SipaNode {
  name: string;
  value: string;
  children: SipaNode[];
}

/** A page of bytes. */
export interface HexPage {
  offset: number;
  bytes: Uint8Array;
  total: number;
}

export type Comparison =
  | { kind: 'log'; diff: DiffDoc; events: { before: number; after: number } }
  | { kind: 'ci_policy'; diff: CiPolicyDiffDoc }
  | { kind: 'baseline'; removed: BaselineLine[]; added: BaselineLine[]; same: number };

export interface BaselineLine {
  topic: string;
  text: string;
  digest: string;
}

export interface FleetRow {
  path: string;
  name: string;
  outcome: Verdict['outcome'] | 'unusable';
  /** Code of the finding that says most, or of an error. */
  cause: string;
  text: string;
}

export interface FleetProgress {
  done: number;
  total: number;
  rows: FleetRow[];
}

export interface FleetChange {
  policy: string;
  state: string;
}

export interface OpenOutcome {
  host: HostSummary | null;
  comparables: Comparable[];
  files: FileNote[];
  /** Number of bundles: more than one is a fleet. */
  bundles: number;
}

/** The functions of the worker. */
export interface Api {
  open(files: InputFile[], now: number): OpenOutcome;
  presets(): Promise<PresetDoc[]>;
  knobs(preset: string): Promise<KnobDoc[]>;
  simulate(preset: string, set: Record<string, string>, seed: number, now: number): Promise<OpenOutcome>;
  verdict(id: string, edits: Edits, lang: Lang): Promise<Verdict>;
  resultJson(id: string): string;
  smallestChange(id: string, edits: Edits, lang: Lang): Promise<ChangeDoc | null>;
  save(id: string, edits: Edits, redact: boolean): Promise<string>;
  log(id: string): LogSummary;
  logFilter(id: string, filter: LogFilter): number;
  logRows(id: string, from: number, to: number): LogRow[];
  logPosition(id: string, index: number): number;
  logEvent(id: string, index: number): LogEvent;
  hex(id: string, offset: number, size: number): HexPage;
  inspect(id: string): InspectDoc[];
  compare(before: string, after: string): Comparison;
  ciPolicy(id: string): CiPolicyShowDoc;
  fleetOpen(files: InputFile[]): number;
  fleetRun(change: FleetChange | null, lang: Lang): Promise<FleetRow[]>;
  fleetCancel(): void;
  fleetPick(path: string): OpenOutcome;
}
