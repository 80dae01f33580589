import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
  type Node as YamlNode,
} from 'yaml';
import type { AliasNode, Anchor, MapNode, Pair, ScalarNode, SeqNode, Span, TreeNode } from './node.ts';
import { nodesOf } from './node.ts';
import { quickTree } from './quick.ts';
import { type SyntaxFault, syntaxFaults } from './syntax.ts';

/** A piece of a manifest, parsed by itself: a top-level field, or one entry of `devices` or `namespaces`. */
export interface ParsedItem {
  readonly text: string;
  /** Usually a map of one pair. */
  readonly root: MapNode;
  readonly faults: SyntaxFault[];
  /** Anchors defined here, in the order of the text. */
  readonly anchors: { anchor: Anchor; node: TreeNode }[];
  readonly aliases: AliasNode[];
}

/** Parses one item. Never throws: what can't be read is a fault. */
export function parseItem(source: string): ParsedItem {
  // A slice keeps the whole text of its version alive; a copy does not.
  const text = JSON.parse(JSON.stringify(source)) as string;
  const quick = quickTree(text);
  if (quick !== undefined) return { text, root: quick, faults: [], anchors: [], aliases: [] };
  return parseWithYaml(text);
}

/** The same by the YAML parser, whatever the text. */
export function parseWithYaml(text: string): ParsedItem {
  const document = parseDocument(text.replace(/\r(?!\n)/g, '\n'), {
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  });
  const faults = syntaxFaults(text, document.errors);
  const convert = new Converter(text, faults);
  const root = convert.root(document.contents as YamlNode | null);
  const anchors: ParsedItem['anchors'] = [];
  const aliases: AliasNode[] = [];
  for (const node of nodesOf(root)) {
    if (node.kind === 'alias') aliases.push(node);
    else if (node.anchor !== undefined) anchors.push({ anchor: node.anchor, node });
  }
  anchors.sort((a, b) => a.anchor.start - b.anchor.start);
  return { text, root, faults, anchors, aliases };
}

class Converter {
  readonly #text: string;
  readonly #faults: SyntaxFault[];

  constructor(text: string, faults: SyntaxFault[]) {
    this.#text = text;
    this.#faults = faults;
  }

  root(node: YamlNode | null): MapNode {
    if (isMap(node)) return this.#map(node);
    if (node === null || (isScalar(node) && node.value === null && span(node).end === span(node).start)) {
      return { kind: 'map', start: 0, end: 0, flow: false, pairs: [] };
    }
    const value = this.#node(node);
    if (value.kind === 'scalar' && value.plain) {
      this.#faults.push({ ...value, code: 'syntax', message: 'A name needs a colon after it', fix: 'colon' });
      return { kind: 'map', ...only(value), flow: false, pairs: [{ key: value, ...only(value) }] };
    }
    this.#faults.push({ ...only(value), code: 'syntax', message: 'Expected a name and a colon here' });
    return { kind: 'map', ...only(value), flow: false, pairs: [] };
  }

  #node(node: YamlNode): TreeNode {
    if (isAlias(node)) return { kind: 'alias', ...span(node), name: (node as Alias).source };
    if (isMap(node)) return this.#map(node);
    if (isSeq(node)) return this.#seq(node);
    return this.#scalar(node);
  }

  #map(node: YAMLMap): MapNode {
    const pairs: Pair[] = [];
    for (const pair of node.items) {
      const key = pair.key as YamlNode | null;
      if (!isScalar(key)) {
        if (key !== null) this.#faults.push({ ...span(key), code: 'syntax', message: 'A key must be plain text' });
        continue;
      }
      const scalar = this.#key(key);
      if (scalar.start === scalar.end) {
        this.#faults.push({ ...only(scalar), code: 'syntax', message: 'A name is missing before this colon' });
        continue;
      }
      const value = pair.value as YamlNode | null;
      const there = value !== null && !isEmpty(value) ? this.#node(value) : undefined;
      const end = Math.max(scalar.end, there?.end ?? 0, value === null ? 0 : span(value).start);
      pairs.push({ key: scalar, start: scalar.start, end, ...(there !== undefined && { value: there }) });
    }
    return { kind: 'map', ...span(node), flow: node.flow === true, pairs, ...this.#anchor(node) };
  }

  #seq(node: YAMLSeq): SeqNode {
    const items = node.items.map((item) =>
      item === null
        ? ({ kind: 'scalar', ...span(node), value: null, plain: true } as const)
        : this.#node(item as YamlNode),
    );
    return { kind: 'seq', ...span(node), flow: node.flow === true, items, ...this.#anchor(node) };
  }

  #key(node: YamlNode): ScalarNode {
    const scalar = this.#scalar(node);
    // `1e3` or `true` as a key is a name, not a number.
    return { ...scalar, value: scalar.plain ? this.#text.slice(scalar.start, scalar.end) : String(scalar.value) };
  }

  #scalar(node: YamlNode): ScalarNode {
    const value = isScalar(node) ? node.value : null;
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const plain = isScalar(node) && (node.type === 'PLAIN' || node.type === undefined);
    return { kind: 'scalar', ...span(node), value: known ? value : null, plain, ...this.#anchor(node) };
  }

  #anchor(node: { anchor?: string | undefined; range?: readonly number[] | null | undefined }): { anchor?: Anchor } {
    if (node.anchor === undefined) return {};
    const start = this.#text.lastIndexOf(`&${node.anchor}`, node.range?.[0] ?? 0);
    return start < 0 ? {} : { anchor: { name: node.anchor, start, end: start + node.anchor.length + 1 } };
  }
}

const only = ({ start, end }: Span): Span => ({ start, end });

function span(node: { range?: readonly number[] | null | undefined }): Span {
  const [start = 0, end = 0] = node.range ?? [];
  return { start, end };
}

function isEmpty(node: YamlNode): boolean {
  const { start, end } = span(node);
  return isScalar(node) && node.value === null && start === end && node.anchor === undefined;
}
