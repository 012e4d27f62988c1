package dev.vedette.parse;

import dev.vedette.event.Dataset;
import dev.vedette.event.LogSource;
import java.util.ArrayList;
import java.util.List;

/// Immutable. The data sets of this module's own formats, and which Sigma rules look at them.
///
/// An access log that does not say whose it is may be Apache's or nginx's, so the rules for either
/// look at it. An sshd line is `linux/sshd`, and also what the files it is kept in are:
/// `linux/auth` and `linux/syslog`.
final class Datasets {
  private Datasets() {}

  private static final LogSource WEB = new LogSource("webserver", "", "");

  static final Dataset APACHE_ACCESS = web("apache.access", "apache", "apache", "access");
  static final Dataset NGINX_ACCESS = web("nginx.access", "nginx", "nginx", "access");
  static final Dataset NGINX_INGRESS = web("nginx.ingress_controller", "nginx", "nginx", "access");
  static final Dataset WEB_ACCESS =
      new Dataset(
          "web.access",
          "web",
          List.of(
              WEB,
              new LogSource("webserver", "apache", "access"),
              new LogSource("webserver", "nginx", "access")));
  static final Dataset APACHE_ERROR = web("apache.error", "apache", "apache", "error");
  static final Dataset NGINX_ERROR = web("nginx.error", "nginx", "nginx", "error");
  static final Dataset TRAEFIK_ACCESS = web("traefik.access", "traefik", "traefik", "access");
  static final Dataset CADDY_ACCESS = web("caddy.access", "caddy", "caddy", "access");
  static final Dataset MODSECURITY =
      new Dataset(
          "apache.error",
          "apache",
          List.of(
              new LogSource("webserver", "apache", "error"),
              new LogSource("", "modsecurity", ""),
              new LogSource("", "linux", "modsecurity")));

  static final Dataset SSHD = linux("system.auth", "sshd", "auth", "syslog");
  static final Dataset SUDO = linux("system.auth", "sudo", "auth", "syslog");
  static final Dataset AUTH = linux("system.auth", "auth", "syslog");
  static final Dataset SYSLOG = linux("system.syslog", "syslog");
  static final Dataset CRON = linux("system.syslog", "cron", "syslog");
  static final Dataset KERNEL = linux("system.syslog", "kernel", "syslog");
  static final Dataset AUDITD = linux("system.syslog", "auditd", "syslog");
  static final Dataset CLAMAV = linux("system.syslog", "clamav", "syslog");
  static final Dataset VSFTPD = linux("system.syslog", "vsftpd", "syslog");
  static final Dataset GUACAMOLE = linux("system.syslog", "guacamole", "syslog");
  static final Dataset NAMED = linux("system.syslog", "named", "syslog");

  static final Dataset JSON = new Dataset("json", "json", List.of(new LogSource("", "json", "")));
  static final Dataset LOGFMT =
      new Dataset("logfmt", "logfmt", List.of(new LogSource("", "logfmt", "")));

  private static Dataset web(String name, String module, String product, String service) {
    return new Dataset(name, module, List.of(new LogSource("webserver", product, service)));
  }

  private static Dataset linux(String name, String... services) {
    var sources = new ArrayList<LogSource>();
    for (String service : services) {
      sources.add(new LogSource("", "linux", service));
    }
    return new Dataset(name, "system", sources);
  }

  /// The data set that names itself in `event.dataset` of a JSON line, with the log sources of our
  /// own formats where the name is one of theirs.
  static Dataset named(String name) {
    return switch (name) {
      case "apache.access" -> APACHE_ACCESS;
      case "apache.error" -> APACHE_ERROR;
      case "nginx.access" -> NGINX_ACCESS;
      case "nginx.error" -> NGINX_ERROR;
      case "nginx.ingress_controller" -> NGINX_INGRESS;
      case "traefik.access" -> TRAEFIK_ACCESS;
      case "web.access" -> WEB_ACCESS;
      case "system.auth" -> AUTH;
      case "system.syslog" -> SYSLOG;
      default -> {
        int dot = name.indexOf('.');
        String module = dot > 0 ? name.substring(0, dot) : name;
        String service = dot > 0 ? name.substring(dot + 1) : "";
        yield new Dataset(name, module, List.of(new LogSource("", module, service)));
      }
    };
  }
}
