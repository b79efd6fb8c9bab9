// Files of a drop or a file dialogue, folders included.
import type { InputFile } from './model';

/** A file beyond this is no evidence of a host: the engine reads requests of 16 MiB. */
const FILE_SIZE_BYTES_MAX = 64 << 20;
/** Files of one drop. */
const FILES_MAX = 4096;
/** Folders in folders. */
const DEPTH_MAX = 8;

export interface Read {
  files: InputFile[];
  tooLarge: string[];
}

async function read(list: Array<{ path: string; file: File }>): Promise<Read> {
  const tooLarge = list.filter(({ file }) => file.size > FILE_SIZE_BYTES_MAX);
  const files = await Promise.all(
    list
      .filter(({ file }) => file.size <= FILE_SIZE_BYTES_MAX)
      .map(async ({ path, file }) => ({ path, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
  return { files, tooLarge: tooLarge.map(({ path }) => path) };
}

export const fromInput = (input: HTMLInputElement): Promise<Read> =>
  read(
    [...(input.files ?? [])]
      .slice(0, FILES_MAX)
      .map((file) => ({ path: file.webkitRelativePath || file.name, file })),
  );

export async function fromDrop(transfer: DataTransfer): Promise<Read> {
  // Entries must be taken before the first await: the transfer is emptied then.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const list: Array<{ path: string; file: File }> = [];
  for (const entry of entries) await walk(entry, '', 0, list);
  if (list.length === 0) {
    return read([...transfer.files].map((file) => ({ path: file.name, file })));
  }
  return read(list);
}

async function walk(
  entry: FileSystemEntry,
  parent: string,
  depth: number,
  list: Array<{ path: string; file: File }>,
): Promise<void> {
  if (list.length >= FILES_MAX || depth > DEPTH_MAX) return;
  const path = parent + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    list.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands out a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const child of some) await walk(child, `${path}/`, depth + 1, list);
  }
}

export function save(name: string, text: string, type = 'application/json'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
