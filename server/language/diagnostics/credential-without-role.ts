import { get } from '../../../schemas/checked-entry.ts';
import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

const NEEDED = { administrator: 'Administrator', backup: 'Backup', metrics: 'Metrics' } as const;

/** A user that the device takes, but who may not do what he is named for; or one that it does not take. */
export const credentialWithoutRole: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked }) => {
    if (checked.section !== 'devices') return [];
    const known = facts.device(checked.name);
    return Object.entries(NEEDED).flatMap(([credential, needed]) => {
      const role = known?.roles?.[credential];
      if (known === undefined || role === undefined || role === needed) return [];
      if (get(checked, 'credentials', credential) === undefined) return [];
      const at = checked.at('credentials', credential);
      const user = checked.at('credentials', credential, 'user');
      const { start, end } = user.exact ? user.value : at.key;
      const said = role === 'refused' ? 'was refused by the device' : `has the role ${role} there`;
      const message = `This user ${said}; ${needed} is needed${seen(known.at, now)}`;
      return [place(item, { code: 'credential-without-role', message, start, end })];
    });
  });
