// What the page shows, in one place. A view reads it with `useApp` and changes it with `set`.
import { useEffect, useReducer } from 'preact/hooks';
import { type Edits, isUnchanged, NO_EDITS } from './model';
import type { Comparable, FileNote, FleetRow, HostSummary, InputFile, Lang, Verdict } from './model';
import { call, listen } from './rpc';
import { en, type Texts } from './i18n/en';
import { ja } from './i18n/ja';

export type View = 'open' | 'verdict' | 'timeline' | 'whatif' | 'compare' | 'fleet';
export type Theme = 'system' | 'light' | 'dark';
export const VIEWS: View[] = ['open', 'verdict', 'timeline', 'whatif', 'compare', 'fleet'];

/** Bytes that the timeline shows: of an event, or of what a finding points at. */
export interface Place {
  event: number;
  offset: number;
  size: number;
}

export interface FleetState {
  total: number;
  running: boolean;
  done: number;
  rows: FleetRow[];
  /** The rows before a policy was changed. */
  before: FleetRow[] | null;
  cancelled: boolean;
}

export interface App {
  view: View;
  lang: Lang;
  theme: Theme;
  host: HostSummary | null;
  files: FileNote[];
  comparables: Comparable[];
  verdict: Verdict | null;
  edits: Edits;
  after: Verdict | null;
  place: Place | null;
  /** The address names a host that is on its way. */
  expected: boolean;
  busy: string | null;
  error: string | null;
  fleet: FleetState;
}

const NO_FLEET: FleetState = {
  total: 0,
  running: false,
  done: 0,
  rows: [],
  before: null,
  cancelled: false,
};

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

function firstLang(): Lang {
  const asked = new URLSearchParams(location.search).get('lang') ?? stored('portcullis.lang');
  if (asked === 'ja' || asked === 'en') return asked;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
}

function firstTheme(): Theme {
  const asked = stored('portcullis.theme');
  return asked === 'light' || asked === 'dark' ? asked : 'system';
}

let app: App = {
  view: 'open',
  lang: firstLang(),
  theme: firstTheme(),
  host: null,
  files: [],
  comparables: [],
  verdict: null,
  edits: NO_EDITS,
  after: null,
  place: null,
  expected: false,
  busy: null,
  error: null,
  fleet: NO_FLEET,
};

const listeners = new Set<() => void>();

export function set(change: Partial<App>): void {
  app = { ...app, ...change };
  for (const listener of listeners) listener();
}

export const now = (): App => app;

export function useApp(): App {
  const [, again] = useReducer((count: number, _: void) => count + 1, 0);
  useEffect(() => {
    const listener = (): void => again();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return app;
}

export const texts = (lang: Lang): Texts => (lang === 'ja' ? ja : en);
export const useTexts = (): Texts => texts(useApp().lang);

/** Runs something that may be refused, and says so. */
export async function attempt(busy: string | null, run: () => Promise<void>): Promise<void> {
  set({ busy, error: null });
  try {
    await run();
  } catch (error) {
    set({ error: error instanceof Error ? error.message : String(error) });
  } finally {
    set({ busy: null });
  }
}

export function go(view: View): void {
  if (location.hash !== `#/${view}`) location.hash = `/${view}`;
  set({ view });
}

function route(): void {
  const name = location.hash.replace(/^#\//, '').split(/[/?]/)[0] as View;
  set({ view: VIEWS.includes(name) ? name : 'open' });
}

export function setLang(lang: Lang): void {
  remember('portcullis.lang', lang);
  document.documentElement.lang = lang;
  set({ lang });
  void refresh();
}

export function setTheme(theme: Theme): void {
  remember('portcullis.theme', theme);
  document.documentElement.dataset['theme'] = theme;
  set({ theme });
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A page without storage forgets its settings.
  }
}

type Outcome = Awaited<ReturnType<typeof call<'open'>>>;

/** Shows what was opened: its verdict, or what can be compared. */
async function show(outcome: Outcome): Promise<void> {
  set({ files: outcome.files, comparables: outcome.comparables });
  if (outcome.host === null) return;
  set({ host: outcome.host, verdict: null, after: null, edits: NO_EDITS, place: null });
  await refresh();
  go('verdict');
}

const unixNow = (): number => Math.floor(Date.now() / 1000);

export async function open(files: InputFile[]): Promise<void> {
  const bundles = files.filter((file) => file.path.endsWith('.bundle.json')).length;
  await attempt(texts(app.lang).busy, async () => {
    if (bundles > 1 && bundles === files.length) return openFleet(files);
    await show(await call('open', files, unixNow()));
  });
}

export const openSample = (name: string): Promise<void> =>
  attempt(texts(app.lang).busy, async () => {
    const path = `${name}.bundle.json`;
    const response = await fetch(`./samples/${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    await show(await call('open', [{ path, bytes }], unixNow()));
  });

export const simulate = (
  preset: string,
  settings: Record<string, string>,
  seed: number,
): Promise<void> =>
  attempt(texts(app.lang).open.simulating, async () =>
    show(await call('simulate', preset, settings, seed, unixNow())),
  );

/** Judges again: another language, or other edits. */
async function refresh(): Promise<void> {
  const { host, lang, edits } = app;
  if (host === null) return;
  const verdict = await call('verdict', host.id, NO_EDITS, lang);
  const after = isUnchanged(edits) ? null : await call('verdict', host.id, edits, lang);
  if (app.host?.id === host.id) set({ verdict, after });
}

/** Only the last of several edits in a row is judged and shown. */
let asked = 0;

export async function edit(change: Partial<Edits>): Promise<void> {
  const edits = { ...app.edits, ...change };
  set({ edits });
  const mine = (asked += 1);
  const { host, lang } = app;
  if (host === null) return;
  if (isUnchanged(edits)) return set({ after: null });
  const slow = Object.keys(edits.knobs).length > 0 ? texts(lang).open.simulating : null;
  await attempt(slow, async () => {
    const after = await call('verdict', host.id, edits, lang);
    if (mine === asked) set({ after });
  });
}

export async function openFleet(files: InputFile[]): Promise<void> {
  const total = await call('fleetOpen', files);
  set({ fleet: { ...NO_FLEET, total } });
  go('fleet');
  await runFleet(null);
}

export async function runFleet(change: { policy: string; state: string } | null): Promise<void> {
  const before = change === null ? null : (app.fleet.before ?? app.fleet.rows);
  set({ fleet: { ...app.fleet, running: true, done: 0, rows: [], before, cancelled: false } });
  const rows = await call('fleetRun', change, app.lang);
  const cancelled = rows.length < app.fleet.total;
  set({ fleet: { ...app.fleet, running: false, done: rows.length, rows, cancelled } });
}

export const pickFromFleet = (path: string): Promise<void> =>
  attempt(texts(app.lang).busy, async () => show(await call('fleetPick', path)));

export async function addFiles(files: InputFile[]): Promise<void> {
  await attempt(texts(app.lang).busy, async () => {
    const outcome = await call('open', files, unixNow());
    set({ comparables: outcome.comparables });
  });
}

export function startApp(): void {
  document.documentElement.lang = app.lang;
  document.documentElement.dataset['theme'] = app.theme;
  addEventListener('hashchange', route);
  listen(
    ({ done, rows }) => {
      set({ fleet: { ...app.fleet, done, rows: [...app.fleet.rows, ...rows] } });
    },
    () => {
      set({ host: null, verdict: null, after: null, comparables: [], fleet: NO_FLEET, edits: NO_EDITS });
      set({ error: texts(app.lang).error.restarted });
    },
  );
  route();
  const sample = new URLSearchParams(location.search).get('sample');
  // Nothing else is drawn before its verdict.
  if (sample !== null) {
    set({ view: 'verdict', expected: true });
    void openSample(sample).finally(() => set({ expected: false }));
  }
}
