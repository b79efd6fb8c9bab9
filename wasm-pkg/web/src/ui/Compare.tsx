// Compare: two logs, baselines or CI policies, differences only.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PcrDiffDoc } from 'portcullis';
import type { CiPolicyShowDoc, Comparable, Comparison } from '../model';
import { call } from '../rpc';
import { addFiles, set, useApp, useTexts } from '../state';
import { Chip, Digest, Drop, Fold, Icon, Panel } from './bits';

const KINDS = ['log', 'baseline', 'ci_policy'] as const;

export function Compare(): JSX.Element {
  const { comparables } = useApp();
  const all = useTexts();
  const t = all.compare;
  const [before, setBefore] = useState('');
  const [after, setAfter] = useState('');
  const [found, setFound] = useState<Comparison | null>(null);
  const kind = comparables.find((one) => one.id === before)?.kind;

  // Two logs are what most people come for: they are chosen from the start.
  useEffect(() => {
    const [first, second] = comparables.filter((one) => one.kind === 'log');
    if (before === '' && first !== undefined && second !== undefined) {
      setBefore(first.id);
      setAfter(second.id);
    }
  }, [comparables.length]);

  useEffect(() => {
    setFound(null);
    if (before === '' || after === '' || before === after) return;
    void call('compare', before, after).then(setFound, (error: unknown) =>
      set({ error: error instanceof Error ? error.message : String(error) }),
    );
  }, [before, after]);

  return (
    <div class="compare">
      <header class="intro">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </header>
      <div class="compare-pick">
        <Pick label={t.before} value={before} list={comparables} change={(id) => {
          setBefore(id);
          const now = comparables.find((one) => one.id === id)?.kind;
          if (comparables.find((one) => one.id === after)?.kind !== now) setAfter('');
        }} />
        <button
          type="button"
          aria-label={t.swap}
          title={t.swap}
          onClick={() => {
            setBefore(after);
            setAfter(before);
          }}
        >
          <Icon shape="swap" />
        </button>
        <Pick label={t.after} value={after} list={comparables.filter((one) => kind === undefined || one.kind === kind)} change={setAfter} />
      </div>
      {found === null && comparables.length < 2 && <p class="hint">{t.need}</p>}
      {found !== null && <Result found={found} />}
      {found === null && kind === 'ci_policy' && <Policy id={before} />}
      <Drop title={t.add} take={({ files }) => void addFiles(files)} />
    </div>
  );
}

/** One CI policy, statement by statement. */
function Policy({ id }: { id: string }): JSX.Element | null {
  const t = useTexts().compare;
  const [policy, setPolicy] = useState<CiPolicyShowDoc | null>(null);
  useEffect(() => {
    setPolicy(null);
    void call('ciPolicy', id).then(setPolicy, (error: unknown) =>
      set({ error: error instanceof Error ? error.message : String(error) }),
    );
  }, [id]);
  if (policy === null) return null;
  const facts: Array<[string, JSX.Element]> = [
    [t.version, <>{policy.version}</>],
    [t.encoding, <>{policy.encoding.replaceAll('_', ' ')}</>],
    [t.measured, policy.policy_sha256 ? <Digest value={policy.policy_sha256} /> : <>{t.noDigest}</>],
  ];
  return (
    <Panel title={policy.name ?? policy.file} hint={t.policy}>
      <dl class="facts">
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {policy.options.length > 0 && (
        <div class="chips" aria-label={t.options} role="group">
          {policy.options.map((option) => <Chip key={option}>{option}</Chip>)}
        </div>
      )}
      {policy.warnings.map((warning) => (
        <p class="note" key={warning.code + warning.text}><Icon shape="warn" /><code>{warning.code}</code> {warning.text}</p>
      ))}
      <h3>{t.statements(policy.statements.length)}</h3>
      <ul class="topics" tabIndex={0}>
        {policy.statements.slice(0, LINES_MAX).map((statement, index) => (
          <li key={index}><span class="mute">{statement.topic.replaceAll('_', ' ')}</span><span>{statement.text}</span></li>
        ))}
      </ul>
    </Panel>
  );
}

function Pick({
  label,
  value,
  list,
  change,
}: {
  label: string;
  value: string;
  list: Comparable[];
  change: (id: string) => void;
}): JSX.Element {
  const t = useTexts().compare;
  return (
    <label class="field grow">
      <span>{label}</span>
      <select value={value} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">{t.choose}</option>
        {KINDS.map((kind) => {
          const of = list.filter((one) => one.kind === kind);
          return of.length === 0 ? null : (
            <optgroup key={kind} label={t.kinds[kind] ?? kind}>
              {of.map((one) => <option key={one.id} value={one.id}>{one.label}</option>)}
            </optgroup>
          );
        })}
      </select>
    </label>
  );
}

function Result({ found }: { found: Comparison }): JSX.Element {
  const t = useTexts().compare;
  if (found.kind === 'log') {
    const { diff } = found;
    return (
      <div class="stack">
        <p class="calm" role="status">
          {diff.equal ? <><Icon shape="check" />{t.equal}</> : t.registers(diff.pcrs.length)}
          <Chip>{diff.bank}</Chip>
        </p>
        {diff.pcrs.map((pcr) => <Register key={pcr.pcr} pcr={pcr} />)}
      </div>
    );
  }
  if (found.kind === 'ci_policy') {
    const { diff } = found;
    return (
      <Panel title={diff.equal ? t.equal : t.kinds['ci_policy'] ?? ''} {...(diff.complete ? {} : { hint: t.incomplete })}>
        {diff.same_bytes === true && <p class="calm">{t.sameBytes}</p>}
        <Lines removed={diff.removed.map(({ topic, text }) => ({ topic, text, digest: '' }))} added={diff.added.map(({ topic, text }) => ({ topic, text, digest: '' }))} />
      </Panel>
    );
  }
  return (
    <Panel title={found.removed.length + found.added.length === 0 ? t.equal : t.kinds['baseline'] ?? ''} hint={t.same(found.same)}>
      <Lines removed={found.removed} added={found.added} />
    </Panel>
  );
}

interface Line {
  topic: string;
  text: string;
  digest: string;
}

/** Lines of a page of differences; a hostile file may have very many. */
const LINES_MAX = 400;

function Lines({ removed, added }: { removed: Line[]; added: Line[] }): JSX.Element {
  const t = useTexts().compare;
  const column = (lines: Line[], sign: 'removed' | 'added'): JSX.Element => (
    <ul class={`lines ${sign}`}>
      {lines.slice(0, LINES_MAX).map((line, index) => (
        <li key={index}>
          <span class="mute">{line.topic.replaceAll('_', ' ')}</span>
          <span>{line.text}</span>
          {line.digest && <Digest value={line.digest} />}
        </li>
      ))}
      {lines.length === 0 && <li class="mute">–</li>}
    </ul>
  );
  return (
    <div class="two">
      <div><h3>{t.onlyFirst}</h3>{column(removed, 'removed')}</div>
      <div><h3>{t.onlySecond}</h3>{column(added, 'added')}</div>
    </div>
  );
}

function Register({ pcr }: { pcr: PcrDiffDoc }): JSX.Element {
  const t = useTexts().compare;
  const line = (event: PcrDiffDoc['removed'][number]): Line => ({
    topic: `${event.index} · ${event.type_name.replace(/^EV_/, '').toLowerCase()}`,
    text: event.summary,
    digest: event.digest,
  });
  return (
    <Panel title={`PCR ${pcr.pcr}`}>
      {pcr.reordered ? (
        <p>{t.reordered}</p>
      ) : (
        <Lines removed={pcr.removed.map(line)} added={pcr.added.map(line)} />
      )}
      <Fold summary={t.value}>
        <div class="two">
          <Digest value={pcr.before ?? '–'} />
          <Digest value={pcr.after ?? '–'} />
        </div>
      </Fold>
    </Panel>
  );
}
