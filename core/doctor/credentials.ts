import { type SystemInfo, systemInfo } from '../device/info.ts';
import { listKeys } from '../device/keys.ts';
import { readMetrics } from '../device/metrics.ts';
import { listNamespaces } from '../device/namespaces.ts';
import type { Credential } from '../device/node.ts';
import { getUser, type UserFacts } from '../device/users.ts';
import { type Namespace, namespaceTitle, ROOT } from '../names.ts';
import { isProblem } from '../problem.ts';
import { attempt, type Finding, ill, well } from './finding.ts';
import type { DoctorOptions, Patient } from './patient.ts';

/** Whether the administrator is one, and what only he can ask. */
export async function checkAdministrator(
  { session }: Patient,
  options: DoctorOptions,
): Promise<{ finding: Finding; info: SystemInfo | undefined }> {
  let info: SystemInfo | undefined;
  const finding = await attempt('administrator', async () => {
    const credential = await session.administrator();
    info = await systemInfo(session.node, credential, options);
    return well('administrator', `${credential.user} is an R-Administrator`);
  });
  return { finding, info };
}

type Role = UserFacts['role'];

/** Tells a user with another role than the one that is needed; undefined when it is just that. */
function roleFinding(check: 'backup' | 'metrics', user: string, role: Role, needed: Role): Finding | undefined {
  if (role === needed) return undefined;
  const remedy = `Use a user with the role ${needed}, and no other, for this`;
  return role === 'Administrator'
    ? ill(check, `${user} is an Administrator, which is more powerful than needed`, remedy)
    : ill(check, `${user} has the role ${role}, not ${needed}`, remedy);
}

/** The role of the Backup user; whether its passphrase is right is seen when a backup is read (domain). */
export const checkBackupUser = ({ session }: Patient, options: DoctorOptions): Promise<Finding> =>
  attempt('backup', async () => {
    const { user } = await session.backup();
    const { role } = await getUser(session.node, await session.administrator(), user, options);
    return roleFinding('backup', user, role, 'Backup') ?? well('backup', `${user} has the role Backup`);
  });

/** The Metrics user, where the manifest names one. */
export const checkMetricsUser = ({ session }: Patient, options: DoctorOptions): Promise<Finding> =>
  attempt('metrics', async () => {
    const credential = await session.metrics();
    if (credential === undefined)
      return well('metrics', 'none is named, so finding changes takes a pass over the store');
    const { role } = await getUser(session.node, await session.administrator(), credential.user, options);
    const finding = roleFinding('metrics', credential.user, role, 'Metrics');
    if (finding !== undefined) return finding;
    await readMetrics(session.node, credential, options);
    return well('metrics', `${credential.user} reads the metrics`);
  });

/** Our N-Administrator in each namespace of the device. */
export async function checkNamespaceAdministrators(
  { session, namespaces }: Patient,
  options: DoctorOptions,
): Promise<{ findings: Finding[]; usable: Namespace[] }> {
  const there = await listNamespaces(session.node, await session.administrator(), options);
  const findings: Finding[] = [];
  const usable: Namespace[] = [];
  for (const namespace of namespaces) {
    if (namespace === ROOT) usable.push(namespace);
    else if (there.includes(namespace)) {
      const finding = await attempt('namespace-administrator', () =>
        lookAtOwner({ session, namespaces }, namespace, options),
      );
      findings.push(finding);
      if (finding.ok) usable.push(namespace);
    } else {
      findings.push(well('namespace-administrator', `${namespace} is not here yet; the first copy creates it`));
    }
  }
  return { findings, usable };
}

async function lookAtOwner({ session }: Patient, namespace: Namespace, options: DoctorOptions): Promise<Finding> {
  const own: Credential = await session.namespaceAdministrator(namespace);
  await listKeys(session.node, own, options);
  const weak = ill(
    'namespace-administrator',
    `${own.user} is no N-Administrator of ${namespaceTitle(namespace)}, so it can not change a key there`,
    'Name an N-Administrator of the namespace in the manifest',
  );
  try {
    const { role } = await getUser(session.node, own, own.user, options);
    if (role !== 'Administrator') return weak;
    return well('namespace-administrator', `${own.user} is an N-Administrator`);
  } catch (error) {
    if (isProblem(error, 'forbidden')) return weak;
    throw error;
  }
}
