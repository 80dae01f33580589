import { checkAdministrator, checkBackupUser, checkMetricsUser, checkNamespaceAdministrators } from './credentials.ts';
import { checkCertificate, checkClock, checkRelease, checkWrites } from './device-checks.ts';
import { compareDomains, type DomainOf, readDomain } from './domain.ts';
import type { Finding } from './finding.ts';
import { checkKeys } from './keys.ts';
import type { DoctorOptions, Patient } from './patient.ts';
import { checkReach } from './reach.ts';
import { examineReplication } from './replication.ts';

/** What was found, by device. */
export type Diagnosis = Record<string, Finding[]>;

/**
 * Examines devices and what we rely on. Costs each device one pass over its store, the reading of some keys, and one
 * write that changes nothing (see {@link checkWrites}). Roles, marks and leases are looked at where `options.replication`
 * is given.
 */
export async function runDoctor(patients: readonly Patient[], options: DoctorOptions = {}): Promise<Diagnosis> {
  const diagnosis: Diagnosis = {};
  const domains: DomainOf[] = [];
  for (const patient of patients) {
    const { name } = patient.session;
    const { findings, domain } = await examine(patient, options);
    diagnosis[name] = findings;
    if (domain !== undefined) domains.push({ name, namespaces: patient.namespaces, domain });
  }
  for (const own of domains) diagnosis[own.name]?.push(compareDomains(own, domains));
  if (options.replication !== undefined) await addReplication(diagnosis, options.replication);
  return diagnosis;
}

async function addReplication(
  diagnosis: Diagnosis,
  { ctx, policies }: NonNullable<DoctorOptions['replication']>,
): Promise<void> {
  for (const policy of policies) {
    for (const [device, findings] of await examineReplication(ctx, policy)) diagnosis[device]?.push(...findings);
  }
}

async function examine(
  patient: Patient,
  options: DoctorOptions,
): Promise<{ findings: Finding[]; domain: string | undefined }> {
  const reach = await checkReach(patient, options);
  if (!reach.examine) return { findings: reach.findings, domain: undefined };
  const administrator = await checkAdministrator(patient, options);
  const findings = [...reach.findings, administrator.finding];
  if (administrator.info === undefined) return { findings, domain: undefined };
  findings.push(
    checkRelease(administrator.info),
    await checkCertificate(patient, options),
    await checkClock(patient, options),
    await checkBackupUser(patient, options),
    await checkMetricsUser(patient, options),
  );
  const { findings: ofBackup, domain } = await readDomain(patient, options);
  // A Backup user that is none can read no backup either: that is said once.
  findings.push(
    ...ofBackup.filter(({ check, ok }) => ok || !findings.some((known) => known.check === check && !known.ok)),
  );
  findings.push(await checkWrites(patient, options));
  const owners = await checkNamespaceAdministrators(patient, options);
  findings.push(...owners.findings);
  for (const namespace of owners.usable) findings.push(...(await checkKeys(patient, namespace, options)));
  return { findings, domain };
}
