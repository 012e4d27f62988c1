/** The field names that searches are completed with: those that Vedette's formats fill most, and those seen in results. */

export const COMMON_FIELDS = [
  '@timestamp', 'event.action', 'event.category', 'event.code', 'event.dataset', 'event.module', 'event.outcome', 'event.reason', 'event.original',
  'message', 'log.level', 'log.file.path', 'log.syslog.appname', 'log.syslog.hostname', 'log.syslog.facility.name', 'log.syslog.severity.name',
  'host.name', 'process.name', 'process.pid', 'process.executable', 'process.command_line',
  'source.ip', 'source.port', 'source.domain', 'client.ip', 'destination.ip', 'destination.port', 'network.protocol', 'network.transport', 'network.forwarded_ip',
  'user.name', 'user.id', 'user.domain', 'user.effective.name', 'user.target.name', 'group.name',
  'http.request.method', 'http.request.referrer', 'http.response.status_code', 'http.response.body.bytes', 'http.version',
  'url.original', 'url.path', 'url.query', 'url.domain', 'url.extension', 'vedette.url.decoded', 'user_agent.original',
  'tls.version', 'tls.cipher', 'file.path', 'file.name', 'dns.question.name', 'service.name', 'error.message', 'error.code',
  'system.auth.ssh.event', 'system.auth.ssh.method', 'system.auth.sudo.command', 'system.auth.sudo.user', 'session.id', 'trace.id',
];

const VALUES_MAX = 50;

/**
 * What a record holds under a name from outside: `constructor` and its like are no entries of it. Pure.
 * @template V
 * @param {Record<string, V>} record
 * @param {string} name
 * @returns {V | undefined}
 */
export const own = (record, name) => (Object.hasOwn(record, name) ? record[name] : undefined);

/**
 * The fields of some events and the values seen of each. Pure.
 * @param {import('./api.js').LogEvent[]} events
 * @returns {Map<string, string[]>}
 */
export function seenFields(events) {
  /** @type {Map<string, Set<string>>} */
  const seen = new Map();
  for (const { fields } of events) {
    for (const [name, value] of Object.entries(fields)) {
      const values = seen.get(name) ?? new Set();
      if (values.size < VALUES_MAX && value.length <= 120) values.add(value);
      seen.set(name, values);
    }
  }
  return new Map([...seen].map(([name, values]) => [name, [...values]]));
}
