import { type Answer, deny, failure } from '../answer.ts';
import { authenticate } from '../auth.ts';
import { type Call, refuseSchema } from '../call.ts';
import { beginRestore } from '../gate.ts';
import { readJson } from '../json-body.ts';
import { readParts } from '../multipart.ts';
import { type RestoreArguments, restoreFile } from '../restore.ts';
import { incoming, ResetBody } from '../restore-body.ts';
import { readTimestamp } from '../time.ts';
import { namespaceOf } from '../users.ts';

function readArguments(text: string): RestoreArguments {
  if (text.trim() === '') return {};
  const value = readJson(Buffer.from(text)) as Record<string, unknown>;
  const { backupPassphrase, systemTime } = value;
  if (backupPassphrase !== undefined && typeof backupPassphrase !== 'string') refuseSchema('Json.restore_req');
  return {
    ...(backupPassphrase === undefined ? {} : { backupPassphrase: backupPassphrase as string }),
    ...(systemTime === undefined ? {} : { systemTime: readTimestamp(systemTime) }),
  };
}

/** Anybody on an unprovisioned device, a root administrator on an operational one. */
function checkWho(call: Call): void {
  if (call.node.health !== 'Operational') return;
  const account = authenticate(call.node, call.request);
  if (account.role !== 'Administrator' || namespaceOf(account.id) !== '') deny();
}

/**
 * Takes a restore body while writes wait. A body that ends early by FIN is a cut file; one that is reset leaves the gate
 * shut for good (FACTS hazard 6): this call then never ends.
 */
export async function restore(call: Call): Promise<Answer> {
  checkWho(call);
  const turn = beginRestore(call.node.machine.gate, call.node);
  if (turn === undefined) return failure(500, 'Restore is already in progress.');
  const body = incoming(call.request);
  try {
    const parts = await readParts(call, body);
    return await restoreFile(call.node, parts.file, readArguments(parts.arguments));
  } catch (error) {
    if (error instanceof ResetBody) return await new Promise<never>(() => {});
    throw error;
  } finally {
    await drain(body);
    turn.finish();
  }
}

/** The rest of a body that was refused or ended early; the writes wait for that too. */
async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of body);
}
