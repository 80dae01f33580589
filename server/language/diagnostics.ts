import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
} from 'vscode-languageserver';
import { diagnose, severityOf } from '../../schemas/diagnose.ts';
import { checkedEntries } from '../../schemas/document-rule.ts';
import { viewOf } from '../../schemas/entries.ts';
import type { Finding, Related } from '../../schemas/finding.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { claimedTwice } from './diagnostics/claimed-twice.ts';
import { credentialWithoutRole } from './diagnostics/credential-without-role.ts';
import { importWithoutNeed } from './diagnostics/import-without-need.ts';
import type { LiveRule } from './diagnostics/live-rule.ts';
import { namespaceMissing } from './diagnostics/namespace-missing.ts';
import { otherDomain } from './diagnostics/other-domain.ts';
import { roleDiffers } from './diagnostics/role-differs.ts';
import { scheduleTooDense } from './diagnostics/schedule-too-dense.ts';
import { itemRange, rangeOf } from './places.ts';

const LIVE_RULES: LiveRule[] = [
  ...[namespaceMissing, otherDomain, importWithoutNeed],
  ...[roleDiffers, credentialWithoutRole, scheduleTooDense],
];

/** More than this in one file help nobody. */
const MOST = 1_000;

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

/** All that is to be said of a manifest: by its text, by the other manifests, by the devices. */
export function findingsOf(file: ManifestFile, context: LanguageContext): Finding[] {
  const view = viewOf(file.document);
  const findings = [...diagnose(file.document, view), ...claimedTwice(file, context.manifests())];
  const facts = context.facts.of(file.uri);
  if (facts === undefined) return findings;
  const subject = { entries: checkedEntries(file.document, view, 'all'), view, facts, now: context.now().getTime() };
  return [...findings, ...LIVE_RULES.flatMap((rule) => rule(subject))];
}

/** The diagnostics of a manifest for the protocol. */
export function diagnosticsOf(file: ManifestFile, context: LanguageContext): Diagnostic[] {
  return findingsOf(file, context)
    .slice(0, MOST)
    .map((finding) => diagnosticOf(file, finding, context));
}

export function diagnosticOf(file: ManifestFile, finding: Finding, context: LanguageContext): Diagnostic {
  const { code, message, item } = finding;
  const diagnostic: Diagnostic = {
    range: itemRange(file.document, item, finding),
    severity: SEVERITIES[severityOf(code)],
    source: 'nethsm',
    code,
    codeDescription: { href: `${context.documentation}${code}.md` },
    message,
  };
  if (code === 'unused-device') diagnostic.tags = [DiagnosticTag.Unnecessary];
  if (finding.related) {
    diagnostic.relatedInformation = finding.related.flatMap((related) => relatedOf(file, related, context));
  }
  return diagnostic;
}

function relatedOf(file: ManifestFile, related: Related, context: LanguageContext): DiagnosticRelatedInformation[] {
  const { item, message, start, end } = related;
  if (item !== undefined) {
    return [{ message, location: { uri: file.uri, range: itemRange(file.document, item, related) } }];
  }
  const other = [...context.manifests()].find(({ uri }) => uri === related.file);
  if (other === undefined) return [];
  return [{ message, location: { uri: other.uri, range: rangeOf(other.document, start, end) } }];
}
