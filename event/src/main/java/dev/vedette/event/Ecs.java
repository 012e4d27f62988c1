package dev.vedette.event;

/// Immutable. The Elastic Common Schema fields that Vedette's own formats fill, as small dense ids.
///
/// An id is an index: parsers store by it, compiled rules read by it, and nothing on the hot path
/// compares names. The ids of this class are the same in every [FieldDictionary]; names that are
/// not here (arbitrary JSON) get ids above [#COUNT] when they are first seen. Ids are never written
/// to disk, so the order below may change freely.
///
/// Names follow ECS 8.17. `vedette.url.decoded` is our own: the request target after
/// percent-decoding, present only where decoding changes it.
public final class Ecs {
  private Ecs() {}

  public static final int TIMESTAMP = 0;
  public static final int EVENT_ORIGINAL = 1;
  public static final int EVENT_DATASET = 2;
  public static final int EVENT_MODULE = 3;
  public static final int EVENT_KIND = 4;
  public static final int EVENT_CATEGORY = 5;
  public static final int EVENT_TYPE = 6;
  public static final int EVENT_ACTION = 7;
  public static final int EVENT_OUTCOME = 8;
  public static final int EVENT_REASON = 9;
  public static final int EVENT_CODE = 10;
  public static final int EVENT_PROVIDER = 11;
  public static final int EVENT_SEVERITY = 12;
  public static final int EVENT_DURATION = 13;
  public static final int EVENT_SEQUENCE = 14;
  public static final int EVENT_ID = 15;
  public static final int EVENT_CREATED = 16;
  public static final int MESSAGE = 17;
  public static final int TAGS = 18;
  public static final int LOG_LEVEL = 19;
  public static final int LOG_LOGGER = 20;
  public static final int LOG_FILE_PATH = 21;
  public static final int LOG_SYSLOG_PRIORITY = 22;
  public static final int LOG_SYSLOG_FACILITY_CODE = 23;
  public static final int LOG_SYSLOG_FACILITY_NAME = 24;
  public static final int LOG_SYSLOG_SEVERITY_CODE = 25;
  public static final int LOG_SYSLOG_SEVERITY_NAME = 26;
  public static final int LOG_SYSLOG_APPNAME = 27;
  public static final int LOG_SYSLOG_HOSTNAME = 28;
  public static final int LOG_SYSLOG_MSGID = 29;
  public static final int LOG_SYSLOG_PROCID = 30;
  public static final int LOG_SYSLOG_VERSION = 31;
  public static final int LOG_SYSLOG_STRUCTURED_DATA = 32;
  public static final int HOST_NAME = 33;
  public static final int HOST_HOSTNAME = 34;
  public static final int HOST_IP = 35;
  public static final int PROCESS_NAME = 36;
  public static final int PROCESS_PID = 37;
  public static final int PROCESS_THREAD_ID = 38;
  public static final int PROCESS_EXECUTABLE = 39;
  public static final int PROCESS_COMMAND_LINE = 40;
  public static final int PROCESS_ARGS = 41;
  public static final int PROCESS_WORKING_DIRECTORY = 42;
  public static final int PROCESS_PARENT_EXECUTABLE = 43;
  public static final int PROCESS_PARENT_COMMAND_LINE = 44;
  public static final int PROCESS_PARENT_NAME = 45;
  public static final int PROCESS_PARENT_PID = 46;
  public static final int SOURCE_IP = 47;
  public static final int SOURCE_ADDRESS = 48;
  public static final int SOURCE_PORT = 49;
  public static final int SOURCE_DOMAIN = 50;
  public static final int SOURCE_BYTES = 51;
  public static final int SOURCE_USER_NAME = 52;
  public static final int CLIENT_IP = 53;
  public static final int CLIENT_PORT = 54;
  public static final int DESTINATION_IP = 55;
  public static final int DESTINATION_ADDRESS = 56;
  public static final int DESTINATION_PORT = 57;
  public static final int DESTINATION_DOMAIN = 58;
  public static final int NETWORK_TRANSPORT = 59;
  public static final int NETWORK_PROTOCOL = 60;
  public static final int NETWORK_DIRECTION = 61;
  public static final int NETWORK_FORWARDED_IP = 62;
  public static final int USER_NAME = 63;
  public static final int USER_ID = 64;
  public static final int USER_DOMAIN = 65;
  public static final int USER_EMAIL = 66;
  public static final int USER_EFFECTIVE_NAME = 67;
  public static final int USER_EFFECTIVE_ID = 68;
  public static final int USER_TARGET_NAME = 69;
  public static final int USER_TARGET_ID = 70;
  public static final int USER_CHANGES_NAME = 71;
  public static final int GROUP_NAME = 72;
  public static final int GROUP_ID = 73;
  public static final int RELATED_IP = 74;
  public static final int RELATED_USER = 75;
  public static final int RELATED_HOSTS = 76;
  public static final int HTTP_REQUEST_METHOD = 77;
  public static final int HTTP_REQUEST_REFERRER = 78;
  public static final int HTTP_REQUEST_ID = 79;
  public static final int HTTP_REQUEST_BYTES = 80;
  public static final int HTTP_REQUEST_MIME_TYPE = 81;
  public static final int HTTP_REQUEST_BODY_CONTENT = 82;
  public static final int HTTP_RESPONSE_STATUS_CODE = 83;
  public static final int HTTP_RESPONSE_BYTES = 84;
  public static final int HTTP_RESPONSE_BODY_BYTES = 85;
  public static final int HTTP_VERSION = 86;
  public static final int URL_ORIGINAL = 87;
  public static final int URL_PATH = 88;
  public static final int URL_QUERY = 89;
  public static final int URL_DOMAIN = 90;
  public static final int URL_EXTENSION = 91;
  public static final int URL_FULL = 92;
  public static final int URL_FRAGMENT = 93;
  public static final int URL_SCHEME = 94;
  public static final int URL_USERNAME = 95;
  public static final int URL_PORT = 96;
  public static final int URL_DECODED = 97;
  public static final int USER_AGENT_ORIGINAL = 98;
  public static final int TLS_CIPHER = 99;
  public static final int TLS_VERSION = 100;
  public static final int TLS_VERSION_PROTOCOL = 101;
  public static final int TLS_CLIENT_SERVER_NAME = 102;
  public static final int FILE_PATH = 103;
  public static final int FILE_NAME = 104;
  public static final int FILE_EXTENSION = 105;
  public static final int FILE_HASH_SHA256 = 106;
  public static final int DNS_QUESTION_NAME = 107;
  public static final int DNS_QUESTION_TYPE = 108;
  public static final int DNS_ANSWERS_DATA = 109;
  public static final int SERVICE_NAME = 110;
  public static final int SERVICE_TYPE = 111;
  public static final int ERROR_MESSAGE = 112;
  public static final int ERROR_CODE = 113;
  public static final int ERROR_TYPE = 114;
  public static final int RULE_NAME = 115;
  public static final int RULE_ID = 116;
  public static final int THREAT_TECHNIQUE_ID = 117;
  public static final int TRACE_ID = 118;
  public static final int SESSION_ID = 119;
  public static final int SYSTEM_AUTH_SSH_EVENT = 120;
  public static final int SYSTEM_AUTH_SSH_METHOD = 121;
  public static final int SYSTEM_AUTH_SSH_SIGNATURE = 122;
  public static final int SYSTEM_AUTH_SSH_DROPPED_IP = 123;
  public static final int SYSTEM_AUTH_SUDO_COMMAND = 124;
  public static final int SYSTEM_AUTH_SUDO_PWD = 125;
  public static final int SYSTEM_AUTH_SUDO_TTY = 126;
  public static final int SYSTEM_AUTH_SUDO_USER = 127;
  public static final int SYSTEM_AUTH_SUDO_ERROR = 128;
  public static final int SYSTEM_AUTH_USERADD_HOME = 129;
  public static final int SYSTEM_AUTH_USERADD_SHELL = 130;
  public static final int APACHE_ERROR_MODULE = 131;
  public static final int NGINX_ERROR_CONNECTION_ID = 132;
  public static final int APACHE_ACCESS_IDENTITY = 133;
  public static final int HTTP_REQUEST_TIME = 134;
  public static final int HTTP_UPSTREAM_TIME = 135;

  /// The number of fields above; dynamic ids start here.
  public static final int COUNT = 136;

  private static final String[] NAMES = {
    "@timestamp",
    "event.original",
    "event.dataset",
    "event.module",
    "event.kind",
    "event.category",
    "event.type",
    "event.action",
    "event.outcome",
    "event.reason",
    "event.code",
    "event.provider",
    "event.severity",
    "event.duration",
    "event.sequence",
    "event.id",
    "event.created",
    "message",
    "tags",
    "log.level",
    "log.logger",
    "log.file.path",
    "log.syslog.priority",
    "log.syslog.facility.code",
    "log.syslog.facility.name",
    "log.syslog.severity.code",
    "log.syslog.severity.name",
    "log.syslog.appname",
    "log.syslog.hostname",
    "log.syslog.msgid",
    "log.syslog.procid",
    "log.syslog.version",
    "log.syslog.structured_data",
    "host.name",
    "host.hostname",
    "host.ip",
    "process.name",
    "process.pid",
    "process.thread.id",
    "process.executable",
    "process.command_line",
    "process.args",
    "process.working_directory",
    "process.parent.executable",
    "process.parent.command_line",
    "process.parent.name",
    "process.parent.pid",
    "source.ip",
    "source.address",
    "source.port",
    "source.domain",
    "source.bytes",
    "source.user.name",
    "client.ip",
    "client.port",
    "destination.ip",
    "destination.address",
    "destination.port",
    "destination.domain",
    "network.transport",
    "network.protocol",
    "network.direction",
    "network.forwarded_ip",
    "user.name",
    "user.id",
    "user.domain",
    "user.email",
    "user.effective.name",
    "user.effective.id",
    "user.target.name",
    "user.target.id",
    "user.changes.name",
    "group.name",
    "group.id",
    "related.ip",
    "related.user",
    "related.hosts",
    "http.request.method",
    "http.request.referrer",
    "http.request.id",
    "http.request.bytes",
    "http.request.mime_type",
    "http.request.body.content",
    "http.response.status_code",
    "http.response.bytes",
    "http.response.body.bytes",
    "http.version",
    "url.original",
    "url.path",
    "url.query",
    "url.domain",
    "url.extension",
    "url.full",
    "url.fragment",
    "url.scheme",
    "url.username",
    "url.port",
    "vedette.url.decoded",
    "user_agent.original",
    "tls.cipher",
    "tls.version",
    "tls.version_protocol",
    "tls.client.server_name",
    "file.path",
    "file.name",
    "file.extension",
    "file.hash.sha256",
    "dns.question.name",
    "dns.question.type",
    "dns.answers.data",
    "service.name",
    "service.type",
    "error.message",
    "error.code",
    "error.type",
    "rule.name",
    "rule.id",
    "threat.technique.id",
    "trace.id",
    "session.id",
    "system.auth.ssh.event",
    "system.auth.ssh.method",
    "system.auth.ssh.signature",
    "system.auth.ssh.dropped_ip",
    "system.auth.sudo.command",
    "system.auth.sudo.pwd",
    "system.auth.sudo.tty",
    "system.auth.sudo.user",
    "system.auth.sudo.error",
    "system.auth.useradd.home",
    "system.auth.useradd.shell",
    "apache.error.module",
    "nginx.error.connection_id",
    "apache.access.identity",
    "http.request.time",
    "http.upstream.time",
  };

  /// The dotted ECS name of a well-known field, such as `source.ip`.
  public static String name(int field) {
    return NAMES[field];
  }
}
