// Fleet: many hosts, grouped by what stands in the way, and one policy changed for all of them.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { FleetRow } from '../model';
import { save } from '../files';
import { call } from '../rpc';
import { attempt, openFleet, pickFromFleet, runFleet, useApp, useTexts, type FleetState } from '../state';
import { Chip, Drop, Icon, Panel, Said, type Tone } from './bits';

const POLICIES = [
  'Hgs_SecureBootEnabled',
  'Hgs_SecureBootSettings',
  'Hgs_UefiDebugDisabled',
  'Hgs_CiPolicy',
  'Hgs_HypervisorEnforcedCiPolicy',
  'Hgs_FullBoot',
  'Hgs_VsmIdkPresent',
  'Hgs_BitLockerEnabled',
  'Hgs_IommuEnabled',
  'Hgs_PageFileEncryptionEnabled',
  'Hgs_NoHibernation',
  'Hgs_NoDumps',
  'Hgs_DumpEncryption',
  'Hgs_DumpEncryptionKey',
];

/** Hosts that are listed under one cause before the rest is a number. */
const LISTED_MAX = 24;

const passes = (row: FleetRow): boolean => row.outcome === 'WouldPass';
const tone = (row: FleetRow): Tone => (passes(row) ? 'pass' : row.outcome === 'unusable' ? 'warn' : 'fail');

export function FleetView(): JSX.Element {
  const { fleet } = useApp();
  const t = useTexts().fleet;
  return (
    <div class="fleet">
      <header class="intro">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </header>
      {fleet.total === 0 ? null : (
        <>
          <Counts fleet={fleet} />
          <Change fleet={fleet} />
          <Causes fleet={fleet} />
        </>
      )}
      <Drop
        large={fleet.total === 0}
        title={t.drop}
        take={({ files }) => void attempt(null, () => openFleet(files.filter((file) => file.path.endsWith('.json'))))}
      />
    </div>
  );
}

function Counts({ fleet }: { fleet: FleetState }): JSX.Element {
  const t = useTexts().fleet;
  const count = (wanted: Tone): number => fleet.rows.filter((row) => tone(row) === wanted).length;
  const parts: Array<{ tone: Tone; count: number; label: string }> = [
    { tone: 'pass', count: count('pass'), label: t.pass },
    { tone: 'fail', count: count('fail'), label: t.fail },
    { tone: 'warn', count: count('warn'), label: t.unusable },
  ];
  return (
    <section class="counts" aria-label={t.hosts(fleet.total)}>
      <div class="counts-row">
        <div class="count-cell"><strong>{fleet.total}</strong><span>{t.hosts(fleet.total).replace(/^\d+\s*/, '')}</span></div>
        {parts.filter((part) => part.count > 0 || part.tone !== 'warn').map((part) => (
          <div key={part.tone} class={`count-cell ${part.tone}`} data-count={part.tone}>
            <strong>{part.count}</strong><span>{part.label}</span>
          </div>
        ))}
      </div>
      <div class="bar" role="img" aria-label={parts.map((part) => `${part.count} ${part.label}`).join(', ')}>
        {parts.map((part) => (
          <span key={part.tone} class={part.tone} style={{ width: `${(100 * part.count) / fleet.total}%` }} />
        ))}
      </div>
      {fleet.running && (
        <div class="progress">
          <progress max={fleet.total} value={fleet.done} aria-label={t.progress(fleet.done, fleet.total)} />
          <span>{t.progress(fleet.done, fleet.total)}</span>
          <button type="button" onClick={() => void call('fleetCancel')}>{t.cancel}</button>
        </div>
      )}
      {fleet.cancelled && !fleet.running && <p class="note">{t.cancelled}: {t.progress(fleet.done, fleet.total)}</p>}
    </section>
  );
}

function Change({ fleet }: { fleet: FleetState }): JSX.Element {
  const all = useTexts();
  const t = all.fleet;
  const [policy, setPolicy] = useState(POLICIES[0] ?? '');
  const [state, setState] = useState('Disabled');
  const { before } = fleet;
  const was = new Map((before ?? []).map((row) => [row.path, passes(row)]));
  const moved = (to: boolean): number =>
    before === null || fleet.running ? 0 : fleet.rows.filter((row) => passes(row) === to && was.get(row.path) === !to).length;
  const [better, worse] = [moved(true), moved(false)];
  return (
    <Panel title={t.change}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(null, () => runFleet({ policy, state }));
        }}
      >
        <label class="field grow">
          <span>{t.policy}</span>
          <select value={policy} onChange={(event) => setPolicy(event.currentTarget.value)}>
            {POLICIES.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <label class="field short">
          <span>{all.verdict.state}</span>
          <select value={state} onChange={(event) => setState(event.currentTarget.value)}>
            {['Disabled', 'Enabled'].map((name) => <option key={name} value={name}>{all.verdict.states[name]}</option>)}
          </select>
        </label>
        <button type="submit" class="primary" disabled={fleet.running}>{t.run}</button>
      </form>
      {before !== null && !fleet.running && (
        <p class="moved" role="status">
          {better > 0 && <Chip tone="pass" shape="check">{t.better(better)}</Chip>}
          {worse > 0 && <Chip tone="fail" shape="cross">{t.worse(worse)}</Chip>}
          {better + worse === 0 && t.unchanged}
        </p>
      )}
    </Panel>
  );
}

/** A cell: quoted, and never a formula of a spreadsheet, whatever a host is called. */
const cell = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

const table = (rows: FleetRow[]): string =>
  [['host', 'outcome', 'cause', 'file'], ...rows.map((row) => [row.name, row.outcome, row.cause, row.path])]
    .map((cells) => cells.map(cell).join(','))
    .join('\r\n');

function Causes({ fleet }: { fleet: FleetState }): JSX.Element {
  const t = useTexts().fleet;
  const groups = new Map<string, FleetRow[]>();
  for (const row of fleet.rows) {
    const group = groups.get(row.cause);
    if (group === undefined) groups.set(row.cause, [row]);
    else group.push(row);
  }
  const sorted = [...groups].sort(([, a], [, b]) =>
    Number(passes(a[0] as FleetRow)) - Number(passes(b[0] as FleetRow)) || b.length - a.length,
  );
  return (
    <Panel
      title={t.causes}
      tools={
        <button type="button" disabled={fleet.running} onClick={() => save('fleet.csv', table(fleet.rows), 'text/csv')}>
          {t.save}
        </button>
      }
    >
      <ul class="causes">
        {sorted.map(([cause, rows]) => {
          const [first] = rows;
          if (first === undefined) return null;
          const kind = tone(first);
          return (
            <li key={cause} class={kind}>
              <details>
                <summary>
                  <Icon shape={kind === 'pass' ? 'check' : 'cross'} />
                  <span class="cause-text"><strong class="said"><Said text={first.text} /></strong><code class="code">{cause}</code></span>
                  <span class="cause-bar" aria-hidden="true"><span style={{ width: `${(100 * rows.length) / Math.max(1, fleet.rows.length)}%` }} /></span>
                  <span class="cause-count">{t.hosts(rows.length)}</span>
                </summary>
                <ul class="members">
                  {rows.slice(0, LISTED_MAX).map((row) => (
                    <li key={row.path}>
                      <button type="button" class="link" onClick={() => void pickFromFleet(row.path)}>{row.name}</button>
                    </li>
                  ))}
                  {rows.length > LISTED_MAX && <li class="mute">{t.more(rows.length - LISTED_MAX)}</li>}
                </ul>
              </details>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
