/** How the alert list is filtered, grouped, and counted. Pure. */
import { SEVERITIES, STATUSES, isOpen, severityRank } from '../lib/severity.js';
import { some, title } from '../lib/format.js';
import { byRisk } from './overview-shape.js';

/** @typedef {import('../lib/api.js').Alert} Alert */

/**
 * What the address asks for.
 * @param {URLSearchParams} params
 */
export function filtersOf(params) {
  return {
    status: params.get('status') ?? 'open',
    severity: params.get('severity') ?? '',
    class: params.get('class') ?? '',
    text: params.get('text') ?? '',
    group: params.get('group') ?? 'none',
    sort: params.get('sort') ?? 'risk',
  };
}

/** @param {string} status @param {string} wanted `open`, `any`, or one status word */
export const hasStatus = (status, wanted) => wanted === 'any' || (wanted === 'open' ? isOpen(status) : status === wanted);

/**
 * Whether an alert belongs in the list, as the server would decide.
 * @param {Alert} alert
 * @param {ReturnType<typeof filtersOf>} filters
 */
export function fits(alert, filters) {
  const text = filters.text.toLowerCase();
  return (
    hasStatus(alert.status, filters.status) &&
    (filters.severity === '' || severityRank(alert.severity) >= severityRank(filters.severity)) &&
    (filters.class === '' || alert.class === filters.class) &&
    (text === '' || [alert.title, alert.entity.value, alert.reason].some((part) => part.toLowerCase().includes(text)))
  );
}

/** @param {Alert[]} alerts @param {string} sort */
export const sorted = (alerts, sort) => [...alerts].sort(sort === 'latest' ? (a, b) => b.last_ms - a.last_ms : byRisk);

/**
 * The list in groups, each with its heading; one group without heading when nothing is grouped.
 * @param {Alert[]} alerts in order
 * @param {string} group `none`, `rule`, or `entity`
 * @returns {{key: string, title: string, kind: string, worst: string, events: number, alerts: Alert[]}[]}
 */
export function grouped(alerts, group) {
  if (group !== 'rule' && group !== 'entity') return alerts.length === 0 ? [] : [{ key: 'all', title: '', kind: '', worst: '', events: 0, alerts }];
  const groups = Map.groupBy(alerts, (alert) => (group === 'rule' ? alert.rule_id : `${alert.entity.kind}:${alert.entity.value}`));
  return [...groups].map(([key, members]) => ({
    key,
    title: group === 'rule' ? members[0].title : members[0].entity.value,
    kind: group === 'rule' ? 'rule' : members[0].entity.kind,
    worst: members.reduce((worst, one) => (severityRank(one.severity) > severityRank(worst) ? one.severity : worst), 'informational'),
    events: members.reduce((sum, one) => sum + one.events, 0),
    alerts: members,
  }));
}

/**
 * Facets with their counts, of alerts that ignore the facets' own filters.
 * @param {Alert[]} alerts
 */
export function facets(alerts) {
  const tally = (/** @type {(alert: Alert) => string} */ key) => {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const alert of alerts) counts[key(alert)] = (counts[key(alert)] ?? 0) + 1;
    return counts;
  };
  const classes = tally((alert) => alert.class);
  const severities = tally((alert) => alert.severity);
  let atLeast = 0;
  return {
    severities: SEVERITIES.map((name) => ({ name, count: (atLeast += severities[name] ?? 0) })),
    classes: Object.entries(classes).sort((a, b) => b[1] - a[1]).map(([name, count]) => ({ name, count })),
  };
}

export const STATUS_CHOICES = ['open', ...STATUSES, 'any'];

/**
 * The page's sentence.
 * @param {Alert[]} alerts
 * @param {boolean} more whether there are others that are not loaded
 * @param {string} status
 * @param {string} range in words
 */
export function alertsHeadline(alerts, more, status, range) {
  const kind = status === 'any' ? '' : status === 'open' ? 'open ' : `${status.replaceAll('_', ' ')} `;
  if (alerts.length === 0) return `No ${kind}alerts in ${range}.`;
  const urgent = alerts.filter((alert) => isOpen(alert.status) && severityRank(alert.severity) >= 3).length;
  const all = `${more ? 'More than ' : ''}${some(alerts.length, `${kind}alert`)} in ${range}`;
  return urgent > 0 ? `${all}; ${urgent === alerts.length ? (urgent === 1 ? 'it is' : 'all are') : `${urgent} ${urgent === 1 ? 'is' : 'are'}`} high or critical.` : `${all}; none is high or critical.`;
}

/**
 * Where on the range an alert was active, as shares of its width.
 * @param {Alert} alert
 * @param {{fromMs: number, toMs: number}} range
 * @returns {{left: number, width: number}} in percent
 */
export function lifespan(alert, range) {
  const length = Math.max(1, range.toMs - range.fromMs);
  const place = (/** @type {number} */ timeMs) => Math.min(100, Math.max(0, ((timeMs - range.fromMs) / length) * 100));
  const left = Math.min(97, place(alert.first_ms));
  return { left, width: Math.max(3, place(alert.last_ms) - left) };
}

/** The status in words, for the toast that tells what was done. @param {string} status */
export const doneWords = (status) => (status === 'new' ? 'reopened' : title(status).toLowerCase());

/** The reason without the entity at its start, which stands in a column of its own. @param {import('../lib/api.js').Alert} alert */
export const besides = ({ reason, entity }) => (reason.startsWith(`${entity.value} `) ? reason.slice(entity.value.length + 1) : reason);
