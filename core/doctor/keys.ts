import { mapConcurrently } from '../concurrent.ts';
import { getKey } from '../device/keys.ts';
import { listIds, READS_AT_ONCE } from '../inventory/read.ts';
import { STAND_IN_LABEL } from '../inventory/stand-in.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../names.ts';
import { isProblem, throwIfCancelled } from '../problem.ts';
import { attempt, type Finding, ill, well } from './finding.ts';
import type { DoctorOptions, Patient } from './patient.ts';

/** Most keys of a namespace that are read: a few seconds of a device's time. */
const MOST = 5000;
const BATCH = 256;
const NAMED = 5;

interface Seen {
  unreadable: KeyId[];
  standIns: KeyId[];
  read: number;
  all: number;
}

/** Keys that the device can't open, and stand-ins whose keys never arrived. */
export async function checkKeys(patient: Patient, namespace: Namespace, options: DoctorOptions): Promise<Finding[]> {
  let seen: Seen | undefined;
  const first = await attempt('unreadable-keys', async () => {
    seen = await readKeys(patient, namespace, options);
    return unreadableFinding(seen, namespace);
  });
  return seen === undefined ? [first] : [first, standInFinding(seen, namespace)];
}

async function readKeys({ session }: Patient, namespace: Namespace, options: DoctorOptions): Promise<Seen> {
  const credential = await session.namespaceAdministrator(namespace);
  const ids = await listIds(session, namespace, options);
  const chosen = ids.slice(0, MOST);
  const seen: Seen = { unreadable: [], standIns: [], read: chosen.length, all: ids.length };
  const phase = `examining the keys of ${namespaceTitle(namespace)} on ${session.name}`;
  for (let from = 0; from < chosen.length; from += BATCH) {
    throwIfCancelled(options.signal, session.name);
    const part = chosen.slice(from, from + BATCH);
    await mapConcurrently(part, READS_AT_ONCE, async (id) => {
      try {
        const { facts } = await getKey(session.node, credential, id, options);
        if (facts.label === STAND_IN_LABEL) seen.standIns.push(id);
      } catch (error) {
        if (isProblem(error, 'unexpected', 'unreadable')) seen.unreadable.push(id);
        else if (!isProblem(error, 'not-found')) throw error;
      }
    });
    options.onProgress?.({ phase, done: from + part.length, total: chosen.length, unit: 'keys' });
  }
  return seen;
}

const scope = ({ read, all }: Seen, namespace: Namespace): string =>
  read === all
    ? `all ${all} keys of ${namespaceTitle(namespace)}`
    : `the first ${read} of ${all} keys of ${namespaceTitle(namespace)}`;

const names = (ids: readonly KeyId[]): string =>
  `${[...ids].sort().slice(0, NAMED).join(', ')}${ids.length > NAMED ? ', …' : ''}`;

function unreadableFinding(seen: Seen, namespace: Namespace): Finding {
  const { unreadable } = seen;
  if (unreadable.length === 0) return well('unreadable-keys', `the device opens ${scope(seen, namespace)}`);
  return ill(
    'unreadable-keys',
    `${unreadable.length} of ${scope(seen, namespace)} can not be opened: ${names(unreadable)}`,
    'They were sealed under another Domain Key or id: delete them, and copy them anew from a device of the same domain',
  );
}

function standInFinding(seen: Seen, namespace: Namespace): Finding {
  const { standIns } = seen;
  if (standIns.length === 0) return well('stand-ins', `none among ${scope(seen, namespace)}`);
  return ill(
    'stand-ins',
    `${standIns.length} among ${scope(seen, namespace)} hold a place for a key that never arrived: ${names(standIns)}`,
    'Run the copy again to finish it; if the key shall not come, delete the stand-in',
  );
}
