// From files to a bundle. What a file is, its content says; where content says too little (the
// halves of a quote, a nonce), the names that tpm2-tools users and our own captures give them do.
import type { BaselineDoc, BundleDoc, EvidenceDoc, PolicySetDoc, QuoteDoc } from 'portcullis';
import type { FileNote, InputFile } from '../model';
import { engine } from './engine';

/** Files that are looked at. A fleet of hosts is opened as bundles. */
const FILES_MAX = 2000;

export interface Named<T> {
  name: string;
  value: T;
}

export interface Assembled {
  bundles: Array<Named<BundleDoc>>;
  /** The bundle that all loose files make together, when they hold evidence. */
  loose: BundleDoc | null;
  logs: Array<Named<Uint8Array>>;
  baselines: Array<Named<BaselineDoc>>;
  ciPolicies: Array<Named<Uint8Array>>;
  files: FileNote[];
}

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const stem = (path: string): string => path.replace(/\.[^./]+$/, '');
const b64 = (bytes: Uint8Array): string => engine.toBase64(bytes);

interface Json {
  schema?: unknown;
  profile?: unknown;
  required_pcrs?: unknown;
}

function json(bytes: Uint8Array): Json | null {
  if (bytes[0] !== 0x7b && bytes[0] !== 0xef) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return null;
  }
}

/** Everything that was found, before it is put together. */
class Pile {
  readonly out: Assembled = {
    bundles: [],
    loose: null,
    logs: [],
    baselines: [],
    ciPolicies: [],
    files: [],
  };
  readonly evidence: EvidenceDoc = {};
  readonly byName = new Map<string, Uint8Array>();
  readonly quotes: Array<Named<Uint8Array>> = [];
  readonly eks: Array<Named<Uint8Array>> = [];
  readonly aks: Array<Named<Uint8Array>> = [];
  /** Certificates of authorities; those that issued themselves can be trusted. */
  readonly authorities: Array<{ bytes: Uint8Array; root: boolean }> = [];
  policySet: PolicySetDoc | null = null;
  private brokenLog: Uint8Array | undefined;

  /** Halves of a quote have no form of their own: they go where their first half goes. */
  private isHalf(path: string): boolean {
    return /\.(sig|pcrs)$/.test(path) && this.sibling(path, 'attest') !== undefined;
  }

  add(file: InputFile): void {
    const note: FileNote = { path: file.path, kind: 'unknown', size: file.bytes.length, notes: [] };
    this.out.files.push(note);
    if (this.document(file, note)) return;
    if (this.isHalf(file.path)) {
      note.kind = 'quote';
      return;
    }
    const found = engine.inspect(base(file.path), file.bytes);
    note.kind = found.kind;
    note.notes = found.findings.map((finding) => `${finding.code}: ${finding.text}`);
    switch (found.kind) {
      case 'event_log':
        this.log(file, found.findings.some(({ code }) => code === 'LOG-UNREADABLE'), note);
        break;
      case 'ci_policy':
        this.out.ciPolicies.push({ name: base(file.path), value: file.bytes });
        note.role = 'ci_policy';
        break;
      case 'platform_identifier':
        this.evidence.platform_identifier = b64(file.bytes);
        note.role = 'identifier';
        break;
      case 'ek_certificate':
        // Without a digest it could not be read.
        if (found.sha256 !== '') {
          this.certificate(file, found.for_ek, found.subject === found.issuer, note);
        }
        break;
      case 'public_key': {
        const keys = /(^|[^a-z])ak/i.test(base(file.path)) ? this.aks : this.eks;
        const key = { name: file.path, value: file.bytes };
        // The TPM's own form says more than a PEM of the same key.
        if (found.tpm_name) keys.unshift(key);
        else keys.push(key);
        note.role = 'key';
        break;
      }
      case 'quote':
        if (found.attest_type === 'quote') {
          this.quotes.push({ name: file.path, value: file.bytes });
        }
        break;
    }
  }

  /** Documents of our own. */
  private document(file: InputFile, note: FileNote): boolean {
    const document = json(file.bytes);
    if (document === null) return false;
    if (document.schema === 'portcullis.bundle/1') {
      this.out.bundles.push({ name: file.path, value: document as BundleDoc });
      note.kind = note.role = 'bundle';
    } else if (document.schema === 'portcullis.baseline/1') {
      this.out.baselines.push({ name: base(file.path), value: document as BaselineDoc });
      note.kind = note.role = 'baseline';
    } else if (typeof document.profile === 'string' && Array.isArray(document.required_pcrs)) {
      this.policySet = document as PolicySetDoc;
      note.kind = note.role = 'policy_set';
    } else {
      return false;
    }
    return true;
  }

  /** The first log that can be read; one that cannot, when there is no other. */
  private log(file: InputFile, broken: boolean, note: FileNote): void {
    note.role = 'event_log';
    if (broken) {
      this.brokenLog ??= file.bytes;
      return;
    }
    const log = { name: file.path, value: file.bytes };
    if (base(file.path) === 'eventlog.bin') this.out.logs.unshift(log);
    else this.out.logs.push(log);
  }

  private certificate(file: InputFile, forEk: boolean, root: boolean, note: FileNote): void {
    if (/^nv-01c001/.test(base(file.path))) {
      (this.evidence.ek_intermediates ??= []).push(b64(file.bytes));
      note.role = 'chain';
    } else if (forEk) {
      this.evidence.ek_certificate ??= b64(file.bytes);
      note.role = 'ek_certificate';
    } else {
      this.authorities.push({ bytes: file.bytes, root });
      note.role = root ? 'trust' : 'chain';
    }
  }

  mark(path: string, role: string): void {
    const note = this.out.files.find((file) => file.path === path);
    if (note) note.role = role;
  }

  private sibling(path: string, extension: string): Uint8Array | undefined {
    return this.byName.get(`${stem(path)}.${extension}`);
  }

  private named(name: string): Named<Uint8Array> | undefined {
    for (const [path, bytes] of this.byName) {
      if (base(path) === name) return { name: path, value: bytes };
    }
    return undefined;
  }

  /** Quotes with their signatures; those of the first family of keys are the host's own. */
  private addQuotes(): string {
    const family = (path: string): string => /quote-([a-z0-9]+)/.exec(base(path))?.[1] ?? '';
    const chosen = ['rsa', 'ecc', 'rsapss', 'ecc384', ''].find((name) =>
      this.quotes.some((quote) => family(quote.name) === name),
    );
    const ofFamily = this.quotes.filter((quote) => family(quote.name) === chosen);
    // Recorders name the quotes that answer the challenge; others may be of another moment.
    const answers = ofFamily.filter(({ name }) => /-(sel|all|multibank)\./.test(base(name)));
    const quotes: QuoteDoc[] = [];
    for (const quote of answers.length > 0 ? answers : ofFamily) {
      const signature = this.sibling(quote.name, 'sig');
      if (signature === undefined) continue;
      const values = this.sibling(quote.name, 'pcrs');
      quotes.push({
        attest: b64(quote.value),
        signature: b64(signature),
        ...(values === undefined ? {} : { pcr_values: b64(values) }),
      });
      for (const extension of ['attest', 'sig', 'pcrs']) {
        this.mark(`${stem(quote.name)}.${extension}`, 'quote');
      }
    }
    // More than this no evidence may hold.
    if (quotes.length > 0) this.evidence.quotes = quotes.slice(0, 8);
    return chosen ?? '';
  }

  private addKeys(family: string): void {
    const fits = (key: Named<Uint8Array>): boolean =>
      family === '' || base(key.name).includes(`-${family}.`);
    const ek = this.eks.find(fits) ?? this.eks[0];
    const ak = this.aks.find(fits) ?? this.aks[0];
    if (ek !== undefined) this.evidence.ek_public = b64(ek.value);
    if (ak !== undefined) this.evidence.ak_public = b64(ak.value);
  }

  private addRegisters(): void {
    for (const bank of ['sha1', 'sha256', 'sha384', 'sha512']) {
      const file = this.named(`pcrs-${bank}.bin`);
      if (file === undefined) continue;
      (this.evidence.recorded_pcrs ??= []).push({ bank, values: b64(file.value) });
      this.mark(file.name, 'registers');
    }
  }

  /** A recorded activation: the recorder vouches that it was made for this EK and AK. */
  private activation(bundle: BundleDoc): void {
    const { ek_public, ak_public } = bundle.request.evidence;
    if (!ek_public || !ak_public) return;
    const ek = engine.ekSha256(engine.fromBase64(ek_public));
    const ak = engine.akName(engine.fromBase64(ak_public));
    if (ek === null || ak === null) return;
    for (const [path, secret] of this.byName) {
      const activated = this.sibling(path, 'activated');
      if (!path.endsWith('.secret') || activated === undefined) continue;
      bundle.request.evidence.activated_secret = b64(activated);
      bundle.request.credential = { ek_sha256: ek, ak_name: ak, secret: b64(secret) };
      this.mark(path, 'activation');
      this.mark(`${stem(path)}.activated`, 'activation');
      return;
    }
  }

  finish(now: number): Assembled {
    const family = this.addQuotes();
    this.addKeys(family);
    this.addRegisters();
    const log = this.out.logs[0]?.value ?? this.brokenLog;
    if (log !== undefined) this.evidence.event_log = b64(log);
    if (Object.keys(this.evidence).length === 0) return this.out;
    const nonce = this.named('nonce.bin');
    if (nonce !== undefined) this.mark(nonce.name, 'nonce');
    const bundle: BundleDoc = {
      schema: 'portcullis.bundle/1',
      policy_set: this.policySet ?? this.rules(),
      request: {
        now: String(now),
        ...(nonce === undefined ? {} : { nonce: b64(nonce.value) }),
        evidence: this.evidence,
      },
    };
    this.activation(bundle);
    register(bundle);
    this.out.loose = bundle;
    return this.out;
  }

  /** Rules of the files alone: the baselines and policies at hand, v2 with roots, else v1. */
  private rules(): PolicySetDoc {
    const trusted = this.authorities.some(({ root }) => root);
    const versions = trusted ? ['v2', 'v1'] : ['v1'];
    const inAll = <T>(make: (version: string) => T): T[] => versions.map(make);
    return {
      profile: 'hyper-v',
      policies: {},
      bank: 'sha256',
      required_pcrs: [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14],
      versions,
      // Issuers alone lead to no root, and the engine refuses them.
      trust: trusted ? this.authorities.map(({ bytes }) => b64(bytes)) : [],
      baselines: this.out.baselines.flatMap(({ value }) =>
        inAll((policy_version) => ({ policy_version, baseline: value })),
      ),
      ci_policies: this.out.ciPolicies.flatMap(({ name, value }) => {
        const digest = digestOf(value);
        if (digest === null) return [];
        return inAll((policy_version) => ({
          policy_version,
          name: stem(name),
          policy_sha256: digest,
        }));
      }),
      dump_keys: [],
    };
  }
}

/** The digest that a host measures: of the binary that an XML is converted to; null for no policy. */
export function digestOf(policy: Uint8Array): string | null {
  try {
    return engine.ciPolicy.hash(policy).policy_sha256;
  } catch {
    // An XML has no digest of its own.
  }
  try {
    return engine.ciPolicy.convert(policy).document.policy_sha256;
  } catch {
    return null;
  }
}

/** Registers the host of a bundle in every version that its rules accept. */
export function register(bundle: BundleDoc): void {
  const ek = engine.ekOfBundle(bundle);
  if (ek === null) return;
  bundle.host = {
    name: hostName(bundle) ?? 'host',
    registrations: bundle.policy_set.versions.map((policy_version) => ({
      ek_sha256: ek,
      policy_version,
    })),
  };
}

function hostName(bundle: BundleDoc): string | null {
  const file = bundle.request.evidence.platform_identifier;
  if (!file) return null;
  const found = engine.inspect('identifier.xml', engine.fromBase64(file));
  return found.kind === 'platform_identifier' ? (found.name ?? null) : null;
}

export function assemble(files: InputFile[], now: number): Assembled {
  const pile = new Pile();
  const some = files.slice(0, FILES_MAX);
  for (const file of some) pile.byName.set(file.path, file.bytes);
  for (const file of some) pile.add(file);
  return pile.finish(now);
}
