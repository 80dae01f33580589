/** Keys without a public part: what they show changes with every use. */
import { idsOn, type Paired } from './paired.ts';
import { app, keeper, type Site } from './sites.ts';

type Asked = Pick<Site, 'must'>;

/** A Generic key in `payments` whose private part is 32 times one byte. */
export const importGeneric = (site: Asked, id: string, byte: number): Promise<unknown> =>
  site.must('PUT', `/keys/${id}`, keeper('payments'), {
    mechanisms: ['AES_Encryption_CBC'],
    type: 'Generic',
    private: { data: Buffer.alloc(32, byte).toString('base64') },
  });

/** Uses such a key, until the device has written its counters; gives what it made of 16 zeros. */
export async function useGeneric({ clock }: Pick<Paired, 'clock'>, site: Asked, id: string): Promise<string> {
  const message = Buffer.alloc(16).toString('base64');
  const body = { mode: 'AES_CBC', message, iv: message };
  const answer = (await site.must('POST', `/keys/${id}/encrypt`, app('payments'), body)) as { encrypted: string };
  clock.advance(3_600_001);
  await idsOn(site);
  return answer.encrypted;
}
