import { createHash } from 'node:crypto';
import { mapConcurrently } from '../../../core/concurrent.ts';
import type { Session } from '../../../core/device/session.ts';
import { READS_AT_ONCE, readKey } from '../../../core/inventory/read.ts';
import type { KeyFacts } from '../../../core/key-facts.ts';
import { type Namespace, namespaceTitle, parseKeyId, quoted } from '../../../core/names.ts';
import { isProblem } from '../../../core/problem.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { fingerprintOf } from './facts-view.ts';

/** A text of a device's for a document: nothing in it ends a line, or looks like another field. */
const shown = (text: string): string => (/^[\w.@ -]{1,140}$/.test(text) ? text : quoted(text));

/**
 * A key as text, the same for the same content, whatever device it is on. Uses are left out: they are no difference.
 */
export function keyText(id: string, facts: KeyFacts): string {
  const { type, mechanisms, tags, label, certificate, public: publicKey } = facts;
  const lines = [
    `${id}:`,
    `  type: ${shown(type)}`,
    ...[...mechanisms].sort().map((mechanism) => `  mechanism: ${shown(mechanism)}`),
    ...(publicKey ? [`  public: ${fingerprintOf(publicKey)}`] : []),
    ...[...tags].sort().map((tag) => `  tag: ${shown(tag)}`),
    ...(label === undefined ? [] : [`  label: ${shown(label)}`]),
    ...(certificate
      ? [
          `  certificate: ${certificate.data.length} bytes, sha256:${createHash('sha256').update(certificate.data).digest('hex')}`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Some keys of a device as text, in the order given; a key that is not there is left out. */
export async function keysText(
  session: Session,
  namespace: Namespace,
  ids: readonly string[],
  options: WorkOptions,
): Promise<string[]> {
  const phase = `reading ${namespaceTitle(namespace)} on ${session.name}`;
  let done = 0;
  return mapConcurrently(ids, READS_AT_ONCE, async (id) => {
    const text = await oneText(session, namespace, id, options);
    options.onProgress?.({ phase, done: ++done, total: ids.length, unit: 'keys' });
    return text;
  });
}

async function oneText(session: Session, namespace: Namespace, id: string, options: WorkOptions): Promise<string> {
  try {
    const key = await readKey(session, namespace, parseKeyId(id), options);
    return key === undefined ? '' : keyText(id, key.facts);
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled' || error.kind === 'unreachable') throw error;
    return `${id}:\n  can not be read: ${error.reason}\n`;
  }
}
