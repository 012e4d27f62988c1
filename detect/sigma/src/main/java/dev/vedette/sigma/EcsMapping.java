package dev.vedette.sigma;

import dev.vedette.event.LogSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tables behind [FieldMapping#ecs].
final class EcsMapping {
  private EcsMapping() {}

  /// `cs-uri-query` is, by the W3C, the query alone; most published rules put paths into it, so it
  /// means the whole request target, raw and decoded.
  private static final String WEB =
      """
      cs-uri-query  url.original url.query vedette.url.decoded
      cs-uri        url.original vedette.url.decoded
      cs-uri-stem   url.path
      cs-method     http.request.method
      sc-status     http.response.status_code
      cs-user-agent user_agent.original
      c-useragent   user_agent.original
      cs-referer    http.request.referrer
      cs-referrer   http.request.referrer
      cs-username   user.name url.username
      cs-host       url.domain
      cs-content-type http.request.mime_type
      cs-version    http.version
      cs-cookie     http.request.headers.cookie
      c-ip          source.ip
      s-ip          destination.ip
      s-port        destination.port
      sc-bytes      http.response.bytes http.response.body.bytes
      cs-bytes      http.request.bytes
      date          @timestamp
      time          @timestamp
      """;

  private static final String PROXY =
      """
      c-uri           url.full url.original vedette.url.decoded
      c-uri-query     url.query
      c-uri-stem      url.path
      c-uri-extension url.extension
      r-dns           url.domain
      src_ip          source.ip
      dst_ip          destination.ip
      """;

  private static final String PROCESS =
      """
      Image             process.executable
      CommandLine       process.command_line
      ParentImage       process.parent.executable
      ParentCommandLine process.parent.command_line
      CurrentDirectory  process.working_directory
      ProcessId         process.pid
      ParentProcessId   process.parent.pid
      User              user.name
      """;

  private static final String FILE =
      """
      TargetFilename file.path
      Image          process.executable
      User           user.name
      """;

  private static final String NETWORK =
      """
      DestinationHostname destination.domain
      DestinationIp       destination.ip
      DestinationPort     destination.port
      SourceIp            source.ip
      SourcePort          source.port
      Image               process.executable
      User                user.name
      """;

  private static final String DNS =
      """
      query       dns.question.name
      QueryName   dns.question.name
      answer      dns.answers.data
      record_type dns.question.type
      Image       process.executable
      """;

  private static final String FIREWALL =
      """
      src_ip   source.ip
      src_port source.port
      dst_ip   destination.ip
      dst_port destination.port
      action   event.action
      """;

  private static final String LINUX =
      """
      USER system.auth.sudo.user user.target.name
      User user.name
      exe  process.executable
      comm process.name
      """;

  private static final String AUDITD =
      """
      type     auditd.message_type
      a0       auditd.data.a0
      a1       auditd.data.a1
      a2       auditd.data.a2
      a3       auditd.data.a3
      a4       auditd.data.a4
      a5       auditd.data.a5
      a6       auditd.data.a6
      a7       auditd.data.a7
      name     auditd.data.name file.path
      nametype auditd.data.nametype
      SYSCALL  auditd.data.syscall
      syscall  auditd.data.syscall
      key      auditd.data.key tags
      exe      process.executable
      comm     process.name
      euid     user.effective.id
      unit     systemd.unit
      """;

  static final FieldMapping MAPPING =
      FieldMapping.none()
          .with(new LogSource("webserver", "", ""), table(WEB))
          .with(new LogSource("", "apache", ""), table(WEB))
          .with(new LogSource("", "nginx", ""), table(WEB))
          .with(new LogSource("proxy", "", ""), table(WEB + PROXY))
          .with(new LogSource("process_creation", "", ""), table(PROCESS))
          .with(new LogSource("file_event", "", ""), table(FILE))
          .with(new LogSource("network_connection", "", ""), table(NETWORK))
          .with(new LogSource("dns", "", ""), table(DNS))
          .with(new LogSource("dns_query", "", ""), table(DNS))
          .with(new LogSource("firewall", "", ""), table(FIREWALL))
          .with(new LogSource("", "linux", ""), table(LINUX))
          .with(new LogSource("", "linux", "auditd"), table(AUDITD))
          .with(new LogSource("antivirus", "", ""), table("Filename file.path"));

  private static Map<String, List<String>> table(String text) {
    Map<String, List<String>> out = new LinkedHashMap<>();
    text.lines()
        .forEach(line -> {
          List<String> words = List.of(line.strip().split("\\s+"));
          out.put(words.getFirst(), words.subList(1, words.size()));
        });
    return out;
  }
}
