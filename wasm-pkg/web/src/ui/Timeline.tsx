// Boot timeline: the event log as it was measured. Only the rows in sight exist.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HexPage, LogEvent, LogRow, LogSummary, SipaNode, Verdict } from '../model';
import { call } from '../rpc';
import { set, type Place, useApp, useTexts } from '../state';
import { bytes, Chip, Digest, Icon, Said, type Tone } from './bits';
import { pcrTone } from './Verdict';

const ROW_HEIGHT_PX = 30;
/** Rows of one answer of the worker. */
const CHUNK = 100;
/** Rows beyond the edges, so that a short scroll shows no gap. */
const OVERSCAN = 8;
/** Browsers lose precision in very high boxes. */
const ROWS_MAX = 500_000;
/** Bytes on one page of the hex view. */
const HEX_PAGE = 512;

/** Events that findings point at, with the worst tier. */
function flags(verdict: Verdict | null): Map<number, Tone> {
  const found = new Map<number, Tone>();
  for (const finding of verdict?.explanation.findings ?? []) {
    if (finding.tier === 'info') continue;
    for (const place of finding.places ?? []) {
      if (place.event == null) continue;
      if (found.get(place.event) === 'fail') continue;
      found.set(place.event, finding.tier === 'failure' ? 'fail' : 'warn');
    }
  }
  return found;
}

export function Timeline(): JSX.Element {
  const { host, verdict, place } = useApp();
  const t = useTexts().timeline;
  const [log, setLog] = useState<LogSummary | null>(null);
  const [text, setText] = useState('');
  const [pcrs, setPcrs] = useState<number[] | null>(null);
  const [onlyFlagged, setOnlyFlagged] = useState(false);
  const [count, setCount] = useState(0);
  const [version, setVersion] = useState(0);
  const flagged = useMemo(() => flags(verdict), [verdict]);
  const id = host?.id ?? '';

  useEffect(() => {
    setLog(null);
    void call('log', id).then(setLog, () => {});
  }, [id]);

  useEffect(() => {
    let current = true;
    const only = onlyFlagged ? [...flagged.keys()] : null;
    const timer = setTimeout(
      () =>
        void call('logFilter', id, { text, pcrs, only }).then((found) => {
          if (!current) return;
          setCount(Math.min(found, ROWS_MAX));
          setVersion((last) => last + 1);
        }, () => {}),
      text === '' ? 0 : 120,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, text, pcrs, onlyFlagged, flagged]);

  if (log === null) return <div class="waiting" />;
  if (log.total === 0) return <p class="calm">{t.noLog}</p>;
  const toggle = (pcr: number): void => {
    const chosen = new Set(pcrs ?? []);
    if (!chosen.delete(pcr)) chosen.add(pcr);
    setPcrs(chosen.size === 0 ? null : [...chosen]);
  };
  return (
    <div class="timeline">
      <header class="timeline-head">
        <h1>{t.title}</h1>
        <div class="chips">
          <Chip tone={log.secureBoot === 'on' ? 'pass' : 'warn'}>{t.secureBoot[log.secureBoot]}</Chip>
          <Chip>{t.format[log.format] ?? log.format}</Chip>
          <Chip>{log.banks.join(' · ')}</Chip>
          <Chip>{bytes(log.size)}</Chip>
        </div>
        <div class="filters">
          <input
            type="search"
            placeholder={t.search}
            aria-label={t.searchLabel}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <div class="pcr-filter" role="group" aria-label={t.pcrs}>
            <button type="button" aria-pressed={pcrs === null} onClick={() => setPcrs(null)}>{t.all}</button>
            {log.pcrs.map((pcr) => (
              <button
                key={pcr}
                type="button"
                class={pcrTone(verdict?.document.pcrs.find((one) => one.pcr === pcr)?.state ?? '')}
                aria-pressed={pcrs?.includes(pcr) ?? false}
                aria-label={`PCR ${pcr}`}
                onClick={() => toggle(pcr)}
              >
                {pcr}
              </button>
            ))}
          </div>
          {flagged.size > 0 && (
            <label class="check">
              <input type="checkbox" checked={onlyFlagged} onChange={(event) => setOnlyFlagged(event.currentTarget.checked)} />
              {t.flagged}
            </label>
          )}
          <span class="mute" role="status">{t.shown(count, log.total)}</span>
        </div>
        {log.notes.slice(0, 4).map((note, index) => (
          <p key={index} class="note"><Icon shape="warn" /><code>{note.code}</code> {note.text}</p>
        ))}
      </header>
      <div class={place === null ? 'split' : 'split with-detail'}>
        {count === 0 ? (
          <p class="calm">{t.none}</p>
        ) : (
          <Rows id={id} count={count} version={version} lanes={log.pcrs} flagged={flagged} place={place} />
        )}
        <Detail id={id} place={place} verdict={verdict} />
      </div>
    </div>
  );
}

interface RowsProps {
  id: string;
  count: number;
  /** Another number: another choice of rows. */
  version: number;
  lanes: number[];
  flagged: Map<number, Tone>;
  place: Place | null;
}

function Rows({ id, count, version, lanes, flagged, place }: RowsProps): JSX.Element {
  const t = useTexts().timeline;
  const box = useRef<HTMLDivElement>(null);
  const chunks = useRef(new Map<number, LogRow[]>());
  const asked = useRef(new Set<number>());
  const [range, setRange] = useState({ from: 0, to: 40 });
  const [, arrived] = useState(0);
  const [active, setActive] = useState(-1);

  const measure = (): void => {
    const element = box.current;
    if (element === null) return;
    const from = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT_PX) - OVERSCAN);
    const shown = Math.ceil(element.clientHeight / ROW_HEIGHT_PX) + 2 * OVERSCAN;
    setRange((last) => (last.from === from && last.to === from + shown ? last : { from, to: from + shown }));
  };

  useEffect(() => {
    chunks.current.clear();
    asked.current.clear();
    arrived((last) => last + 1);
    measure();
  }, [version]);

  useEffect(() => {
    const last = Math.min(range.to, count - 1);
    for (let chunk = Math.floor(range.from / CHUNK); chunk <= Math.floor(last / CHUNK); chunk += 1) {
      if (asked.current.has(chunk)) continue;
      asked.current.add(chunk);
      void call('logRows', id, chunk * CHUNK, (chunk + 1) * CHUNK).then((rows) => {
        chunks.current.set(chunk, rows);
        arrived((times) => times + 1);
      }, () => {});
    }
  }, [id, range, count, version]);

  // What a finding points at is brought into sight.
  useEffect(() => {
    if (place === null) return;
    void call('logPosition', id, place.event).then((position) => {
      if (position < 0) return;
      setActive(position);
      reveal(position);
    }, () => {});
  }, [id, place?.event, version]);

  const reveal = (position: number): void => {
    const element = box.current;
    if (element === null) return;
    const top = position * ROW_HEIGHT_PX;
    if (top < element.scrollTop || top + ROW_HEIGHT_PX > element.scrollTop + element.clientHeight) {
      element.scrollTop = Math.max(0, top - element.clientHeight / 3);
    }
    measure();
  };

  const rowAt = (position: number): LogRow | undefined =>
    chunks.current.get(Math.floor(position / CHUNK))?.[position % CHUNK];

  const choose = (position: number): void => {
    const next = Math.min(Math.max(position, 0), count - 1);
    setActive(next);
    reveal(next);
    const row = rowAt(next);
    if (row !== undefined) set({ place: { event: row.index, offset: row.offset, size: row.size } });
  };

  const page = (): number => Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / ROW_HEIGHT_PX) - 1);
  const keys: Record<string, () => number> = {
    ArrowDown: () => active + 1,
    ArrowUp: () => active - 1,
    PageDown: () => active + page(),
    PageUp: () => active - page(),
    Home: () => 0,
    End: () => count - 1,
  };

  const positions: number[] = [];
  for (let at = range.from; at < Math.min(range.to, count); at += 1) positions.push(at);
  return (
    <div
      ref={box}
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={t.list}
      aria-activedescendant={active >= range.from && active < range.to ? `row-${active}` : undefined}
      onScroll={measure}
      onKeyDown={(event) => {
        const next = keys[event.key];
        if (next === undefined) return;
        event.preventDefault();
        choose(next());
      }}
    >
      <div class="rows-all" role="presentation" style={{ height: `${count * ROW_HEIGHT_PX}px` }}>
        {positions.map((position) => (
          <Row
            key={position}
            row={rowAt(position)}
            position={position}
            count={count}
            lanes={lanes}
            active={position === active}
            flag={flagged.get(rowAt(position)?.index ?? -1)}
            choose={choose}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  row: LogRow | undefined;
  position: number;
  count: number;
  lanes: number[];
  active: boolean;
  flag: Tone | undefined;
  choose: (position: number) => void;
}

function Row({ row, position, count, lanes, active, flag, choose }: RowProps): JSX.Element {
  const top = { top: `${position * ROW_HEIGHT_PX}px` };
  const name = row === undefined ? '' : row.type.replace(/^EV_/, '').replaceAll('_', ' ').toLowerCase();
  return (
    <div
      id={`row-${position}`}
      class={`row${active ? ' active' : ''}${flag ? ` flag-${flag}` : ''}`}
      role="option"
      aria-selected={active}
      aria-setsize={count}
      aria-posinset={position + 1}
      style={top}
      onClick={() => choose(position)}
      data-event={row?.index}
    >
      {row === undefined ? (
        <span class="mute">…</span>
      ) : (
        <>
          <span class="lanes" aria-hidden="true">
            {lanes.map((lane) => (
              <span key={lane} class={lane === row.pcr ? 'lane on' : 'lane'} title={`PCR ${lane}`}>
                {lane === row.pcr ? lane : ''}
              </span>
            ))}
          </span>
          <span class="row-index">{row.index}</span>
          <span class="row-type" title={row.type}><span class="away">PCR {row.pcr} </span>{name}</span>
          <span class="row-summary" title={row.summary}>{row.summary}</span>
        </>
      )}
    </div>
  );
}

function Detail({ id, place, verdict }: { id: string; place: Place | null; verdict: Verdict | null }): JSX.Element {
  const t = useTexts().timeline;
  const [event, setEvent] = useState<LogEvent | null>(null);
  useEffect(() => {
    if (place === null) return setEvent(null);
    let current = true;
    void call('logEvent', id, place.event).then((found) => {
      if (current) setEvent(found);
    }, () => {});
    return () => {
      current = false;
    };
  }, [id, place?.event]);
  if (place === null || event === null) {
    return <aside class="detail empty"><p class="hint">{t.select}</p></aside>;
  }
  const because = (verdict?.explanation.findings ?? []).filter((finding) =>
    (finding.places ?? []).some((one) => one.event === event.index),
  );
  return (
    <aside
      class="detail"
      aria-label={`${t.event} ${event.index}`}
      onKeyDown={(key) => {
        if (key.key === 'Escape') set({ place: null });
      }}
    >
      <header>
        <h2>{t.event} {event.index} <span class="mute">PCR {event.pcr}</span></h2>
        <button type="button" onClick={() => set({ place: null })}>{t.close}</button>
        <code class="type">{event.type}</code>
      </header>
      {because.map((finding) => (
        <div key={finding.code} class={`because ${finding.tier === 'failure' ? 'fail' : finding.tier === 'warning' ? 'warn' : 'info'}`}>
          <strong>{t.because}</strong>
          <p class="said"><Said text={finding.meaning} /></p>
          <code>{finding.code}</code>
        </div>
      ))}
      {event.summary && <section><h3>{t.content}</h3><p class="content">{event.summary}</p></section>}
      {event.sipa.length > 0 && <section><h3>{t.elements}</h3><Tree nodes={event.sipa} /></section>}
      <section>
        <h3>{t.digests}</h3>
        <dl class="digests">
          {Object.entries(event.digests).map(([bank, digest]) => (
            <div key={bank}><dt>{bank}</dt><dd><Digest value={digest} /></dd></div>
          ))}
        </dl>
        <p class="mute">{t.binding[event.binding] ?? event.binding}</p>
      </section>
      <Hex id={id} event={event} place={place} />
    </aside>
  );
}

const Tree = ({ nodes }: { nodes: SipaNode[] }): JSX.Element => (
  <ul class="tree">
    {nodes.map((node, index) => (
      <li key={index}>
        {node.children.length > 0 ? (
          <details open>
            <summary>{node.name}</summary>
            <Tree nodes={node.children} />
          </details>
        ) : (
          <><span>{node.name}</span> <code>{node.value}</code></>
        )}
      </li>
    ))}
  </ul>
);

function Hex({ id, event, place }: { id: string; event: LogEvent; place: Place }): JSX.Element {
  const t = useTexts().timeline;
  // A place inside the record is shown in its middle; else the data of the record.
  const inside = place.offset >= event.offset && place.size < event.size && place.offset < event.offset + event.size;
  const first = inside ? Math.max(event.offset, place.offset - (place.offset % 16) - 32) : event.offset;
  const [offset, setOffset] = useState(first);
  const [page, setPage] = useState<HexPage | null>(null);
  useEffect(() => setOffset(first), [event.index, first]);
  const end = event.offset + event.size;
  useEffect(() => {
    let current = true;
    void call('hex', id, offset, Math.min(HEX_PAGE, end - offset)).then((found) => {
      if (current) setPage(found);
    }, () => {});
    return () => {
      current = false;
    };
  }, [id, offset, end]);
  const marked = (at: number): boolean => inside && at >= place.offset && at < place.offset + place.size;
  const isData = (at: number): boolean => at >= event.dataOffset && at < event.dataOffset + event.dataSize;
  const lines: JSX.Element[] = [];
  for (let at = 0; page !== null && at < page.bytes.length; at += 16) {
    const line = page.bytes.subarray(at, at + 16);
    const base = page.offset + at;
    lines.push(
      <div class="hex-line" key={base}>
        <span class="hex-at">{base.toString(16).padStart(6, '0')}</span>
        <span class="hex-bytes">
          {[...line].map((byte, index) => (
            <span key={index} class={marked(base + index) ? 'mark' : isData(base + index) ? undefined : 'head'}>
              {byte.toString(16).padStart(2, '0')}
            </span>
          ))}
        </span>
        <span class="hex-text">{[...line].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')}</span>
      </div>,
    );
  }
  return (
    <section>
      <h3>{t.hex}</h3>
      <p class="mute">{t.record}: {t.at(event.offset, event.size)}<br />{t.data}: {t.at(event.dataOffset, event.dataSize)}</p>
      <div class="hex" tabIndex={0} role="group" aria-label={t.hex}>{lines}</div>
      {event.size > HEX_PAGE && (
        <div class="buttons">
          <button type="button" disabled={offset <= event.offset} onClick={() => setOffset(Math.max(event.offset, offset - HEX_PAGE))}>{t.less}</button>
          <button type="button" disabled={offset + HEX_PAGE >= end} onClick={() => setOffset(offset + HEX_PAGE)}>{t.more}</button>
        </div>
      )}
    </section>
  );
}
