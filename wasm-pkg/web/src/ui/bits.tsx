// Small pieces that several views share.
import type { ComponentChildren, JSX, TargetedEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fromDrop, fromInput, type Read } from '../files';
import { set, useTexts } from '../state';

const SHAPES = {
  check: 'M4 10.5l4 4 8-9',
  cross: 'M5 5l10 10M15 5L5 15',
  dash: 'M5 10h10',
  warn: 'M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.4v.2',
  info: 'M10 9v5M10 6v.2M10 2.5a7.5 7.5 0 110 15 7.5 7.5 0 010-15z',
  lock: 'M6 9V7a4 4 0 018 0v2M5 9h10v7H5z',
  arrow: 'M4 10h12M11 5l5 5-5 5',
  file: 'M5 3h7l3 3v11H5zM12 3v3h3',
  swap: 'M4 7h11l-3-3M16 13H5l3 3',
};

export type Shape = keyof typeof SHAPES;

export const Icon = ({ shape }: { shape: Shape }): JSX.Element => (
  <svg class={`icon icon-${shape}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={SHAPES[shape]} />
  </svg>
);

export type Tone = 'pass' | 'fail' | 'warn' | 'info' | 'mute';

export const Chip = ({
  tone = 'mute',
  shape,
  children,
}: {
  tone?: Tone;
  shape?: Shape;
  children: ComponentChildren;
}): JSX.Element => (
  <span class={`chip ${tone}`}>
    {shape && <Icon shape={shape} />}
    {children}
  </span>
);

export const Panel = ({
  title,
  hint,
  children,
  tools,
  id,
}: {
  title: string;
  hint?: string;
  children: ComponentChildren;
  tools?: ComponentChildren;
  id?: string;
}): JSX.Element => (
  <section class="panel" aria-label={title} id={id}>
    <header class="panel-head">
      <h2>{title}</h2>
      {tools}
      {hint && <p class="hint">{hint}</p>}
    </header>
    {children}
  </section>
);

/** What is inside exists once it was opened: it may load something. */
export function Fold({
  summary,
  children,
}: {
  summary: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const [opened, setOpened] = useState(false);
  return (
    <details class="fold" onToggle={(event) => setOpened((last) => last || event.currentTarget.open)}>
      <summary>{summary}</summary>
      {opened && <div class="fold-body">{children}</div>}
    </details>
  );
}

/** A digest: short where there is little room, whole for who copies it. */
export const Digest = ({ value, short }: { value: string; short?: boolean }): JSX.Element => (
  <code class="digest" title={value}>
    {short ? `${value.slice(0, 16)}…` : value}
  </code>
);

export const Switch = ({
  label,
  on,
  disabled,
  change,
  hidden,
}: {
  label: string;
  on: boolean;
  disabled?: boolean;
  change: (on: boolean) => void;
  /** The label stands elsewhere. */
  hidden?: boolean;
}): JSX.Element => (
  <label class={disabled ? 'switch disabled' : 'switch'}>
    <input
      type="checkbox"
      role="switch"
      checked={on}
      disabled={disabled}
      aria-label={hidden ? label : undefined}
      onChange={(event) => change(event.currentTarget.checked)}
    />
    <span class="track" aria-hidden="true" />
    {!hidden && <span>{label}</span>}
  </label>
);

/** A place for files: dropped, or chosen with the keyboard. */
export function Drop({
  title,
  hint,
  take,
  large,
}: {
  title: string;
  hint?: string;
  take: (read: Read) => void;
  large?: boolean;
}): JSX.Element {
  const t = useTexts().open;
  const [over, setOver] = useState(false);
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current?.setAttribute('webkitdirectory', ''), []);
  const taken = (read: Promise<Read>): void =>
    void read.then(
      (result) => {
        const [first] = result.tooLarge;
        if (first !== undefined) set({ error: t.tooLarge(first) });
        if (result.files.length > 0) take(result);
      },
      (error: unknown) => set({ error: String(error) }),
    );
  const chosen = (event: TargetedEvent<HTMLInputElement>): void => {
    const input = event.currentTarget;
    taken(fromInput(input).finally(() => (input.value = '')));
  };
  return (
    <div
      class={`drop${over ? ' over' : ''}${large ? ' large' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        if (event.dataTransfer) taken(fromDrop(event.dataTransfer));
      }}
    >
      <Icon shape="file" />
      <p class="drop-title">{title}</p>
      {hint && <p class="hint">{hint}</p>}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => files.current?.click()}>
          {t.files}
        </button>
        <button type="button" onClick={() => folder.current?.click()}>
          {t.folder}
        </button>
      </div>
      <input ref={files} class="away" type="file" multiple tabIndex={-1} aria-label={t.files} onChange={chosen} />
      <input ref={folder} class="away" type="file" multiple tabIndex={-1} aria-label={t.folder} onChange={chosen} />
    </div>
  );
}

export const bytes = (size: number): string =>
  size < 10_000 ? `${size} B` : size < 1 << 20 ? `${Math.round(size / 1024)} KiB` : `${(size / (1 << 20)).toFixed(1)} MiB`;

export const day = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '–' : date.toISOString().slice(0, 10);
};

/** A sentence of the engine: what stands between backticks is data. */
export const Said = ({ text }: { text: string }): JSX.Element => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
);
