// Open: drop files, look at a recorded host, or simulate one.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FileNote, KnobDoc, PresetDoc } from '../model';
import { call } from '../rpc';
import { open, openSample, simulate, useApp, useTexts } from '../state';
import { bytes, Drop, Fold, Panel } from './bits';

export function Open(): JSX.Element {
  const { files, host } = useApp();
  const t = useTexts().open;
  return (
    <div class="open">
      <div class="intro">
        <h1>{t.title}</h1>
        <p class="lead">{t.lead}</p>
      </div>
      <div class="open-grid">
        <Drop large title={t.drop} hint={t.dropHint} take={({ files: taken }) => void open(taken)} />
        <div class="stack">
          <Panel title={t.samples}>
            <div class="samples">
              <button type="button" class="sample" onClick={() => void openSample('reboot')}>
                <strong>{t.samplePass}</strong>
                <span>{t.samplePassText}</span>
              </button>
              <button type="button" class="sample" onClick={() => void openSample('dbx-added')}>
                <strong>{t.sampleFail}</strong>
                <span>{t.sampleFailText}</span>
              </button>
            </div>
          </Panel>
          <Simulate />
        </div>
      </div>
      {files.length > 0 && <Found files={files} evidence={host !== null} />}
    </div>
  );
}

/** What there is to say about a file. That a file has no form of its own is no news once it is used. */
const notes = (file: FileNote): string[] =>
  file.notes.filter((note) => file.role === undefined || !note.startsWith('FILE-UNKNOWN')).slice(0, 3);

function Found({ files, evidence }: { files: FileNote[]; evidence: boolean }): JSX.Element {
  const t = useTexts().open;
  return (
    <Panel title={t.found} {...(evidence ? {} : { hint: t.noHost })}>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t.file}</th>
              <th scope="col">{t.kind}</th>
              <th scope="col">{t.used}</th>
              <th scope="col" class="num">{t.size}</th>
            </tr>
          </thead>
          <tbody>
            {files.slice(0, 200).map((file) => (
              <tr key={file.path}>
                <td>
                  {file.path}
                  {notes(file).map((note) => (
                    <p class="note" key={note}>{note}</p>
                  ))}
                </td>
                <td>{t.kinds[file.kind] ?? file.kind}</td>
                <td>{file.role === undefined ? <span class="mute">{t.unused}</span> : (t.roles[file.role] ?? file.role)}</td>
                <td class="num">{bytes(file.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Simulate(): JSX.Element {
  const { busy } = useApp();
  const t = useTexts().open;
  const [presets, setPresets] = useState<PresetDoc[] | null>(null);
  const [preset, setPreset] = useState('dell-r740-ws2022');
  const [seed, setSeed] = useState(1);
  const [settings, setSettings] = useState<Record<string, string>>({});
  // The list is a small call, but its file is not needed by who only drops files.
  const load = (): void => {
    if (presets === null) void call('presets').then(setPresets, () => {});
  };
  const chosen = presets?.find((one) => one.name === preset);
  const option = (one: PresetDoc): JSX.Element => (
    <option key={one.name} value={one.name}>{one.name}</option>
  );
  return (
    <Panel title={t.simulate} hint={t.simulateText}>
      <form
        class="form"
        onFocusCapture={load}
        onPointerEnter={load}
        onSubmit={(event) => {
          event.preventDefault();
          void simulate(preset, settings, seed);
        }}
      >
        <label class="field grow">
          <span>{t.preset}</span>
          <select
            name="preset"
            value={preset}
            onChange={(event) => {
              setPreset(event.currentTarget.value);
              setSettings({});
            }}
          >
            {presets === null ? (
              <option value={preset}>{preset}</option>
            ) : (
              <>
                <optgroup label={t.healthy}>{presets.filter((one) => !one.fails).map(option)}</optgroup>
                <optgroup label={t.broken}>{presets.filter((one) => one.fails).map(option)}</optgroup>
              </>
            )}
          </select>
        </label>
        <label class="field short">
          <span>{t.seed}</span>
          <input
            type="number"
            min={0}
            max={4294967295}
            value={seed}
            onInput={(event) => setSeed(Math.max(0, event.currentTarget.valueAsNumber || 0))}
          />
        </label>
        <button type="submit" class="primary" disabled={busy !== null}>{t.run}</button>
        {chosen && <p class="hint wide">{chosen.doc}</p>}
        <Fold summary={t.knobs}>
          <Knobs preset={preset} values={settings} change={setSettings} />
        </Fold>
      </form>
    </Panel>
  );
}

/** Every setting of a simulated host. What differs from the preset is kept. */
export function Knobs({
  preset,
  values,
  change,
  only,
}: {
  preset: string;
  values: Record<string, string>;
  change: (values: Record<string, string>) => void;
  only?: Record<string, string>;
}): JSX.Element {
  const t = useTexts().open;
  const [knobs, setKnobs] = useState<KnobDoc[]>([]);
  const [filter, setFilter] = useState('');
  useEffect(() => {
    void call('knobs', preset).then(setKnobs, () => {});
  }, [preset]);
  const words = filter.toLowerCase();
  const shown = knobs.filter((knob) =>
    only === undefined ? `${knob.key} ${knob.doc}`.toLowerCase().includes(words) : knob.key in only,
  );
  const put = (knob: KnobDoc, value: string): void => {
    const { [knob.key]: _, ...rest } = values;
    change(value === knob.value ? rest : { ...rest, [knob.key]: value });
  };
  return (
    <div class="knobs">
      {only === undefined && (
        <input
          type="search"
          placeholder={t.knobsFilter}
          aria-label={t.knobsFilter}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <ul>
        {shown.map((knob) => (
          <li key={knob.key} class={knob.key in values ? 'changed' : undefined}>
            <label class="knob">
              <span class="knob-name">{only?.[knob.key] ?? knob.key}</span>
              <KnobInput knob={knob} value={values[knob.key] ?? knob.value} put={(value) => put(knob, value)} />
            </label>
            {only === undefined && <p class="hint">{knob.doc}</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Alternatives that the simulator lists in words: `a`, `b` or `c`. */
const choices = (allowed: string): string[] =>
  allowed.includes('list') ? [] : [...allowed.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

function KnobInput({
  knob,
  value,
  put,
}: {
  knob: KnobDoc;
  value: string;
  put: (value: string) => void;
}): JSX.Element {
  const plain = value.replace(/^"|"$/g, '');
  const quoted = (text: string): string => (knob.value.startsWith('"') ? JSON.stringify(text) : text);
  const options = value === 'true' || value === 'false' ? ['true', 'false'] : choices(knob.allowed);
  if (options.length > 1) {
    return (
      <select value={plain} onChange={(event) => put(quoted(event.currentTarget.value))}>
        {(options.includes(plain) ? options : [plain, ...options]).map((option) => (
          <option key={option} value={option}>{option}</option>
        ))}
      </select>
    );
  }
  return (
    <input
      type="text"
      value={plain}
      title={knob.allowed}
      onChange={(event) => put(quoted(event.currentTarget.value))}
    />
  );
}
