/** What the overview says and draws, computed from what the API answered. Pure. */
import { SEVERITIES, TACTICS, isOpen, severityRank } from '../lib/severity.js';
import { some, title } from '../lib/format.js';

/** @typedef {import('../lib/api.js').Alert} Alert */

/** Most severe first, then the latest. @param {Alert} a @param {Alert} b */
export const byRisk = (a, b) => severityRank(b.severity) - severityRank(a.severity) || b.last_ms - a.last_ms;

/**
 * The answer to "does anything need me?" in one or two sentences.
 * @param {import('../lib/api.js').Stats} stats
 * @param {Alert[]} alerts open ones, most risky first
 * @param {string} range in words
 * @returns {{lead: string, detail: string, alert: Alert | null, calm: boolean}}
 */
export function headline(stats, alerts, range) {
  const by = stats.open_alerts_by_severity;
  const urgent = (by.critical ?? 0) + (by.high ?? 0);
  const top = alerts.find((alert) => isOpen(alert.status)) ?? null;
  if (urgent > 0) {
    return { lead: `${some(urgent, 'attack')} ${urgent === 1 ? 'needs' : 'need'} you.`, detail: top?.reason ?? '', alert: top, calm: false };
  }
  if (stats.open_alerts > 0) {
    return { lead: `No attack needs you. ${some(stats.open_alerts, 'lesser alert')} ${stats.open_alerts === 1 ? 'is' : 'are'} open.`, detail: top?.reason ?? '', alert: top, calm: true };
  }
  const seen = stats.total_events > 0 ? `${some(stats.total_events, 'event')} in ${range}, ${stats.suspicious_events === 0 ? 'none' : some(stats.suspicious_events, 'event').replace(/ events?$/, '')} suspicious.` : `No events in ${range}.`;
  return { lead: 'Nothing needs you.', detail: seen, alert: null, calm: true };
}

/**
 * Detections by class, grouped by the tactic that the class mostly serves; tactics without any left out.
 * @param {Record<string, number>} byClass
 */
export function tactics(byClass) {
  const most = Math.max(1, ...Object.values(byClass));
  return TACTICS.map(({ tactic, classes }) => ({
    tactic,
    classes: classes
      .map((name) => ({ name, label: title(name), count: byClass[name] ?? 0, share: (byClass[name] ?? 0) / most }))
      .filter(({ count }) => count > 0),
  })).filter(({ classes }) => classes.length > 0);
}

/** @param {import('../lib/api.js').Point} point */
export const detectionsOf = (point) => SEVERITIES.reduce((sum, severity) => sum + (point.detections[/** @type {'low'} */ (severity)] ?? 0), 0);

/**
 * Events above, detections by severity below, one time axis.
 * @param {import('../lib/api.js').Timeline} timeline
 * @param {import('../components/chart.js').Tokens} tokens
 * @param {{label: (timeMs: number) => string, exact: (timeMs: number) => string, count: (value: number) => string, brush: boolean}} words
 */
export function timelineOption(timeline, tokens, { label, exact, count, brush }) {
  const { points } = timeline;
  const starts = points.map((point) => point.start_ms);
  const present = [...SEVERITIES].reverse().filter((severity) => points.some((point) => point.detections[/** @type {'low'} */ (severity)]));
  const axis = (/** @type {number} */ gridIndex, /** @type {boolean} */ shown) => ({
    type: 'category',
    gridIndex,
    data: starts,
    axisLine: { lineStyle: { color: tokens.border } },
    axisTick: { show: false },
    axisLabel: { show: shown, color: tokens.muted, hideOverlap: true, alignMaxLabel: 'right', formatter: (/** @type {string} */ value) => label(Number(value)) },
    axisPointer: { label: { show: false } },
  });
  const scale = (/** @type {number} */ gridIndex) => ({
    type: 'value',
    gridIndex,
    minInterval: 1,
    splitNumber: 2,
    axisLabel: { color: tokens.muted, showMinLabel: false, formatter: (/** @type {number} */ value) => count(value) },
    splitLine: { lineStyle: { color: tokens.border } },
  });
  return {
    textStyle: { fontFamily: tokens.font, color: tokens.text },
    axisPointer: { link: [{ xAxisIndex: 'all' }], type: 'shadow', shadowStyle: { color: tokens.muted, opacity: 0.12 } },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      renderMode: 'richText',
      confine: true,
      backgroundColor: tokens.surface,
      borderColor: tokens.border,
      borderWidth: 1,
      padding: [8, 10],
      textStyle: { color: tokens.text, fontSize: 12, lineHeight: 18, fontFamily: tokens.font },
      formatter: (/** @type {any} */ hovered) => {
        const index = (Array.isArray(hovered) ? hovered[0] : hovered)?.dataIndex ?? 0;
        const point = points[index];
        if (!point) return '';
        const found = SEVERITIES.filter((severity) => point.detections[/** @type {'low'} */ (severity)]).map((severity) => `${title(severity)}  ${count(point.detections[/** @type {'low'} */ (severity)] ?? 0)}`);
        return [exact(point.start_ms), `Events  ${count(point.events)}`, ...found].join('\n');
      },
    },
    grid: [
      { left: 52, right: 8, top: 8, height: 62 },
      { left: 52, right: 8, top: 84, bottom: 24 },
    ],
    xAxis: [axis(0, false), axis(1, true)],
    yAxis: [scale(0), scale(1)],
    brush: brush ? { xAxisIndex: 'all', brushStyle: { color: `${tokens.accent}22`, borderColor: tokens.accent, borderWidth: 1 }, outOfBrush: { colorAlpha: 1 }, throttleType: 'debounce', throttleDelay: 50 } : undefined,
    toolbox: { show: false },
    series: [
      { name: 'Events', type: 'bar', xAxisIndex: 0, yAxisIndex: 0, data: points.map((point) => point.events), itemStyle: { color: tokens.tint }, barCategoryGap: '15%', emphasis: { disabled: true } },
      ...present.map((severity) => ({
        name: title(severity),
        type: 'bar',
        stack: 'detections',
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: points.map((point) => point.detections[/** @type {'low'} */ (severity)] ?? 0),
        itemStyle: { color: tokens.severity[severity] },
        barCategoryGap: '15%',
        emphasis: { disabled: true },
      })),
    ],
  };
}

/**
 * The rows of the table behind the timeline; buckets in which nothing happened are left out.
 * @param {import('../lib/api.js').Timeline} timeline
 * @param {(timeMs: number) => string} label
 * @returns {(string | number)[][]}
 */
export const timelineRows = (timeline, label) =>
  timeline.points
    .filter((point) => point.events > 0 || detectionsOf(point) > 0)
    .map((point) => [label(point.start_ms), point.events, point.suspicious, ...SEVERITIES.map((severity) => point.detections[/** @type {'low'} */ (severity)] ?? 0)]);

export const TIMELINE_COLUMNS = ['From', 'Events', 'Suspicious', ...SEVERITIES.map(title)];

/**
 * A line of the live feed, from an activity entry or a detection.
 * @typedef {{key: string, timeMs: number, severity: string, text: string, alert: string, kind: string}} FeedLine
 */

/**
 * An entry that is told live has no id yet, and comes again with one when the list is asked for: so its key is what it says.
 * An opened alert says its severity first, which is shown as everywhere.
 * @param {import('../lib/api.js').Activity} entry @returns {FeedLine}
 */
export function activityLine({ time_ms: timeMs, type, message }) {
  const severity = type === 'alert_opened' ? (SEVERITIES.find((word) => message.startsWith(`${word}: `)) ?? '') : '';
  return { key: `activity-${timeMs}-${message}`, timeMs, severity, text: severity ? `New alert: ${message.slice(severity.length + 2)}` : message, alert: '', kind: type };
}

/** @param {import('../lib/api.js').Detection} detection @returns {FeedLine} */
export const detectionLine = (detection) => ({ key: detection.id, timeMs: detection.time_ms, severity: detection.severity, text: detection.reason || detection.title, alert: detection.alert_id, kind: 'detection' });

/**
 * Newest first, without repeats, at most `most`.
 * @param {FeedLine[]} lines
 * @param {number} most
 */
export function feed(lines, most) {
  const seen = new Map(lines.map((line) => [line.key, line]));
  return [...seen.values()].sort((a, b) => b.timeMs - a.timeMs).slice(0, most);
}
