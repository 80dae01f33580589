import type { ZodType } from 'zod';
import type { LocalFinding } from './finding.ts';
import type { JsonSchema } from './json-schema.ts';
import { locate } from './locate.ts';
import { branches, fieldsOf, shapeAt } from './shape.ts';
import { didYouMean, nearest } from './suggest.ts';
import type { Span, TreeNode } from './tree/node.ts';

type Issue = NonNullable<ReturnType<ZodType['safeParse']>['error']>['issues'][number];

/** What is checked: a part of the manifest, with its path from the top. */
export interface Subject {
  path: PropertyKey[];
  key: Span;
  value: TreeNode | undefined;
  data: unknown;
}

/** Checks data with a schema; what zod finds is told with its place, in words for people. */
export function checkSchema(schema: ZodType, subject: Subject): LocalFinding[] {
  const result = schema.safeParse(subject.data);
  return result.success ? [] : result.error.issues.flatMap((issue) => findingsOf(issue, subject, []));
}

function findingsOf(issue: Issue, subject: Subject, base: PropertyKey[]): LocalFinding[] {
  const path = [...base, ...issue.path];
  const at = locate(subject, path);
  const shape = shapeAt([...subject.path, ...path]);
  const found = dataAt(subject.data, path);
  const title = titleOf(path, subject);
  const value = (code: LocalFinding['code'], message: string, data?: LocalFinding['data']): LocalFinding[] => [
    { code, ...span(at.value), message, data: { path, ...data } },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      // zod says so of a choice too, when one branch would fit but for another one's field.
      if (shape?.anyOf !== undefined && issue.keys.some((name) => fieldsOf(shape).has(name))) {
        return value('wrong-value', `${title} takes exactly one of ${listOf([...fieldsOf(shape).keys()])}`);
      }
      return issue.keys.map((name) => unknownField(name, subject, path, shape));
    case 'invalid_type':
      if (found === undefined && path.length > 0) return missingField(subject, path);
      if (isSecret(shape) && found !== null) return plainSecret(value);
      if (found === null) return value('wrong-type', `${title} is empty; expected ${kinds(shape)}`);
      if (Number.isNaN(found) || issue.expected === 'int')
        return value('wrong-type', `${title} must be a whole number`);
      return value(
        'wrong-type',
        `${title} must be ${kinds(shape)}, not ${kindOf(found)}`,
        requoted(found, shape, at.node),
      );
    case 'invalid_value': {
      if (found === undefined && path.length > 0) return missingField(subject, path);
      const names = issue.values.map(String);
      const near = typeof found === 'string' ? nearest(found, names) : undefined;
      const isEmpty = found === null ? ' is empty; it' : '';
      const allowed = listOf(issue.values.map((one) => JSON.stringify(one)));
      const said = `${title}${isEmpty} must be ${allowed}${didYouMean(near)}`;
      return value('wrong-value', said, near === undefined ? {} : { replacement: near });
    }
    case 'invalid_format': {
      const isId = issue.message.includes('not starting with');
      return isId ? value('refused-id', refusedId(String(found))) : value('wrong-value', `${title}: ${issue.message}`);
    }
    case 'invalid_key':
      return [{ code: 'refused-id', ...span(at.key), message: refusedId(String(path.at(-1))), data: { path } }];
    case 'too_small':
      if (issue.origin === 'string') return value('wrong-value', `${title} is empty`);
      if (issue.origin === 'array')
        return value(
          'wrong-value',
          `${title} needs at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`,
        );
      return value('wrong-value', `${title} must be at least ${issue.minimum}`);
    case 'too_big':
      return value('wrong-value', `${title} must be at most ${issue.maximum}`);
    case 'invalid_union':
      return unionFindings(issue.errors, subject, path, found, shape, value);
    default:
      return value('wrong-value', `${title}: ${issue.message}`);
  }
}

type Build = (code: LocalFinding['code'], message: string, data?: LocalFinding['data']) => LocalFinding[];

function unionFindings(
  errors: Issue[][],
  subject: Subject,
  path: PropertyKey[],
  found: unknown,
  shape: JsonSchema | undefined,
  value: Build,
): LocalFinding[] {
  if (isSecret(shape) && found !== null && typeof found !== 'object') return plainSecret(value);
  // The branches that at least have the right kind of value.
  const fitting = errors.filter(
    (issues) => !issues.some((one) => one.path.length === 0 && one.code === 'invalid_type'),
  );
  const title = titleOf(path, subject);
  if (fitting.length === 0) {
    if (found === null) return value('wrong-type', `${title} is empty; expected ${kinds(shape)}`);
    return value('wrong-type', `${title} must be ${kinds(shape)}, not ${kindOf(found)}`);
  }
  if (fitting.length === 1) return (fitting[0] as Issue[]).flatMap((one) => findingsOf(one, subject, path));
  // Objects that differ in their field: the fields that are there say which one was meant.
  const names = [...fieldsOf(shape ?? {}).keys()];
  const given = Object.keys(found as object);
  const known = given.filter((name) => names.includes(name));
  const strange = given.filter((name) => !names.includes(name)).map((name) => unknownField(name, subject, path, shape));
  if (known.length > 1) return value('wrong-value', `${title} takes exactly one of ${listOf(names)}`);
  if (known.length === 0)
    return strange.length > 0 ? strange : value('missing-field', `${title} needs one of ${listOf(names)}`);
  const meant = fitting.find(
    (issues) => !issues.some((one) => one.code === 'unrecognized_keys' && one.keys.includes(known[0] as string)),
  );
  const inside = (meant ?? []).filter((one) => one.code !== 'unrecognized_keys');
  return [...strange, ...inside.flatMap((one) => findingsOf(one, subject, path))];
}

function unknownField(
  name: string,
  subject: Subject,
  path: PropertyKey[],
  shape: JsonSchema | undefined,
): LocalFinding {
  const at = locate(subject, [...path, name]);
  const used = dataAt(subject.data, path);
  const left = [...fieldsOf(shape ?? {}).keys()].filter((field) => dataAt(used, [field]) === undefined);
  const near = nearest(name, left);
  if (
    /pass(word|phrase)?|secret|^pin$|token/i.test(name) &&
    typeof dataAt(used, [name]) === 'string' &&
    near !== 'pins'
  ) {
    return { code: 'plain-secret', ...span(at.value), message: SECRET, data: { path: [...path, name] } };
  }
  const message = `${titleOf(path, subject)} has no field "${name}"${didYouMean(near)}`;
  return {
    code: 'unknown-field',
    ...span(at.key),
    message,
    data: { path: [...path, name], ...(near && { replacement: near }) },
  };
}

function missingField(subject: Subject, path: PropertyKey[]): LocalFinding[] {
  const name = String(path.at(-1));
  const at = locate(subject, path.slice(0, -1));
  const message = `${titleOf(path.slice(0, -1), subject)} needs the field "${name}"`;
  return [{ code: 'missing-field', ...span(at.key), message, data: { path: path.slice(0, -1), missing: [name] } }];
}

const SECRET = 'A secret must not stand in a manifest: name its source (env, file or command)';
const plainSecret = (value: Build) => value('plain-secret', SECRET);

const isSecret = (shape: JsonSchema | undefined): boolean => shape !== undefined && fieldsOf(shape).has('env');

/** A number or true/false where text is wanted: the same in quotes. */
function requoted(found: unknown, shape: JsonSchema | undefined, node: TreeNode | undefined): LocalFinding['data'] {
  const wantsText = shape !== undefined && branches(shape).some((branch) => branch.type === 'string');
  return wantsText && node?.kind === 'scalar' && typeof found !== 'object' ? { detail: 'quote' } : {};
}

/** Why an id is refused, for people. */
export function refusedId(name: string): string {
  const why = /^[_.-]/.test(name)
    ? `it starts with "${name[0]}"`
    : name.length > 128
      ? `it has ${name.length} characters, 128 are allowed`
      : 'only letters, digits, ".", "_" and "-" are allowed';
  return `A NetHSM refuses the id ${JSON.stringify(name.slice(0, 140))}: ${why}`;
}

function dataAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let at = data;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return at;
}

function titleOf(path: readonly PropertyKey[], subject?: Subject): string {
  const name = path.findLast((step) => typeof step === 'string');
  if (name !== undefined) return path.at(-1) === name ? `"${String(name)}"` : `An entry of "${String(name)}"`;
  const [section, entry] = subject?.path ?? [];
  if (section === undefined) return 'The manifest';
  return section === 'devices'
    ? `Device "${String(entry)}"`
    : section === 'root'
      ? 'Root'
      : `Namespace "${String(entry)}"`;
}

const KIND_NAMES: Record<string, string> = {
  object: 'a block of fields',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
};

function kinds(shape: JsonSchema | undefined): string {
  const names = branches(shape ?? {}).map((branch) => KIND_NAMES[branch.type ?? ''] ?? 'something else');
  return listOf([...new Set(names)]);
}

function kindOf(found: unknown): string {
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a block of fields';
  return typeof found === 'string' ? 'a text' : typeof found === 'number' ? `the number ${found}` : String(found);
}

function listOf(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

const span = ({ start, end }: Span): Span => ({ start, end });
