import { Problem } from './problem.ts';

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** A checked namespace id, or {@link ROOT} for the keys outside any namespace. */
export type Namespace = Branded<'namespace'>;
/** A checked key id. */
export type KeyId = Branded<'key'>;
/** A checked user name without its namespace: `keeper` of `payments~keeper`. */
export type UserName = Branded<'user'>;

/** The keys and users outside any namespace; written `""` in JSON. */
export const ROOT = '' as Namespace;

/**
 * The grammar of every id on a NetHSM: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with `_`, `-` or `.`
 * (API description, `KeyID`, `NamespaceID`; recordings 02 and 03).
 */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Characters that a terminal would obey, or not show. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text from outside in quotes, fit for an error: cut, and nothing in it moves a cursor or turns the direction of text. */
export const quoted = (text: string): string =>
  JSON.stringify(text.slice(0, 140)).replace(UNSAFE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);

/** Why a text is no id, in words for people; undefined when it is one. */
export function whyNoId(text: string): string | undefined {
  if (ID.test(text)) return undefined;
  if (text === '') return 'it is empty';
  if (text.length > 128) return `it has ${text.length} characters, 128 are allowed`;
  if (/^[_.-]/.test(text)) return `it starts with "${text[0]}"`;
  return 'only letters, digits, ".", "_" and "-" are allowed';
}

function checked<T extends string>(text: string, what: string, place: string): T {
  const why = whyNoId(text);
  if (why === undefined) return text as T;
  throw new Problem({
    kind: 'invalid',
    place,
    cause: `${quoted(text)} is no ${what}: ${why}`,
    remedy: `Use an id that a NetHSM accepts`,
  });
}

/** Checks a namespace id; throws a {@link Problem} `invalid`. The empty text is refused: root is asked for by {@link ROOT}. */
export const parseNamespace = (text: string, place = 'namespace'): Namespace => checked(text, 'namespace id', place);
/** Checks a key id; throws a {@link Problem} `invalid`. */
export const parseKeyId = (text: string, place = 'key'): KeyId => checked(text, 'key id', place);
/** Checks a user name without namespace; throws a {@link Problem} `invalid`. */
export const parseUserName = (text: string, place = 'user'): UserName => checked(text, 'user name', place);

/** A user's id as the device writes it: `name`, or `namespace~name`. */
export const userId = (namespace: Namespace, name: UserName): string =>
  namespace === ROOT ? name : `${namespace}~${name}`;

/** How people call a namespace: its name, or `root`. */
export const namespaceTitle = (namespace: Namespace): string => (namespace === ROOT ? 'root' : namespace);
