import { type Uri, workspace } from 'vscode';
import type { Target } from '../views/target.ts';
import { paramsOf } from './documents.ts';

/** What a document of ours is about; with a line (from 1) also the key whose block that line is in. */
export function documentTarget(uri: Uri, line?: number): Target {
  const params = paramsOf(uri);
  if (params === undefined || !('namespace' in params)) return {};
  const { manifest, namespace } = params;
  const document = workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  const key = line === undefined || document === undefined ? undefined : keyAbove(document.getText(), line);
  return { manifest, namespace, ...(key !== undefined && { key, drift: 'missing' as const }) };
}

/** The id that heads the block in which a line (from 1) of an inventory lies. */
export function keyAbove(text: string, line: number): string | undefined {
  const lines = text.split('\n').slice(0, line);
  const head = lines.findLast((row) => !row.startsWith(' '));
  return head?.match(/^([^\s#]+):$/)?.[1];
}
