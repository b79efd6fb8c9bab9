import type {
  AssessmentDoc,
  BaselineDoc,
  BundleDoc,
  ChangeDoc,
  CiPolicyDiffDoc,
  CiPolicyHashDoc,
  CiPolicyMatchDoc,
  CiPolicyShowDoc,
  ConversionDoc,
  DiffDoc,
  ExplanationDoc,
  How,
  InspectDoc,
  OneChangeDoc,
  ResultDoc,
} from './documents.js';

export type * from './documents.js';

/** A document, or its JSON text. */
export type Document<T> = T | string;
export type Lang = 'en' | 'ja';
export type Bank = 'sha1' | 'sha256' | 'sha384' | 'sha512';
export type Level = 'secure_boot' | 'boot_chain' | 'strict';
/** `appraise` asks for a verdict on evidence, `assess` for what a verdict would be. */
export type Question = 'appraise' | 'assess';
export type Operation =
  | 'appraise'
  | 'assess'
  | 'inspect'
  | 'explain'
  | 'diff'
  | 'derive_baseline';

/** What starts the engine: its WebAssembly, or where it is. */
export type Source = URL | string | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Starts the engine. In a page or a worker the WebAssembly is fetched from beside the module,
 * unless `source` says otherwise; in node it is there already, and this does nothing.
 */
export function init(source?: Source | Promise<Response>): Promise<void>;
/** Starts the engine with bytes or a compiled module that the caller has. */
export function initSync(source: BufferSource | WebAssembly.Module): void;
/** Version of the package. */
export function version(): string;

/** The verdict on the evidence of a bundle. Only this can say `Passed`. */
export function appraise(bundle: Document<BundleDoc>): ResultDoc;
/** What the verdict would be, with the files at hand. */
export function assess(bundle: Document<BundleDoc>): AssessmentDoc;
/** The same as text: byte for byte what every other caller of the engine gets. */
export function appraiseJson(bundle: Document<BundleDoc>): string;
export function assessJson(bundle: Document<BundleDoc>): string;
/** Any operation, text in and text out. */
export function callJson(operation: Operation, document: unknown): string;

/** What a file holds, by its content. Never throws for what is in the file. */
export function inspect(file: string, bytes: Uint8Array): InspectDoc;
export function inspectJson(file: string, bytes: Uint8Array): string;
/** What was measured in one log and not in the other. */
export function diff(before: Uint8Array, after: Uint8Array, bank?: Bank): DiffDoc;

/** A result, an assessment or a bundle in words. */
export function explain(
  document: Document<ResultDoc | AssessmentDoc | BundleDoc>,
  lang?: Lang,
): ExplanationDoc;
/** A finding code in words. */
export function explainCode(code: string, lang?: Lang): ExplanationDoc;
export function findingCodes(): string[];

/** The smallest change of the rules that would accept the host; null when it is accepted. */
export function smallestChange(bundle: Document<BundleDoc>, question?: Question): ChangeDoc | null;
/** A copy of the bundle with such changes made. */
export function withChanges(bundle: Document<BundleDoc>, changes: OneChangeDoc[]): BundleDoc;

/** Reference values of good boots. `pcrs`: registers of level `strict`. */
export function deriveBaseline(
  name: string,
  logs: Uint8Array[],
  options?: { level?: Level; bank?: Bank; pcrs?: number[] },
): BaselineDoc;

/** SHA-256 of an EK's SubjectPublicKeyInfo, from its public key or certificate. */
export function ekSha256(bytes: Uint8Array): string | null;
/** TPM name of an AK, from its `TPM2B_PUBLIC`. */
export function akName(bytes: Uint8Array): string | null;
/** SHA-256 of the EK that the evidence of a bundle holds. */
export function ekOfBundle(bundle: Document<BundleDoc>): string | null;

/** A file that was made of another, and what there is to know about it. */
export interface Converted {
  document: ConversionDoc;
  bytes: Uint8Array;
}

/** Code integrity policies. */
export const ciPolicy: {
  show(file: string, bytes: Uint8Array): CiPolicyShowDoc;
  hash(bytes: Uint8Array): CiPolicyHashDoc;
  diff(before: Uint8Array, after: Uint8Array): CiPolicyDiffDoc;
  /** XML to binary, or back; the content decides. */
  convert(bytes: Uint8Array, how?: How): Converted;
  /** The policy out of its signature. */
  unwrap(bytes: Uint8Array): Converted;
  /** Which file is the policy that a host measured. */
  match(files: Array<{ file: string; bytes: Uint8Array }>, log: Uint8Array): CiPolicyMatchDoc;
};

export function toBase64(bytes: Uint8Array): string;
export function fromBase64(text: string): Uint8Array;

/** Why a call was refused; never about the evidence of a host. */
export class PortcullisError extends Error {
  /**
   * `json`, `field`, `too_large`, `unknown_operation` or `policy`: the caller's to mend.
   * `bug`: ours; start the engine again.
   */
  readonly kind: string;
}
