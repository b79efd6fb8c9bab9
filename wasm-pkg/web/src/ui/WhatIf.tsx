// What if: every rule as a switch, before and after side by side.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isUnchanged, NO_EDITS, type ChangeDoc, type Edits, type HostSummary, type LogEdit, type OneChangeDoc, type Verdict } from '../model';
import { call } from '../rpc';
import { edit, set, useApp, useTexts } from '../state';
import { save } from '../files';
import { Chip, day, Fold, Icon, Panel, Said, Switch, type Tone } from './bits';
import { Knobs } from './Open';
import { accepted, FindingCard, OUTCOMES, Tracks } from './Verdict';

export function WhatIf(): JSX.Element {
  const { host, verdict, edits, after } = useApp();
  const t = useTexts().whatif;
  if (host === null || verdict === null) return <div class="waiting" />;
  return (
    <div class="whatif">
      <header class="intro">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </header>
      <div class="whatif-grid">
        <div class="stack rules">
          <PolicySwitches verdict={after ?? verdict} base={verdict} edits={edits} host={host} />
          <References host={host} edits={edits} />
          <Registration host={host} edits={edits} />
          {host.preset !== undefined ? (
            <HostItself preset={host.preset} edits={edits} />
          ) : (
            host.logSize > 0 && <Measured edits={edits} />
          )}
        </div>
        <div class="stack result">
          <BeforeAfter verdict={verdict} after={after} edits={edits} />
          <Offer host={host} edits={edits} />
          {after !== null && <Tracks verdict={after} />}
          <Save host={host} edits={edits} />
        </div>
      </div>
    </div>
  );
}

function PolicySwitches({
  verdict,
  base,
  edits,
}: {
  verdict: Verdict;
  base: Verdict;
  edits: Edits;
  host: HostSummary;
}): JSX.Element {
  const all = useTexts();
  const t = all.whatif;
  const before = new Map((base.explanation.policies ?? []).map((policy) => [policy.name, policy]));
  const change = (name: string, on: boolean): void => {
    const state = on ? 'Enabled' : 'Disabled';
    const { [name]: _, ...rest } = edits.policies;
    const was = before.get(name)?.state;
    const same = was === state || (was === 'Locked' && on);
    void edit({ policies: same ? rest : { ...rest, [name]: state } });
  };
  return (
    <Panel title={t.policies}>
      <ul class="switches">
        {(verdict.explanation.policies ?? []).map((policy) => {
          const { tone, shape } = OUTCOMES[policy.outcome] ?? { tone: 'mute' as Tone, shape: 'dash' as const };
          const changed = policy.name in edits.policies;
          // What was just switched shows at once; the verdict follows.
          const asked = edits.changes.length > 0 ? policy.state : before.get(policy.name)?.state;
          const state = edits.policies[policy.name] ?? asked;
          return (
            <li key={policy.name} class={changed ? 'changed' : undefined} data-policy={policy.name}>
              <Switch
                label={policy.name.replace('Hgs_', '')}
                on={state !== 'Disabled'}
                change={(on) => change(policy.name, on)}
              />
              <span class={`mini ${tone}`} title={all.verdict.outcomes[policy.outcome]}>
                <Icon shape={shape} />
                <span class="away">{all.verdict.outcomes[policy.outcome]}</span>
              </span>
              <p class="hint">{policy.purpose}</p>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

const flip = (list: number[], index: number): number[] =>
  list.includes(index) ? list.filter((one) => one !== index) : [...list, index];

function References({ host, edits }: { host: HostSummary; edits: Edits }): JSX.Element {
  const { comparables } = useApp();
  const t = useTexts().whatif;
  const levels = ['secure_boot', 'boot_chain', 'strict'] as const;
  const addable = (kind: string): JSX.Element | null => {
    // What the rules have already is switched above.
    const own = new Set(host.baselines.map((row) => `${row.name} (${host.name})`));
    const list = comparables.filter((one) => one.kind === kind && !own.has(one.label));
    if (list.length === 0) return null;
    return (
      <fieldset>
        <legend>{t.add}</legend>
        {list.map((one) => (
          <label class="check" key={one.id}>
            <input
              type="checkbox"
              checked={edits.added.includes(one.id)}
              onChange={() =>
                void edit({
                  added: edits.added.includes(one.id)
                    ? edits.added.filter((id) => id !== one.id)
                    : [...edits.added, one.id],
                })
              }
            />
            {one.label}
          </label>
        ))}
      </fieldset>
    );
  };
  return (
    <Panel title={`${t.baselines} · ${t.ciPolicies}`}>
      <h3>{t.baselines}</h3>
      {host.baselines.length === 0 && <p class="mute">{t.none_registered}</p>}
      {host.baselines.map((row, index) => (
        <Switch
          key={index}
          label={`${row.name} (${row.version}, ${row.detail})`}
          on={!edits.baselinesOff.includes(index)}
          change={() => void edit({ baselinesOff: flip(edits.baselinesOff, index) })}
        />
      ))}
      <fieldset class="choices">
        <legend>{t.own}</legend>
        {[undefined, ...levels].map((level) => (
          <label class="check" key={level ?? 'none'}>
            <input
              type="radio"
              name="own"
              checked={edits.ownBaseline === level}
              onChange={() => {
                const { ownBaseline: _, ...rest } = edits;
                set({ edits: rest });
                void edit(level === undefined ? {} : { ownBaseline: level });
              }}
            />
            {level === undefined ? t.noOwn : t.ownLevels[level]}
          </label>
        ))}
      </fieldset>
      {addable('baseline')}
      <h3>{t.ciPolicies}</h3>
      {host.ciPolicies.length === 0 && <p class="mute">{t.none_registered}</p>}
      {host.ciPolicies.map((row, index) => (
        <Switch
          key={index}
          label={`${row.name} (${row.version}, ${row.detail.slice(0, 12)}…)`}
          on={!edits.ciPoliciesOff.includes(index)}
          change={() => void edit({ ciPoliciesOff: flip(edits.ciPoliciesOff, index) })}
        />
      ))}
      {addable('ci_policy')}
    </Panel>
  );
}

function Registration({ host, edits }: { host: HostSummary; edits: Edits }): JSX.Element {
  const t = useTexts().whatif;
  const versions = edits.versions ?? host.versions;
  const toggle = (version: string): void => {
    const next = ['v2', 'v1'].filter((one) => (one === version) !== versions.includes(one));
    // Rules without a version accept nobody, and the engine refuses them.
    if (next.length === 0) return;
    const same = next.length === host.versions.length && next.every((one) => host.versions.includes(one));
    const { versions: _, ...rest } = edits;
    set({ edits: rest });
    void edit(same ? {} : { versions: next });
  };
  return (
    <Panel title={t.registration}>
      <h3>{t.versions}</h3>
      <p class="hint">{t.versionsText}</p>
      <div class="row-of">
        {['v2', 'v1'].map((version) => (
          <Switch key={version} label={version} on={versions.includes(version)} change={() => toggle(version)} />
        ))}
      </div>
      <label class="field">
        <span>{t.date}</span>
        <input
          type="date"
          value={day(edits.now ?? host.now)}
          onChange={(event) => {
            const time = event.currentTarget.valueAsNumber;
            if (Number.isFinite(time) && time >= 0) void edit({ now: Math.floor(time / 1000) });
          }}
        />
      </label>
      <Switch label={t.unregistered} on={edits.unregistered ?? false} change={(on) => void edit({ unregistered: on })} />
      <Switch label={t.distrust} on={edits.distrust ?? false} change={(on) => void edit({ distrust: on })} />
    </Panel>
  );
}

function HostItself({ preset, edits }: { preset: string; edits: Edits }): JSX.Element {
  const all = useTexts();
  const t = all.whatif;
  const change = (knobs: Record<string, string>): void => void edit({ knobs });
  return (
    <Panel title={t.host} hint={t.hostText}>
      <Knobs preset={preset} values={edits.knobs} change={change} only={t.common} />
      <Fold summary={all.open.knobs}>
        <Knobs preset={preset} values={edits.knobs} change={change} />
      </Fold>
    </Panel>
  );
}

/** Any digest: what counts is that it is another one. */
const someDigest = (): string =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A host that was measured: its log, had something else been measured. */
function Measured({ edits }: { edits: Edits }): JSX.Element {
  const t = useTexts().whatif;
  const put = <K extends keyof LogEdit>(name: K, value: LogEdit[K] | undefined): void => {
    const { [name]: _, ...rest } = edits.log;
    void edit({ log: value === undefined ? rest : { ...rest, [name]: value } });
  };
  const text = (name: 'dbx' | 'bootManager' | 'firmware', label: string): JSX.Element => (
    <div class={name in edits.log ? 'measured changed' : 'measured'}>
      <label class="field grow">
        <span>{label}</span>
        <input
          type="text"
          name={name}
          spellcheck={false}
          value={edits.log[name] ?? ''}
          onChange={(event) => put(name, event.currentTarget.value.trim() || undefined)}
        />
      </label>
      {name !== 'firmware' && (
        <button type="button" onClick={() => put(name, someDigest())} aria-label={`${t.any}: ${label}`}>{t.any}</button>
      )}
    </div>
  );
  const { secureBoot } = edits.log;
  return (
    <Panel title={t.measured} hint={t.measuredText}>
      {text('dbx', t.dbx)}
      {text('bootManager', t.bootManager)}
      {text('firmware', t.firmwareVersion)}
      <div class={secureBoot === undefined ? 'measured' : 'measured changed'}>
        <label class="field grow">
          <span>{t.secureBoot}</span>
          <select
            value={secureBoot === undefined ? '' : secureBoot ? 'on' : 'off'}
            onChange={(event) => {
              const { value } = event.currentTarget;
              put('secureBoot', value === '' ? undefined : value === 'on');
            }}
          >
            <option value="">{t.asMeasured}</option>
            <option value="on">{t.on}</option>
            <option value="off">{t.off}</option>
          </select>
        </label>
      </div>
    </Panel>
  );
}

const Side = ({
  title,
  verdict,
  hypothetical,
}: {
  title: string;
  verdict: Verdict;
  hypothetical?: boolean;
}): JSX.Element => {
  const t = useTexts().verdict;
  const good = accepted(verdict);
  return (
    <div class={`side ${good ? 'pass' : 'fail'}`}>
      <span class="mute">{title}</span>
      <strong><Icon shape={good ? 'check' : 'cross'} /><span data-outcome={verdict.outcome}>{t[verdict.outcome]}</span></strong>
      <p class="said"><Said text={verdict.explanation.summary} /></p>
      {hypothetical && <Chip tone="warn" shape="warn">{t.assurance['hypothetical']}</Chip>}
    </div>
  );
};

function BeforeAfter({ verdict, after, edits }: { verdict: Verdict; after: Verdict | null; edits: Edits }): JSX.Element {
  const all = useTexts();
  const t = all.whatif;
  const unchanged = isUnchanged(edits);
  return (
    <Panel
      title={`${t.before} → ${t.after}`}
      tools={
        !unchanged && (
          <button type="button" onClick={() => set({ edits: NO_EDITS, after: null })}>{t.reset}</button>
        )
      }
    >
      <div class="sides" role="status">
        <Side title={t.before} verdict={verdict} />
        <Icon shape="arrow" />
        {after === null ? <div class="side blank"><p class="hint">{t.none}</p></div> : <Side title={t.after} verdict={after} hypothetical={Object.keys(edits.knobs).length + Object.keys(edits.log).length > 0} />}
      </div>
      {after !== null && <Differences before={verdict} after={after} />}
    </Panel>
  );
}

function Differences({ before, after }: { before: Verdict; after: Verdict }): JSX.Element {
  const all = useTexts();
  const t = all.whatif;
  const key = (finding: { code: string; subject?: string; rule?: string | null }): string =>
    `${finding.code}|${finding.subject ?? ''}|${finding.rule ?? ''}`;
  const listed = (verdict: Verdict): Verdict['explanation']['findings'] =>
    verdict.explanation.findings.filter((finding) => finding.tier !== 'info');
  const [ofBefore, ofAfter] = [new Set(listed(before).map(key)), new Set(listed(after).map(key))];
  const gone = listed(before).filter((finding) => !ofAfter.has(key(finding)));
  const fresh = listed(after).filter((finding) => !ofBefore.has(key(finding)));
  const was = new Map((before.explanation.policies ?? []).map((policy) => [policy.name, policy.outcome]));
  const policies = (after.explanation.policies ?? []).filter((policy) => was.get(policy.name) !== policy.outcome);
  if (gone.length + fresh.length + policies.length === 0) return <p class="calm">{t.same}</p>;
  return (
    <div class="differences">
      <h3>{t.differences}</h3>
      {policies.length > 0 && (
        <ul class="plain-list">
          {policies.map((policy) => (
            <li key={policy.name}>
              <strong>{policy.name.replace('Hgs_', '')}</strong>{' '}
              {t.policyWas(
                all.verdict.outcomes[was.get(policy.name) ?? ''] ?? '–',
                all.verdict.outcomes[policy.outcome] ?? policy.outcome,
              )}
            </li>
          ))}
        </ul>
      )}
      {gone.length > 0 && (
        <div class="gone"><Chip tone="pass" shape="check">{t.gone}</Chip>
          <ul class="plain-list">{gone.map((finding, index) => <li key={index}><s><Said text={finding.meaning} /></s> <code class="code">{finding.code}</code></li>)}</ul>
        </div>
      )}
      {fresh.length > 0 && (
        <div><Chip tone="fail" shape="cross">{t.new}</Chip>
          <ul class="findings small">{fresh.map((finding, index) => <FindingCard key={index} finding={finding} />)}</ul>
        </div>
      )}
    </div>
  );
}

const RISKS: Record<string, Tone> = { low: 'pass', medium: 'warn', high: 'fail' };

function Offer({ host, edits }: { host: HostSummary; edits: Edits }): JSX.Element {
  const { lang } = useApp();
  const t = useTexts().whatif;
  const [offer, setOffer] = useState<ChangeDoc | null | undefined>(undefined);
  // For the host as it is asked about, without what was offered before.
  const asked: Edits = { ...edits, changes: [] };
  const key = JSON.stringify(asked);
  useEffect(() => {
    let current = true;
    setOffer(undefined);
    void call('smallestChange', host.id, asked, lang).then((found) => {
      if (current) setOffer(found);
    }, () => {});
    return () => {
      current = false;
    };
  }, [host.id, key]);
  const taken = (change: OneChangeDoc): boolean =>
    edits.changes.some((one) => one.action === change.action && one.target === change.target);
  if (offer === undefined) return <Panel title={t.offer}><p class="mute">{t.offerWait}</p></Panel>;
  if (offer === null) {
    const text = isUnchanged(asked) ? t.offerPasses : t.offerPassesChanged;
    return <Panel title={t.offer}><p class="calm"><Icon shape="check" />{text}</p></Panel>;
  }
  if (!offer.accepts) {
    return <Panel title={t.offer}><p>{offer.obstacle ? t.offerObstacle(offer.obstacle) : t.offerNone}</p></Panel>;
  }
  const all = offer.changes.every(taken);
  return (
    <Panel title={t.offer}>
      <ul class="offer">
        {offer.changes.map((change) => (
          <li key={change.action + change.target}>
            <div>
              <strong>{t.actions[change.action]?.(change.target) ?? change.action}</strong>
              <Chip tone={RISKS[change.risk] ?? 'warn'}>{t.risk[change.risk] ?? change.risk}</Chip>
            </div>
            <p class="said">{t.costs[change.cost] ?? change.cost}</p>
            <code class="code">{change.because}</code>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="primary" disabled={all} onClick={() => void edit({ changes: offer.changes })}>
          {all ? t.taken : t.take}
        </button>
        {edits.changes.length > 0 && <button type="button" onClick={() => void edit({ changes: [] })}>{t.undo}</button>}
      </div>
      <p class="hint"><Icon shape="warn" />{t.warn}</p>
    </Panel>
  );
}

function Save({ host, edits }: { host: HostSummary; edits: Edits }): JSX.Element {
  const t = useTexts().whatif;
  const [redact, setRedact] = useState(false);
  return (
    <Panel title={t.save}>
      <label class="check">
        <input type="checkbox" checked={redact} onChange={(event) => setRedact(event.currentTarget.checked)} />
        {t.redact}
      </label>
      {redact && <p class="hint">{t.redactText}</p>}
      <div class="buttons">
        <button
          type="button"
          onClick={() =>
            void call('save', host.id, edits, redact).then((json) =>
              save(`${redact ? 'redacted' : host.name.replace(/[^\w.-]+/g, '-')}.bundle.json`, json),
            (error: unknown) => set({ error: String(error) }))
          }
        >
          {t.save}
        </button>
      </div>
    </Panel>
  );
}
