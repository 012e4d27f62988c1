package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import java.util.Arrays;

/// Confined to one worker. The names that programs give to the same things in their structured
/// logs, and how they map to ECS: the usual names for time, level, message, user and client, and
/// the access logs of web servers.
///
/// An ECS field that a line already has is never added a second time. The first name of a list that
/// a line has wins.
final class WellKnownKeys {
  private static final byte[] POST = Scan.bytes("POST");
  private static final byte[] SESSIONS_CONTROLLER = Scan.bytes("SessionsController");
  private static final byte[] CALLBACKS_CONTROLLER = Scan.bytes("CallbacksController");
  private static final byte[] CREATE = Scan.bytes("create");
  private static final byte[] FAILURE = Scan.bytes("failure");
  private static final byte[] NO_STATUS = Scan.bytes("0");
  private static final byte[] UNAUTHORIZED = Scan.bytes("401");
  private static final byte[] OK = Scan.bytes("200");
  private static final byte[] HTTP_LOGIN = Scan.bytes("http_login");

  private final Fields fields;
  private final UrlReader url;
  private final AccessLog access;
  private final LoginFailure login;

  private final int[] time;
  private final int[] level;
  private final int[] message;
  private final int[] reason;
  private final int[] client;
  private final int[] clientPort;
  private final int[] destination;
  private final int[] destinationPort;
  private final int[] user;
  private final int[] hostName;
  private final int[] webMethod;
  private final int[] webRequest;
  private final int[] webUri;
  private final int[] webQuery;
  private final int[] webStatus;
  private final int[] webBytes;
  private final int[] webAgent;
  private final int[] webReferrer;
  private final int[] webHost;
  private final int[] webProtocol;
  private final int[] webUser;
  private final int[] webForwarded;
  private final int[] webDuration;
  private final int[] traefik;
  private final int caddyUri;
  private final int railsController;
  private final int railsAction;
  private final int railsOneTimeCode;
  private final int[] railsUser;

  WellKnownKeys(Fields fields, UrlReader url, AccessLog access, LoginFailure login) {
    this.fields = fields;
    this.url = url;
    this.access = access;
    this.login = login;
    time =
        ids(
            "@timestamp",
            "timestamp",
            "time",
            "ts",
            "datetime",
            "date",
            "Timestamp",
            "eventTime",
            "event_time",
            "created_at",
            "t.$date",
            "time_iso8601",
            "time_local",
            "StartUTC",
            "msec",
            "asctime",
            "isodate",
            "logged_at",
            "created",
            "timeStamp",
            "Time",
            "TimeCreated",
            "UtcTime");
    level = ids("level", "severity", "lvl", "levelname", "loglevel", "log_level", "Level", "@l");
    message = ids("msg", "short_message", "text", "Message", "@m", "event.original");
    reason =
        ids(
            "error",
            "err",
            "reason",
            "action",
            "event",
            "event_type",
            "type",
            "result",
            "errorMessage",
            "error_message");
    client =
        ids(
            "client_ip",
            "src_ip",
            "source_ip",
            "remote_ip",
            "remote_addr",
            "clientip",
            "clientIp",
            "clientIP",
            "client_addr",
            "remoteAddress",
            "remoteAddr",
            "remote_address",
            "ip",
            "ip_address",
            "ipAddress",
            "srcip",
            "src",
            "sourceIPAddress",
            "ClientIP",
            "ClientHost",
            "request.client_ip",
            "request.remote_ip",
            "request.remote_addr",
            "client.address",
            "remote.ip",
            "remote_host",
            "remote",
            "attr.remote",
            "attr.client",
            "req.remoteAddress",
            "visitor_ip",
            "addr",
            "peer");
    clientPort = ids("src_port", "client_port", "remote_port", "request.remote_port", "ClientPort");
    destination = ids("dest_ip", "dst_ip", "destination_ip", "dstip", "dst");
    destinationPort = ids("dest_port", "dst_port", "destination_port", "dstport");
    user =
        ids(
            "username",
            "user_name",
            "userName",
            "user",
            "UserName",
            "login",
            "account",
            "remote_user",
            "request.user_id",
            "ClientUsername",
            "attr.principalName",
            "user_id");
    hostName = ids("hostname", "host", "Hostname", "host_name");
    webMethod =
        ids(
            "request_method",
            "method",
            "request.method",
            "RequestMethod",
            "verb",
            "http_method",
            "httpMethod",
            "requestMethod",
            "http.http_method",
            "req.method");
    webRequest = ids("request", "request_line");
    webUri =
        ids(
            "request_uri",
            "request.uri",
            "RequestPath",
            "uri",
            "path",
            "url",
            "request_path",
            "requestPath",
            "http.url",
            "target",
            "req.url");
    webQuery = ids("args", "query_string", "query");
    webStatus =
        ids(
            "status",
            "DownstreamStatus",
            "status_code",
            "statusCode",
            "response_status",
            "response.status",
            "http.status",
            "code");
    webBytes =
        ids(
            "body_bytes_sent",
            "size",
            "DownstreamContentSize",
            "bytes_sent",
            "bytes",
            "http.length",
            "resp_size");
    webAgent =
        ids(
            "http_user_agent",
            "request.headers.User-Agent",
            "request_User-Agent",
            "user_agent",
            "userAgent",
            "agent",
            "useragent",
            "http.http_user_agent");
    webReferrer =
        ids(
            "http_referer",
            "http_referrer",
            "request.headers.Referer",
            "request_Referer",
            "referer",
            "referrer",
            "http.http_refer");
    webHost =
        ids(
            "http_host",
            "request.host",
            "RequestHost",
            "server_name",
            "vhost",
            "http.hostname",
            "domain",
            "host");
    webProtocol =
        ids(
            "server_protocol",
            "request.proto",
            "RequestProtocol",
            "protocol",
            "proto",
            "http.protocol");
    webUser = ids("remote_user", "request.user_id", "ClientUsername", "auth_user");
    webForwarded =
        ids("http_x_forwarded_for", "x_forwarded_for", "request.headers.X-Forwarded-For");
    webDuration = ids("request_time", "duration");
    traefik = ids("ClientHost", "RequestPath", "RequestMethod");
    caddyUri = id("request.uri");
    railsController = id("controller");
    railsAction = id("action");
    railsOneTimeCode = id("params.value.otp_attempt");
    railsUser = ids("params.value.login", "params.value.email", "params.value.username");
  }

  int id(String name) {
    return fields.dictionary.intern(name);
  }

  int[] ids(String... names) {
    return Arrays.stream(names).mapToInt(this::id).toArray();
  }

  /// Maps what is not the access log of a web server.
  ///
  /// @param ecs whether the line speaks ECS, so that an address in its text is none of its source
  void map(boolean ecs) {
    Event event = fields.event;
    mapText();
    if (!event.has(Ecs.SOURCE_IP) && !event.has(Ecs.SOURCE_ADDRESS)) {
      network();
    }
    if (!event.has(Ecs.USER_NAME)) {
      alias(Ecs.USER_NAME, user);
    }
    if (!event.has(Ecs.HOST_HOSTNAME) && !event.has(Ecs.HOST_NAME)) {
      alias(Ecs.HOST_HOSTNAME, hostName);
    }
    int at = event.first(Ecs.MESSAGE);
    if (!ecs && at >= 0) {
      login.inspect(event.array(at), event.from(at), event.to(at));
    }
    if (!ecs && event.has(Ecs.SOURCE_IP)) {
      for (int field : reason) {
        int slot = event.first(field);
        if (slot >= 0 && event.kind(slot) == Event.Kind.STRING) {
          login.inspect(event.array(slot), event.from(slot), event.to(slot));
        }
      }
    }
  }

  /// Maps kind, message and level.
  void mapText() {
    Event event = fields.event;
    fields.kind();
    alias(Ecs.MESSAGE, message);
    if (!event.has(Ecs.LOG_LEVEL)) {
      copy(Ecs.LOG_LEVEL, firstScalar(level));
    }
  }

  /// Access logs of nginx, Caddy and Traefik in JSON, and what looks like them: a method or a
  /// request line, a target and a status together.
  boolean web() {
    Event event = fields.event;
    int status = firstScalar(webStatus);
    int request = firstScalar(webRequest);
    int method = firstScalar(webMethod);
    int uri = firstScalar(webUri);
    if (status < 0 || !Scan.isNumber(event.array(status), event.from(status), event.to(status))) {
      return false;
    }
    boolean line =
        request >= 0
            && uri < 0
            && Scan.indexOf(event.array(request), event.from(request), event.to(request), ' ') > 0;
    if (!line && (method < 0 || uri < 0 || event.to(uri) == event.from(uri))) {
      return false;
    }
    event.dataset(
        event.has(traefik[0]) && event.has(traefik[1])
            ? Datasets.TRAEFIK_ACCESS
            : event.has(caddyUri) ? Datasets.CADDY_ACCESS : AccessLog.datasetOf(fields.hint));
    fields.kind(Values.WEB, Values.ACCESS);
    int who = firstScalar(client);
    if (who >= 0) {
      fields.addSourceWithPort(event.array(who), event.from(who), event.to(who));
    }
    if (!event.has(Ecs.SOURCE_PORT)) {
      copy(Ecs.SOURCE_PORT, firstScalar(clientPort));
    }
    if (line) {
      access.request(event.array(request), event.from(request), event.to(request));
    } else {
      copy(Ecs.HTTP_REQUEST_METHOD, method);
      int query = firstScalar(webQuery);
      byte[] target = event.array(uri);
      int from = event.from(uri);
      int to = event.to(uri);
      if (query >= 0
          && event.to(query) > event.from(query)
          && Scan.indexOf(target, from, to, '?') < 0
          && (event.to(query) - event.from(query) > 1
              || event.array(query)[event.from(query)] != '-')) {
        int length = to - from + 1 + event.to(query) - event.from(query);
        byte[] scratch = event.scratch(length);
        int start = event.scratchUsed();
        System.arraycopy(target, from, scratch, start, to - from);
        int p = start + to - from;
        scratch[p++] = '?';
        System.arraycopy(
            event.array(query), event.from(query), scratch, p, event.to(query) - event.from(query));
        event.scratchUsed(start + length);
        url.read(scratch, start, start + length);
      } else {
        url.read(target, from, to);
      }
      int protocol = firstScalar(webProtocol);
      if (protocol >= 0) {
        int slash =
            Scan.indexOf(event.array(protocol), event.from(protocol), event.to(protocol), '/');
        if (slash >= 0) {
          event.add(Ecs.HTTP_VERSION, event.array(protocol), slash + 1, event.to(protocol));
        }
      }
    }
    if (method >= 0 && event.has(railsController) && isRefusedByRails(status, method)) {
      refusedLogin();
      copy(Ecs.HTTP_RESPONSE_STATUS_CODE, status);
    } else if (!access.addStatus(event.array(status), event.from(status), event.to(status))) {
      // Caddy writes 0 for a connection that was answered by nobody.
      copy(Ecs.HTTP_RESPONSE_STATUS_CODE, status);
    }
    copyPresent(Ecs.HTTP_RESPONSE_BODY_BYTES, firstScalar(webBytes));
    copyPresent(Ecs.USER_AGENT_ORIGINAL, firstScalar(webAgent));
    copyPresent(Ecs.HTTP_REQUEST_REFERRER, firstScalar(webReferrer));
    copyPresent(Ecs.USER_NAME, firstScalar(webUser));
    copyPresent(Ecs.HTTP_REQUEST_TIME, firstScalar(webDuration));
    int host = firstScalar(webHost);
    if (host >= 0 && !event.has(Ecs.URL_DOMAIN)) {
      url.host(event.array(host), event.from(host), event.to(host));
    }
    int forwarded = firstScalar(webForwarded);
    if (forwarded >= 0) {
      access.addForwarded(event.array(forwarded), event.from(forwarded), event.to(forwarded));
    }
    return true;
  }

  /// Ruby on Rails with Devise, as GitLab logs it: a login that succeeds is answered with a
  /// redirect, a wrong password breaks off without any status (0) or with 401, a wrong one-time
  /// code shows its page again. The same page without a code only asks for one. Providers report to
  /// an action of their own.
  private boolean isRefusedByRails(int status, int method) {
    int controller = fields.event.first(railsController);
    int action = fields.event.first(railsAction);
    if (action < 0) {
      return false;
    }
    if (endsWith(controller, CALLBACKS_CONTROLLER)) {
      return is(action, FAILURE);
    }
    return is(method, POST)
        && endsWith(controller, SESSIONS_CONTROLLER)
        && is(action, CREATE)
        && (is(status, NO_STATUS)
            || is(status, UNAUTHORIZED)
            || (is(status, OK) && fields.event.has(railsOneTimeCode)));
  }

  /// The outcome is that of the login, whatever page the status answered with.
  private void refusedLogin() {
    fields.outcome(false);
    fields.add(Ecs.EVENT_CATEGORY, Values.AUTHENTICATION);
    fields.add(Ecs.EVENT_TYPE, Values.AUTHENTICATION_FAILURE);
    fields.add(Ecs.EVENT_ACTION, HTTP_LOGIN);
    copyPresent(Ecs.USER_NAME, firstScalar(railsUser));
  }

  private boolean is(int slot, byte[] text) {
    Event event = fields.event;
    return Scan.equals(event.array(slot), event.from(slot), event.to(slot), text);
  }

  private boolean endsWith(int slot, byte[] text) {
    Event event = fields.event;
    return Scan.endsWith(event.array(slot), event.from(slot), event.to(slot), text);
  }

  private void network() {
    Event event = fields.event;
    for (int field : client) {
      int at = event.first(field);
      if (at >= 0 && event.kind(at) == Event.Kind.STRING) {
        int before = event.slots();
        byte[] b = event.array(at);
        int from = event.from(at);
        int to = event.to(at);
        int colon = Scan.lastIndexOf(b, from, to, ':');
        if (fields.ip.parse(b, from, to)
            || (colon > from && fields.ip.parse(b, from, colon) && Scan.isPort(b, colon + 1, to))) {
          fields.addSourceWithPort(b, from, to);
        }
        if (event.slots() > before) {
          break;
        }
      }
    }
    if (!event.has(Ecs.SOURCE_PORT)) {
      copy(Ecs.SOURCE_PORT, firstScalar(clientPort));
    }
    int at = firstScalar(destination);
    if (at >= 0 && !event.has(Ecs.DESTINATION_IP)) {
      fields.addIp(Ecs.DESTINATION_IP, event.array(at), event.from(at), event.to(at));
      copy(Ecs.DESTINATION_PORT, firstScalar(destinationPort));
    }
  }

  /// Sets the time from the first key that holds one.
  void readTime() {
    Event event = fields.event;
    for (int field : time) {
      int at = event.first(field);
      if (at < 0) {
        continue;
      }
      byte[] b = event.array(at);
      int from = event.from(at);
      int to = event.to(at);
      long ms = fields.times.iso(b, from, to);
      if (ms == Event.NO_TIME) {
        ms = Times.epoch(b, from, to);
      }
      if (ms == Event.NO_TIME) {
        ms = fields.times.clf(b, from, to);
      }
      if (ms != Event.NO_TIME) {
        event.timeMs(ms);
        return;
      }
    }
  }

  /// The first value of the first key that the line has, or -1.
  int firstScalar(int[] candidates) {
    Event event = fields.event;
    for (int field : candidates) {
      int at = event.first(field);
      if (at >= 0 && event.kind(at) != Event.Kind.NULL) {
        return at;
      }
    }
    return -1;
  }

  private void alias(int field, int[] candidates) {
    Event event = fields.event;
    if (event.has(field)) {
      return;
    }
    for (int candidate : candidates) {
      int at = event.first(candidate);
      if (at >= 0 && event.kind(at) == Event.Kind.STRING && event.to(at) > event.from(at)) {
        event.add(field, event.array(at), event.from(at), event.to(at));
        return;
      }
    }
  }

  /// Adds the value of a slot to another field; nothing for -1.
  void copy(int field, int slot) {
    Event event = fields.event;
    if (slot >= 0) {
      event.add(field, event.array(slot), event.from(slot), event.to(slot));
    }
  }

  private void copyPresent(int field, int slot) {
    Event event = fields.event;
    if (slot >= 0 && !event.has(field)) {
      fields.addPresent(field, event.array(slot), event.from(slot), event.to(slot));
    }
  }
}
