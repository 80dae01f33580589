import { type PracticeDevice, type PracticeOptions, startPracticeDevice } from '../../practice/index.ts';
import '../support/quick-scrypt.ts';
import { ADMIN, ask, KEEPER } from './client.ts';

/** Starts a device and provisions it: an administrator, backup and metrics users, a namespace `ns1` with a keeper and an app. */
export async function startReady(options: PracticeOptions = {}): Promise<PracticeDevice> {
  const device = await startPracticeDevice(options);
  const { url } = device;
  const must = async (method: string, path: string, auth: string | undefined, body?: unknown): Promise<void> => {
    const { status, text } = await ask(url, method, path, auth, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  const systemTime = '2026-11-24T12:00:00Z';
  await must('POST', '/provision', undefined, {
    unlockPassphrase: 'unlockunlock',
    adminPassphrase: 'adminadminadmin',
    systemTime,
  });
  const user = (id: string, role: string, passphrase: string, auth = ADMIN) =>
    must('PUT', `/users/${id}`, auth, { realName: id, role, passphrase });
  await user('backup1', 'Backup', 'backupbackup');
  await user('metrics1', 'Metrics', 'metricsmetrics');
  await user('ns1~keeper', 'Administrator', 'keeperkeeper');
  await must('PUT', '/namespaces/ns1', ADMIN);
  await user('ns1~app', 'Operator', 'appappappapp', KEEPER);
  await must('PUT', '/config/backup-passphrase', ADMIN, {
    newPassphrase: 'backupPassphrase',
    currentPassphrase: '',
  });
  return device;
}
