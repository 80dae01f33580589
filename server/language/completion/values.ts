import { CompletionItemKind } from 'vscode-languageserver';
import { timeZones } from '../../../schemas/cron.ts';
import { deviceSecrets, deviceVariable, namespaceVariable } from '../../../schemas/environment.ts';
import { branches } from '../../../schemas/shape.ts';
import { itemAt } from '../../../schemas/tree/document.ts';
import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { cronWords } from '../cron-words.ts';
import type { Choice, Place } from './choice.ts';

export interface Choices {
  choices: Choice[];
  /** There are more: ask again after the next letter. */
  isIncomplete?: boolean;
}

/** Ids of keys offered at once; more would help nobody. */
const MOST_IDS = 200;

const SCHEDULES = ['*/5 * * * *', '*/15 * * * *', '0 * * * *', '0 */6 * * *', '0 3 * * *', '0 3 * * 0', '0 3 1 * *'];
const LAGS = ['30s', '5m', '15m', '30m', '1h', '6h', '1d'];

/** What a value may be. */
export async function valuesFor(place: Place): Promise<Choices> {
  const { cursor, shape } = place;
  const name = cursor.path.findLast((step) => typeof step === 'string');
  switch (name) {
    case 'primary':
    case 'replicas':
    case 'primaries':
      return { choices: devicesFor(place) };
    case 'timeZone':
      return { choices: timeZones().map((zone) => simple(zone, CompletionItemKind.Constant)) };
    case 'schedule':
      return { choices: SCHEDULES.map((schedule) => scheduleChoice(schedule, place)) };
    case 'maxLag':
      return { choices: LAGS.map((lag) => simple(lag, CompletionItemKind.Constant)) };
    case 'env':
      return { choices: variablesFor(place) };
    case 'include':
    case 'exclude':
    case 'owns':
      return idsFor(place);
    case 'pins':
      return { choices: pinsFor(place) };
    case 'ca':
    case 'file':
    case 'directory':
      return { choices: await pathsFor(place, name) };
  }
  if (shape.enum !== undefined) {
    const meanings = shape.enumDescriptions as string[] | undefined;
    const choices = shape.enum.map((value, index): Choice => {
      const meaning = meanings?.[index];
      return { ...simple(String(value), CompletionItemKind.EnumMember), ...(meaning && { documentation: meaning }) };
    });
    return { choices };
  }
  if (shape.const !== undefined) return { choices: [simple(String(shape.const), CompletionItemKind.Constant)] };
  const blocks = branches(shape).flatMap(blockChoice);
  if (blocks.length > 0) return { choices: blocks };
  return { choices: (shape.examples ?? []).map((example) => simple(String(example), CompletionItemKind.Value)) };
}

const simple = (label: string, kind: CompletionItemKind): Choice => ({ label, kind });

function devicesFor({ cursor, view, facts, file }: Place): Choice[] {
  const [section, name] = cursor.path;
  const item = itemAt(file.document, cursor.start);
  const entry = nodeAt(item?.parsed.root, section === 'root' ? ['root'] : [String(name)]);
  const primary = findPair(entry, 'primary')?.value;
  const isReplica = cursor.path.includes('replicas');
  const isList = !cursor.path.includes('primary') && typeof cursor.path.at(-1) !== 'number' && !cursor.ownLine;
  return [...view.deviceNames].flatMap((device) => {
    if (cursor.taken.has(device)) return [];
    if (isReplica && primary?.kind === 'scalar' && primary.value === device) return [];
    const known = facts?.device(device);
    const choice: Choice = { label: device, kind: CompletionItemKind.Variable };
    if (known !== undefined) choice.detail = [known.state, known.release].filter(Boolean).join(', ');
    if (isList) choice.plain = `[${device}]`;
    return [choice];
  });
}

function scheduleChoice(schedule: string, { cursor, file }: Place): Choice {
  const item = itemAt(file.document, cursor.start);
  const path = item?.section === undefined ? cursor.path : cursor.path.slice(1);
  const zone = nodeAt(item?.parsed.root, [...path.slice(0, -1), 'timeZone']);
  return {
    label: schedule,
    kind: CompletionItemKind.Event,
    detail: cronWords(schedule) ?? '',
    plain: cursor.quoted ? schedule : `"${schedule}"`,
    filter: cursor.quoted ? schedule : `${schedule} "${schedule}"`,
    data: { schedule, zone: zone?.kind === 'scalar' && zone.value ? String(zone.value) : 'UTC' },
  };
}

/** The name that would be looked up anyway, then those that are set on this machine. */
function variablesFor({ cursor, context }: Place): Choice[] {
  const [section, name, , credential] = cursor.path;
  const usual =
    section === 'namespaces'
      ? namespaceVariable(String(name))
      : deviceVariable(String(name), deviceSecrets.find((secret) => secret === credential) ?? 'administrator');
  const others = context.environment().filter((variable) => variable !== usual && /^[A-Za-z_]\w*$/.test(variable));
  return [
    { label: usual, kind: CompletionItemKind.Variable, detail: 'the usual name' },
    ...others.map((variable) => simple(variable, CompletionItemKind.Variable)),
  ];
}

function idsFor({ cursor, facts }: Place): Choices {
  const quote = (text: string) => (cursor.quoted ? text : `"${text}"`);
  const isList = typeof cursor.path.at(-1) !== 'number' && !cursor.ownLine;
  const put = (text: string) => (isList ? `[${quote(text)}]` : quote(text));
  const namespace = cursor.path[0] === 'root' ? '' : String(cursor.path[1]);
  const ids = facts?.keyIds(namespace, cursor.prefix, MOST_IDS + 1) ?? [];
  const choices: Choice[] = ids
    .slice(0, MOST_IDS)
    .map((id) => ({ label: id, kind: CompletionItemKind.Reference, plain: put(id) }));
  if (cursor.prefix === '')
    choices.unshift({ label: '*', kind: CompletionItemKind.Value, detail: 'all keys', plain: put('*') });
  return { choices, isIncomplete: ids.length > MOST_IDS };
}

function pinsFor({ cursor, facts }: Place): Choice[] {
  const pin = facts?.device(String(cursor.path[1]))?.pin;
  if (pin === undefined) return [];
  const quoted = cursor.quoted ? pin : `"${pin}"`;
  const isList = typeof cursor.path.at(-1) !== 'number' && !cursor.ownLine;
  return [
    {
      label: pin,
      kind: CompletionItemKind.Value,
      detail: 'what the device shows now',
      plain: isList ? `[${quoted}]` : quoted,
    },
  ];
}

/** Files and folders beside the manifest; of CA files those that look like one. */
async function pathsFor({ cursor, context, file }: Place, field: string): Promise<Choice[]> {
  const folder = cursor.prefix.includes('/') ? cursor.prefix.slice(0, cursor.prefix.lastIndexOf('/') + 1) : './';
  const names = await context.listFolder(file.uri, folder);
  return names.flatMap((name) => {
    const isFolder = name.endsWith('/');
    if (!isFolder && (field === 'directory' || (field === 'ca' && !/\.(pem|crt|cer)$/i.test(name)))) return [];
    return [{ label: `${folder}${name}`, kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File }];
  });
}

/** A block in braces, where one is wanted on the same line. */
function blockChoice(shape: ReturnType<typeof branches>[number]): Choice[] {
  if (shape.type !== 'object' || shape.properties === undefined) return [];
  const fields = shape.required ?? Object.keys(shape.properties).slice(0, 1);
  const isList = (field: string) => shape.properties?.[field]?.type === 'array';
  const inside = (fill: (index: number) => string) =>
    fields.map((field, index) => `${field}: ${isList(field) ? `[${fill(index)}]` : fill(index)}`).join(', ');
  const label = `{ ${inside(() => '…')} }`;
  return [
    {
      label,
      kind: CompletionItemKind.Struct,
      filter: fields.join(' '),
      snippet: `{ ${inside((index) => `$${index + 1}`)} }`,
    },
  ];
}
