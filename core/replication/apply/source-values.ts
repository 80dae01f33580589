import { readDeviceBackup } from '../../backup/device-backup.ts';
import { type KeyId, type Namespace, namespaceTitle, type UserName } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { NamespacePlan, Step } from '../plan/plan.ts';

/** Up to so many keys of a plan are held as they come out of a device's backup; more are streamed. */
export const MAX_HELD = 10_000;

/** Sealed values of one device. */
export interface Sealed {
  domain: string;
  keys: ReadonlyMap<KeyId, Buffer>;
  users: ReadonlyMap<UserName, Buffer>;
}

/** Sealed values that a plan needs from the devices that keys come from. */
export interface SourceValues {
  /** One pass of the device serves all steps of the plan. */
  of(device: string): Promise<Sealed>;
}

/** Reads what a plan wants from a device when it is first asked for; of steps of more than {@link MAX_HELD} keys, only the users. */
export function sourceValues(ctx: Context, { namespace, steps, premises }: NamespacePlan): SourceValues {
  const read = new Map<string, Promise<Sealed>>();
  return {
    of(device) {
      let sealed = read.get(device);
      if (sealed === undefined) {
        const wanted = wantedFrom(device, steps);
        sealed = readSealed(ctx, namespace, device, wanted.keys, wanted.users, premises.devices[device]?.domain);
        read.set(device, sealed);
      }
      return sealed;
    },
  };
}

function wantedFrom(device: string, steps: readonly Step[]): { keys: Set<KeyId>; users: Set<UserName> } {
  const keys = new Set<KeyId>();
  const users = new Set<UserName>();
  for (const step of steps) {
    if (!('from' in step) || step.from !== device) continue;
    if (step.kind === 'users') for (const name of [...step.create, ...step.replace]) users.add(name);
    else if (step.kind !== 'delete' && step.ids.length <= MAX_HELD) for (const id of step.ids) keys.add(id);
  }
  return { keys, users };
}

/** Reads sealed values out of one pass over a device. Throws a Problem `refused` when its domain is not the one expected. */
export async function readSealed(
  ctx: Context,
  namespace: Namespace,
  device: string,
  wantedKeys: ReadonlySet<KeyId>,
  wantedUsers: ReadonlySet<UserName>,
  expected?: string,
): Promise<Sealed> {
  const keys = new Map<KeyId, Buffer>();
  const users = new Map<UserName, Buffer>();
  const { domain } = await readDeviceBackup(
    ctx.session(device),
    ({ value }, path) => {
      if (path.kind === 'key' && path.namespace === namespace && wantedKeys.has(path.id)) {
        keys.set(path.id, Buffer.from(value));
      }
      if (path.kind === 'user' && path.namespace === namespace && wantedUsers.has(path.name)) {
        users.set(path.name, Buffer.from(value));
      }
    },
    ctx,
  );
  if (expected === undefined || expected === domain) return { domain, keys, users };
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `its Domain Key is another one than when ${namespaceTitle(namespace)} was compared`,
    remedy: 'Find out who restored it, then run this again',
  });
}
