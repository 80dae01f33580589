/** Takes every restore body apart, by a reader of its own: the seven hazards are all in such a body. */
import { unseal } from '../../../core/backup/sealing.ts';
import { readLocal, readLockedDomainKey, readShared } from '../../../practice/layout.ts';
import type { PracticeNode } from '../../../practice/node.ts';
import type { Asked } from '../network/call-node.ts';
import { NAMESPACE } from '../people.ts';
import { hit, violate } from '../world/world.ts';

const MAGIC = '_NETHSM_BACKUP_';
const DEVICE_END = '_NETHSM_BACKUP_END_';
const ALLOWED = new RegExp(`^(/key/\\.${NAMESPACE}/|/authentication/${NAMESPACE}~)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`);

/** Checks a body as it reaches a node, before it has an effect. */
export function judgeBody(node: PracticeNode, asked: Asked): undefined {
  const wrong = (text: string): undefined => violate('restore body', `to ${node.deviceId}: ${text}`);
  if (asked.body.length > 1_000_000 + 1200) wrong(`${asked.body.length} bytes`);
  const parts = partsOf(asked);
  if (parts.arguments !== '{}') wrong(`arguments ${parts.arguments}`);
  const { file } = parts;
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) return wrong('it does not begin as a backup');
  if (file[MAGIC.length] !== 1) return wrong('it is not of format 1');
  let at = MAGIC.length + 1;
  const take = (): Buffer => {
    const length = file.readUIntBE(at, 3);
    at += 3 + length;
    return file.subarray(at - length, at);
  };
  const key = readShared(node, 'backup-key');
  const salt = readShared(node, 'backup-salt');
  if (!Buffer.isBuffer(key) || !Buffer.isBuffer(salt)) return wrong('the node has no backup key');
  if (!take().equals(salt)) return wrong('another salt than the node has');
  const [, locked, deviceId, configKey] = [
    'backup-version',
    'domain-key',
    'backup-device-id',
    'backup-config-store-key',
  ].map((name) => unseal(key, take(), name));
  if (locked === undefined || readLockedDomainKey(node)?.equals(locked) !== true)
    wrong('another locked Domain Key than the node has (hazard 1)');
  if (deviceId?.toString() !== node.deviceId) wrong(`the header of ${deviceId} (hazard 2)`);
  const own = `/local/${node.deviceId}/config/unlock-salt`;
  const seen = new Set<string>();
  let count = 0;
  for (let length = file.readUIntBE(at, 3); length > 0; length = file.readUIntBE(at, 3)) {
    const entry = unseal(key, take(), 'backup');
    if (entry === undefined) return wrong('an entry that does not open');
    const pathLength = entry.readUIntBE(0, 3);
    const path = entry.toString('utf8', 3, 3 + pathLength);
    count++;
    if (seen.has(path)) wrong(`${path} twice`);
    seen.add(path);
    if (path === own) {
      const value = configKey && unseal(configKey, entry.subarray(3 + pathLength), own);
      if (value === undefined || readLocal(node, 'unlock-salt')?.equals(value) !== true)
        wrong('another unlock salt than the node has');
    } else if (!ALLOWED.test(path)) wrong(`the path ${path} (hazard 3)`);
  }
  at += 3;
  if (!seen.has(own)) wrong('no unlock salt beside the header');
  if (count > 512) wrong(`${count} entries`);
  const end = file.toString('latin1', at);
  if (end === DEVICE_END) wrong('the end mark of the device (hazard 4)');
  if (end.length !== DEVICE_END.length) wrong(`an end mark of ${end.length} bytes`);
  hit('restore body checked');
}

function partsOf({ headers, body }: Asked): { arguments: string; file: Buffer } {
  const boundary = Buffer.from(`--${/boundary=([^;]+)/.exec(headers['content-type'] ?? '')?.[1]}`);
  const parts: Buffer[] = [];
  for (let from = body.indexOf(boundary); from >= 0; ) {
    const next = body.indexOf(boundary, from + boundary.length);
    if (next < 0) break;
    const part = body.subarray(from + boundary.length, next - 2);
    parts.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
    from = next;
  }
  return { arguments: parts[0]?.toString() ?? '', file: parts[1] ?? Buffer.alloc(0) };
}
