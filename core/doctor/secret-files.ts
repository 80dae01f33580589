import { othersWhoRead } from '../sessions/secret-files.ts';
import { type Finding, ill, well } from './finding.ts';

/** Whether files that hold secrets are their owner's alone. */
export async function checkSecretFiles(files: readonly string[]): Promise<Finding> {
  const readers = await Promise.all(files.map((file) => othersWhoRead(file)));
  const open = files.filter((_, i) => readers[i] !== undefined);
  if (open.length === 0) return well('secret-files', 'no file of a secret can be read by others');
  return ill(
    'secret-files',
    `others can read files of secrets: ${open.join(', ')}`,
    'Make them their owner’s alone (chmod 600), and change the secrets if somebody may have read them',
  );
}
