// Event logs for the timeline. The records stay here: the page asks for the rows that it shows,
// so that a log of any length costs it nothing.
import type { EventLogDoc, InspectEventDoc, SipaDoc } from 'portcullis';
import type { HexPage, LogEvent, LogFilter, LogRow, LogSummary, SipaNode } from '../model';
import { engine } from './engine';

/** Bytes of one page of the hex view. */
const HEX_SIZE_BYTES_MAX = 4096;

export class OpenLog {
  private shown: number[];
  private readonly doc: EventLogDoc;
  private readonly notes: LogSummary['notes'];
  private texts: string[] | undefined;

  constructor(private readonly bytes: Uint8Array) {
    const found = engine.inspect('event log', bytes);
    this.doc =
      found.kind === 'event_log'
        ? found
        : { format: 'unknown', banks: [], secure_boot: 'unknown', replay: {}, events: [] };
    this.notes = found.findings.map(({ code, text, offset }) => ({
      code,
      text,
      ...(offset === undefined || offset === null ? {} : { offset }),
    }));
    this.shown = this.doc.events.map((event) => event.index);
  }

  summary(): LogSummary {
    const pcrs = new Set(this.doc.events.map((event) => event.pcr));
    return {
      format: this.doc.format,
      banks: this.doc.banks,
      secureBoot: this.doc.secure_boot,
      pcrs: [...pcrs].filter((pcr) => pcr < 24).sort((a, b) => a - b),
      total: this.doc.events.length,
      size: this.bytes.length,
      notes: this.notes,
      replay: this.doc.replay,
    };
  }

  /** Chooses the rows to show; how many there are. */
  filter({ text, pcrs, only }: LogFilter): number {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = pcrs === null ? null : new Set(pcrs);
    const chosen = only === null ? null : new Set(only);
    // Digests are searched, too, so that one can be pasted.
    this.texts ??= this.doc.events.map((event) =>
      `${event.index} ${event.type_name} ${event.summary} ${Object.values(event.digests).join(' ')}`.toLowerCase(),
    );
    const texts = this.texts;
    this.shown = this.doc.events
      .map((event) => event.index)
      .filter((index) => {
        const event = this.doc.events[index];
        return (
          event !== undefined &&
          (wanted === null || wanted.has(event.pcr)) &&
          (chosen === null || chosen.has(index)) &&
          words.every((word) => texts[index]?.includes(word))
        );
      });
    return this.shown.length;
  }

  rows(from: number, to: number): LogRow[] {
    return this.shown.slice(from, to).flatMap((index) => {
      const event = this.doc.events[index];
      return event === undefined ? [] : [row(event)];
    });
  }

  /** Place of a record among the rows; -1 when the filter hides it. */
  position(index: number): number {
    return this.shown.indexOf(index);
  }

  event(index: number): LogEvent {
    const event = this.doc.events[index];
    if (event === undefined) throw new Error(`the log has no record ${index}`);
    return {
      ...row(event),
      digests: event.digests,
      dataOffset: event.data_offset,
      dataSize: event.data_size,
      sipa: (event.sipa ?? []).map(node),
    };
  }

  hex(offset: number, size: number): HexPage {
    const end = Math.min(offset + Math.min(size, HEX_SIZE_BYTES_MAX), this.bytes.length);
    return { offset, bytes: this.bytes.slice(offset, end), total: this.bytes.length };
  }
}

const row = (event: InspectEventDoc): LogRow => ({
  index: event.index,
  pcr: event.pcr,
  type: event.type_name,
  summary: event.summary,
  binding: event.binding,
  offset: event.offset,
  size: event.size,
});

const node = (element: SipaDoc): SipaNode => ({
  name: element.type_name,
  // The summary begins with the name, which the tree shows beside it.
  value: element.undecodable ?? element.summary.replace(`${element.type_name} = `, ''),
  children: (element.children ?? []).map(node),
});
