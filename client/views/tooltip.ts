import { MarkdownString } from 'vscode';

/** A tooltip from lines of Markdown; what comes from outside goes through {@link safe}. */
export function tooltip(...lines: (string | false | undefined)[]): MarkdownString {
  const text = new MarkdownString(lines.filter((line) => typeof line === 'string').join('\n\n'), true);
  text.isTrusted = false;
  return text;
}

/** Text of a device or a manifest, so that it can't pass for Markdown. */
export const safe = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
