import { CompletionItemKind } from 'vscode-languageserver';
import type { JsonSchema } from '../../../schemas/json-schema.ts';
import { branches, fieldsOf, follow } from '../../../schemas/shape.ts';
import type { Choice, Place } from './choice.ts';

/** The names that a block may have and has not. */
export function fieldsFor({ cursor, shape, view, facts }: Place): Choice[] {
  const fields = [...fieldsOf(shape)].filter(([name]) => !cursor.taken.has(name) && !excluded(name, cursor.taken));
  const names = fields.map(([name, field]): Choice => {
    const required = branches(shape).some((branch) => branch.required?.includes(name));
    return {
      label: name,
      kind: CompletionItemKind.Property,
      ...(required && { detail: 'needed' }),
      ...(cursor.hasColon ? {} : { plain: `${name}: `, snippet: fieldSnippet(name, follow(field), cursor.flow) }),
    };
  });
  const records = recordNames(cursor.path, view.deviceNames, facts).filter(({ label }) => !cursor.taken.has(label));
  return [...names, ...(cursor.hasColon ? records.map(({ snippet: _, plain: __, ...name }) => name) : records)];
}

/** Fields of which a block has one or the other. */
function excluded(name: string, taken: ReadonlySet<string>): boolean {
  const has = (...names: string[]) => names.some((one) => taken.has(one));
  if (name === 'nodes') return has('url');
  if (name === 'url') return has('nodes');
  if (name === 'primaries') return has('primary', 'replicas');
  if (name === 'primary' || name === 'replicas') return has('primaries');
  if (name === 'env' || name === 'file' || name === 'command') return has('env', 'file', 'command');
  if (name === 'pins' || name === 'ca') return has('pins', 'ca');
  return false;
}

/** Names of your own choice: writing sites are devices; namespaces are what the devices have. */
function recordNames(path: PropertyKey[], devices: ReadonlySet<string>, facts: Place['facts']): Choice[] {
  if (path.length === 1 && path[0] === 'namespaces') {
    const known = new Set([...devices].flatMap((device) => facts?.device(device)?.namespaces ?? []));
    return [...known].map((name) => ({
      label: name,
      kind: CompletionItemKind.Class,
      detail: 'a namespace on the devices',
      plain: `${name}:`,
      snippet: `${name}:\n  primary: $1\n  replicas: [$2]`,
    }));
  }
  if (path.at(-1) !== 'primaries') return [];
  return [...devices].map((name) => ({
    label: name,
    kind: CompletionItemKind.Variable,
    detail: 'device',
    plain: `${name}: `,
    snippet: `${name}: { owns: ["\${1:${name}-*}"] }`,
  }));
}

/** A field with its colon, and its needed fields below it. */
function fieldSnippet(name: string, field: JsonSchema, flow: boolean): string {
  if (field.enum !== undefined) return `${name}: \${1|${field.enum.join(',')}|}`;
  if (field.const !== undefined) return `${name}: ${String(field.const)}`;
  const [first, ...others] = branches(field);
  if (first?.type === 'array') {
    return first.items !== undefined && follow(first.items).type === 'object' && !flow
      ? `${name}:\n  - $1`
      : `${name}: [$1]`;
  }
  if (first?.type !== 'object') return `${name}: $1`;
  if (others.length > 0) return flow ? `${name}: { $1 }` : `${name}:\n  $1`;
  const needed = first.required ?? [];
  if (needed.length === 0) return flow ? `${name}: { $1 }` : `${name}:\n  $1`;
  const inside = needed.map((inner, index) => `${inner}: $${index + 1}`).join(', ');
  return name === 'administrator' || name === 'backup' || name === 'metrics' || flow
    ? `${name}: { ${inside} }`
    : `${name}:\n  ${needed.map((inner, index) => `${inner}: $${index + 1}`).join('\n  ')}`;
}
