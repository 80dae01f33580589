import { readDeviceBackup } from '../backup/device-backup.ts';
import { systemInfo } from '../device/info.ts';
import type { Session } from '../device/session.ts';
import type { WorkOptions } from '../progress.ts';
import type { MethodFacts } from './method.ts';
import { requireOperational } from './target.ts';

/** What the choice of a method needs to know of a device. Costs one pass of the device over its store. */
export async function readMethodSide(session: Session, options: WorkOptions = {}): Promise<MethodFacts['to']> {
  await requireOperational(session, options);
  const { softwareVersion } = await systemInfo(session.node, await session.administrator(), options);
  const { domain } = await readDeviceBackup(session, () => {}, options);
  return { name: session.name, domain, release: softwareVersion };
}
