import * as z from 'zod';
import { readJson } from './answer.ts';
import type { CallOptions, Credential, DeviceNode } from './node.ts';

const TEXT = z.string().max(200);
const INFO = z.object({
  /** It becomes a part of file names, as the id does: whoever answers must not choose the folder. */
  softwareVersion: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}$/),
  softwareBuild: TEXT.default(''),
  firmwareVersion: TEXT.default(''),
  hardwareVersion: TEXT.default(''),
  /** The same in a backup's header: a header may only go to the node whose id it has. */
  deviceId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
});
export type SystemInfo = z.infer<typeof INFO>;

/** Release and id of a node; R-Administrators only. */
export function systemInfo(node: DeviceNode, credential: Credential, options: CallOptions = {}): Promise<SystemInfo> {
  return node.request({ endpoint: 'systemInfo', credential, ...options }, (answer) => readJson(answer, INFO));
}
