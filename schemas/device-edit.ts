import { viewOf } from './entries.ts';
import type { TextChange } from './primary-edit.ts';
import { parseDocument } from './tree/document.ts';
import { lineAt } from './tree/lines.ts';

/** A device as it is added: secrets have no place in a manifest. */
export interface NewDevice {
  url: string;
  pin?: string;
  /** Names of users. */
  administrator?: string;
  backup?: string;
}

/** The smallest change that adds a device after the last one, in the manner of the text: everything else stays as it is. */
export function deviceEdit(text: string, name: string, device: NewDevice): TextChange {
  const document = parseDocument(text);
  const view = viewOf(document);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const last = view.devices.at(-1);
  const endOf = (end: number): number => {
    const line = lineAt(document.lines, Math.max(0, end - 1));
    return document.lines[line + 1] ?? text.length;
  };
  const gap = (at: number): string => (at > 0 && !/[\r\n]/.test(text[at - 1] as string) ? newline : '');
  if (last === undefined || last.value === undefined) {
    const at = text.length;
    const head = view.fields.some((field) => field.name === 'devices') ? '' : `devices:${newline}`;
    return { start: at, end: at, text: `${gap(at)}${head}${block(name, device, '  ', newline)}` };
  }
  const start = last.item.start + last.key.start;
  const line = document.lines[lineAt(document.lines, start)] as number;
  const indent = /^[ \t]*/.exec(text.slice(line, start))?.[0] ?? '  ';
  const at = endOf(last.item.start + last.value.end);
  return { start: at, end: at, text: `${gap(at)}${block(name, device, indent, newline)}` };
}

function block(name: string, { url, pin, administrator, backup }: NewDevice, indent: string, newline: string): string {
  const step = indent === '' ? '  ' : indent;
  const users = [
    ...(administrator === undefined ? [] : [`administrator: { user: ${administrator} }`]),
    ...(backup === undefined ? [] : [`backup: { user: ${backup} }`]),
  ];
  const lines = [
    `${indent}${name}:`,
    `${indent}${step}url: ${url}`,
    ...(pin === undefined ? [] : [`${indent}${step}tls: { pins: ["${pin}"] }`]),
    ...(users.length === 0
      ? []
      : [`${indent}${step}credentials:`, ...users.map((user) => `${indent}${step}${step}${user}`)]),
  ];
  return `${lines.join(newline)}${newline}`;
}
