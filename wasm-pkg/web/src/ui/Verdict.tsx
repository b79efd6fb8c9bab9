// Verdict: what is decided, by which path, and what stands against it.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { InspectDoc, PcrDoc, PlaceDoc, TrackDoc } from 'portcullis';
import type { ExplanationDoc, HostSummary, Verdict } from '../model';
import { isUnchanged } from '../model';
import { call } from '../rpc';
import { go, set, useApp, useTexts } from '../state';
import { Chip, day, Digest, Fold, Icon, Panel, Said, type Shape, type Tone } from './bits';

type Finding = ExplanationDoc['findings'][number];

export const accepted = (verdict: Verdict): boolean =>
  verdict.outcome === 'Passed' || verdict.outcome === 'WouldPass';

const TIERS: Record<string, { tone: Tone; shape: Shape }> = {
  failure: { tone: 'fail', shape: 'cross' },
  warning: { tone: 'warn', shape: 'warn' },
  info: { tone: 'info', shape: 'info' },
};

export function VerdictView(): JSX.Element {
  const { host, verdict } = useApp();
  const t = useTexts().verdict;
  if (host === null || verdict === null) return <div class="waiting" />;
  const { findings, unbound } = verdict.explanation;
  const failures = findings.filter((finding) => finding.tier === 'failure');
  const others = findings.filter((finding) => finding.tier !== 'failure');
  return (
    <div class="verdict">
      <Hero host={host} verdict={verdict} />
      <Tracks verdict={verdict} />
      <Panel title={t.problems} id="problems">
        {failures.length === 0 ? (
          <p class="calm"><Icon shape="check" />{t.noProblems}</p>
        ) : (
          <ul class="findings">
            {failures.map((finding, index) => <FindingCard key={index} finding={finding} />)}
          </ul>
        )}
      </Panel>
      <Policies explanation={verdict.explanation} />
      {others.length > 0 && (
        <Panel title={t.warnings}>
          <ul class="findings small">
            {others.map((finding, index) => <FindingCard key={index} finding={finding} />)}
          </ul>
        </Panel>
      )}
      <Registers pcrs={verdict.document.pcrs} />
      <Chain id={host.id} />
      {(unbound ?? []).length > 0 && (
        <Fold summary={t.unbound}>
          <ul class="plain-list">
            {(unbound ?? []).map((part, index) => (
              <li key={index}><strong>{part.artefact}</strong> {part.reason}</li>
            ))}
          </ul>
        </Fold>
      )}
      <Raw id={host.id} />
    </div>
  );
}

function Hero({ host, verdict }: { host: HostSummary; verdict: Verdict }): JSX.Element {
  const { edits } = useApp();
  const all = useTexts();
  const t = all.verdict;
  const { document, explanation } = verdict;
  const good = accepted(verdict);
  const assurance = 'assurance' in document ? document.assurance : 'appraised';
  return (
    <section class={`hero ${good ? 'pass' : 'fail'}`} aria-label={t[verdict.outcome]}>
      <div class="seal"><Icon shape={good ? 'check' : 'cross'} /></div>
      <div class="hero-text">
        <h1>
          <span class="outcome" data-outcome={verdict.outcome}>{t[verdict.outcome]}</span>
          <span class="hero-host">{host.name}</span>
        </h1>
        <p class="summary"><Said text={explanation.summary} /></p>
        <p class="consequence"><Said text={explanation.consequence} /></p>
        <div class="chips">
          {host.origin === 'simulated' && <Chip tone="info" shape="info">{t.simulated}</Chip>}
          {host.origin === 'files' && <Chip tone="info" shape="info">{t.assembled}</Chip>}
          <Chip tone={assurance === 'appraised' || assurance === 'quoted' ? 'pass' : 'warn'} shape={assurance === 'self_consistent' ? 'warn' : 'check'}>
            {t.assurance[assurance] ?? assurance}
          </Chip>
          <Chip tone={document.hardware === 'endorsed' ? 'pass' : 'warn'} shape={document.hardware === 'endorsed' ? 'check' : 'warn'}>
            {t.hardwareIs[document.hardware] ?? document.hardware}
          </Chip>
          <Chip>{t.status}: {explanation.status}{explanation.sub_status && explanation.sub_status !== 'NoInformation' ? ` · ${explanation.sub_status}` : ''}</Chip>
          <Chip>{t.judgedAt} {day(host.now)}</Chip>
          <Chip>{t.took(verdict.tookMs)}</Chip>
          {!isUnchanged(edits) && <Chip tone="warn">{t.hypothetical}</Chip>}
        </div>
        {!good && (
          <button type="button" class="primary" onClick={() => go('whatif')}>
            {t.tryWhatIf}<Icon shape="arrow" />
          </button>
        )}
      </div>
    </section>
  );
}

interface Step {
  label: string;
  state: 'yes' | 'no' | 'off';
  text: string;
}

/** The versions in the order in which they are tried, each as the steps that it needs. */
export function Tracks({ verdict }: { verdict: Verdict }): JSX.Element {
  const t = useTexts().verdict;
  return (
    <Panel title={t.path} hint={t.pathText}>
      <ol class="tracks">
        {verdict.document.tracks.map((track) => (
          <TrackLine key={track.version} track={track} verdict={verdict} />
        ))}
      </ol>
    </Panel>
  );
}

function TrackLine({ track, verdict }: { track: TrackDoc; verdict: Verdict }): JSX.Element {
  const t = useTexts().verdict;
  const { policies } = verdict.document;
  const off = (name: string): boolean =>
    policies.find((policy) => policy.name === name)?.state === 'Disabled';
  const reference = (policy: string, matched: string | null | undefined): Omit<Step, 'label'> =>
    matched
      ? { state: 'yes', text: matched }
      : off(policy)
        ? { state: 'off', text: t.policyOff }
        : { state: 'no', text: t.noMatch };
  const others = policies.filter(
    (policy) =>
      (policy.outcome === 'violated' || policy.outcome === 'errored') &&
      policy.name !== 'Hgs_SecureBootSettings' &&
      policy.name !== 'Hgs_CiPolicy',
  );
  const steps: Step[] = [
    {
      label: t.steps.identifier,
      state: track.identifier ? 'yes' : 'no',
      text: track.identifier ? t.registered : t.notRegistered,
    },
    { label: t.steps.baseline, ...reference('Hgs_SecureBootSettings', track.baseline) },
    { label: t.steps.ciPolicy, ...reference('Hgs_CiPolicy', track.ci_policy) },
    {
      label: t.steps.policies,
      state: others.length === 0 ? 'yes' : 'no',
      text: others.length === 0 ? t.allHold : t.violated(others.length),
    },
  ];
  const word = { yes: t.stepYes, no: t.stepNo, off: t.stepOff };
  const shape: Record<Step['state'], Shape> = { yes: 'check', no: 'cross', off: 'dash' };
  const holds = track.outcome === 'holds';
  const text = verdict.explanation.tracks?.find((one) => one.version === track.version)?.text;
  return (
    <li class={`track ${holds ? 'pass' : 'fail'}`}>
      <div class="track-name">
        <strong>{track.version}</strong>
        <span>{holds ? t.trackHolds : t.trackFails}</span>
      </div>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.label} class={`step ${step.state}`}>
            <span class="dot"><Icon shape={shape[step.state]} /></span>
            <span class="step-label">{step.label}<span class="away"> {word[step.state]}</span></span>
            <span class="step-text" title={step.text}>{step.text}</span>
          </li>
        ))}
      </ol>
      {text && <p class="track-text"><Said text={text} /></p>}
    </li>
  );
}

export const goTo = (place: PlaceDoc): void => {
  if (place.event == null) return;
  set({ place: { event: place.event, offset: place.offset, size: place.size } });
  go('timeline');
};

export function FindingCard({ finding }: { finding: Finding }): JSX.Element {
  const t = useTexts().verdict;
  const { tone, shape } = TIERS[finding.tier] ?? { tone: 'mute' as Tone, shape: 'info' as Shape };
  const places = (finding.places ?? []).filter((place) => place.event != null);
  const elsewhere = (finding.places ?? []).filter((place) => place.event == null);
  return (
    <li class={`finding ${tone}`}>
      <Icon shape={shape} />
      <div class="finding-body">
        <div class="finding-head">
          <h3><Said text={finding.meaning} /></h3>
          <code class="code">{finding.code}</code>
        </div>
        {finding.subject && <p class="subject">{finding.subject}</p>}
        {(finding.expected || finding.found) && (
          <dl class="pair">
            <div><dt>{t.expected}</dt><dd>{finding.expected ?? t.none}</dd></div>
            <div><dt>{t.found}</dt><dd>{finding.found ?? t.none}</dd></div>
          </dl>
        )}
        {finding.difference && <Entries difference={finding.difference} />}
        {finding.tier === 'failure' && <p class="consequence"><Said text={finding.consequence} /></p>}
        {finding.remedy && <p class="remedy"><strong>{t.remedy}</strong> <Said text={finding.remedy} /></p>}
        {(places.length > 0 || finding.rule) && (
          <div class="finding-foot">
            {places.slice(0, 6).map((place) => (
              <button key={`${place.event}-${place.offset}`} type="button" class="link event-link" onClick={() => goTo(place)}>
                {t.showEvent(place.event ?? 0, place.pcr ?? null)}<Icon shape="arrow" />
              </button>
            ))}
            {elsewhere.slice(0, 3).map((place) => (
              <span key={`${place.artefact}-${place.offset}`} class="mute">
                {place.artefact}: {t.bytes(place.offset, place.size)}
              </span>
            ))}
            {finding.rule && <span class="mute">{finding.rule}</span>}
          </div>
        )}
      </div>
    </li>
  );
}

function Entries({ difference }: { difference: NonNullable<Finding['difference']> }): JSX.Element {
  const t = useTexts().verdict;
  const list = (entries: typeof difference.added, sign: string): JSX.Element[] =>
    entries.slice(0, 20).map((entry, index) => (
      <li key={`${sign}${index}`} class={sign === '+' ? 'added' : 'removed'}>
        <span aria-hidden="true">{sign === '+' ? '+' : '−'}</span>
        <span>{entry.name ?? entry.kind}</span>
        <Digest value={entry.digest} />
      </li>
    ));
  return (
    <div class="entries">
      <p class="mute">
        {[
          difference.added_count > 0 ? t.added(difference.added_count) : '',
          difference.removed_count > 0 ? t.removed(difference.removed_count) : '',
        ].filter(Boolean).join(' · ')}
      </p>
      <ul>{list(difference.removed, '-')}{list(difference.added, '+')}</ul>
    </div>
  );
}

export const OUTCOMES: Record<string, { tone: Tone; shape: Shape }> = {
  satisfied: { tone: 'pass', shape: 'check' },
  violated: { tone: 'fail', shape: 'cross' },
  errored: { tone: 'fail', shape: 'warn' },
  not_applicable: { tone: 'mute', shape: 'dash' },
};

function Policies({ explanation }: { explanation: ExplanationDoc }): JSX.Element {
  const t = useTexts().verdict;
  const facts = (name: string): Finding[] =>
    explanation.findings.filter((finding) => finding.rule === name && finding.tier !== 'info');
  return (
    <Panel title={t.policies} hint={t.policiesText}>
      <div class="scroll">
        <table class="policies">
          <thead>
            <tr>
              <th scope="col">{t.policy}</th>
              <th scope="col">{t.expected}</th>
              <th scope="col">{t.found}</th>
              <th scope="col">{t.state}</th>
            </tr>
          </thead>
          <tbody>
            {(explanation.policies ?? []).map((policy) => {
              const { tone, shape } = OUTCOMES[policy.outcome] ?? { tone: 'mute' as Tone, shape: 'dash' as Shape };
              const [fact] = facts(policy.name);
              return (
                <tr key={policy.name} class={tone} data-policy={policy.name}>
                  <th scope="row">
                    <Icon shape={shape} />
                    <span>{policy.name.replace('Hgs_', '')}<span class="away"> {t.outcomes[policy.outcome]}</span></span>
                  </th>
                  <td>{policy.purpose}</td>
                  <td>
                    {policy.matched ? t.matched(policy.matched) : (fact?.found ?? fact?.meaning ?? t.outcomes[policy.outcome])}
                    {fact?.places?.filter((place) => place.event != null).slice(0, 1).map((place) => (
                      <button key={place.offset} type="button" class="link" onClick={() => goTo(place)}>
                        {t.showEvent(place.event ?? 0, place.pcr ?? null)}
                      </button>
                    ))}
                  </td>
                  <td>
                    {policy.state === 'Locked' && <Icon shape="lock" />}
                    {t.states[policy.state] ?? policy.state}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

const PCR_TONES: Record<string, Tone> = {
  matches: 'pass',
  differs: 'fail',
  unlogged: 'warn',
  not_quoted: 'warn',
  untouched: 'mute',
};

export const pcrTone = (state: string): Tone => PCR_TONES[state] ?? 'mute';

function Registers({ pcrs }: { pcrs: PcrDoc[] }): JSX.Element {
  const t = useTexts().verdict;
  return (
    <Panel title={t.registers} hint={t.registersText}>
      <ul class="pcrs">
        {pcrs.map((pcr) => (
          <li key={pcr.pcr} class={`pcr ${pcrTone(pcr.state)}`}>
            <details>
              <summary>
                <strong>{pcr.pcr}</strong>
                <span>{t.pcrStates[pcr.state] ?? pcr.state}</span>
              </summary>
              <p>{t.events(pcr.events_count)}</p>
              <dl>
                <dt>{t.quoted}</dt><dd>{pcr.quoted ? <Digest value={pcr.quoted} /> : t.none}</dd>
                <dt>{t.replayed}</dt><dd>{pcr.replayed ? <Digest value={pcr.replayed} /> : t.none}</dd>
              </dl>
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type Certificate = Extract<InspectDoc, { kind: 'ek_certificate' }>;

/** The path from the EK certificate upwards, as far as the names in the files lead. */
function path(found: InspectDoc[]): Certificate[] {
  const certificates = found.filter((one): one is Certificate => one.kind === 'ek_certificate');
  let last = certificates.find((one) => one.file === 'ek certificate');
  const chain: Certificate[] = [];
  // A chain has at most five certificates.
  while (last !== undefined && chain.length < 5) {
    const current: Certificate = last;
    chain.push(current);
    last =
      current.subject === current.issuer
        ? undefined
        : certificates.find((one) => one.subject === current.issuer && !chain.includes(one));
  }
  return chain;
}

function Chain({ id }: { id: string }): JSX.Element | null {
  const { verdict } = useApp();
  const t = useTexts().verdict;
  const [found, setFound] = useState<InspectDoc[]>([]);
  useEffect(() => {
    void call('inspect', id).then(setFound, () => {});
  }, [id]);
  const chain = path(found);
  if (chain.length === 0) return null;
  const last = chain[chain.length - 1];
  const complete = last !== undefined && last.subject === last.issuer;
  const label = (index: number): string =>
    index === 0 ? t.chainEk : index === chain.length - 1 && complete ? t.chainRoot : t.chainIssuer;
  return (
    <Panel title={t.chain} hint={t.hardwareIs[verdict?.document.hardware ?? ''] ?? ''}>
      <ol class="chain">
        {chain.map((one, index) => (
          <li key={one.sha256}>
            <span class="mute">{label(index)}</span>
            <strong>{one.subject || one.serial}</strong>
            <span>{one.key} · {t.valid(day(Number(one.not_before)), day(Number(one.not_after)))}</span>
            <Digest value={one.sha256} short />
          </li>
        ))}
        {!complete && last && <li class="missing"><span class="mute">{t.chainMissing}</span><strong>{last.issuer}</strong></li>}
      </ol>
    </Panel>
  );
}

/** Characters of the result that are shown; all of them are copied. */
const RAW_CHARS_MAX = 200_000;

function Raw({ id }: { id: string }): JSX.Element {
  const t = useTexts().verdict;
  const [copied, setCopied] = useState(false);
  const [json, setJson] = useState('');
  useEffect(() => setJson(''), [id]);
  const load = (open: boolean): void => {
    if (open) void call('resultJson', id).then(setJson, () => {});
  };
  return (
    <details class="fold" onToggle={(event) => load(event.currentTarget.open)}>
      <summary>{t.raw}</summary>
      <div class="fold-body">
        <button
          type="button"
          onClick={() => void navigator.clipboard?.writeText(json).then(() => setCopied(true), () => {})}
        >
          {copied ? t.copied : t.copy}
        </button>
        <pre class="raw" tabIndex={0}>{json.slice(0, RAW_CHARS_MAX)}</pre>
      </div>
    </details>
  );
}
