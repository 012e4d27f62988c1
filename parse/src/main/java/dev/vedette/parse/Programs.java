package dev.vedette.parse;

import dev.vedette.event.Dataset;
import java.util.Arrays;

/// Immutable. The programs whose syslog messages mean something to us, by the name in the tag.
final class Programs {
  private Programs() {}

  static final byte[] PAM = Scan.bytes("pam_");
  static final byte[] NONE = {};

  enum Program {
    SSHD,
    SUDO,
    SU,
    LOGIN,
    ACCOUNTS,
    LOGIND,
    PKEXEC,
    /// Others that only write to the authentication log.
    AUTH,
    CRON,
    KERNEL,
    APACHE,
    NGINX,
    CLAMAV,
    VSFTPD,
    GUACAMOLE,
    NAMED,
    AUDITD,
    CHARON,
    OTHER;

    /// What the lines of this program are.
    Dataset dataset() {
      return switch (this) {
        case SSHD -> Datasets.SSHD;
        case SUDO -> Datasets.SUDO;
        case SU, LOGIN, ACCOUNTS, LOGIND, PKEXEC, AUTH -> Datasets.AUTH;
        case CRON -> Datasets.CRON;
        case KERNEL -> Datasets.KERNEL;
        case CLAMAV -> Datasets.CLAMAV;
        case VSFTPD -> Datasets.VSFTPD;
        case GUACAMOLE -> Datasets.GUACAMOLE;
        case NAMED -> Datasets.NAMED;
        case AUDITD -> Datasets.AUDITD;
        case APACHE, NGINX, CHARON, OTHER -> Datasets.SYSLOG;
      };
    }
  }

  private record Name(byte[] bytes, Program program) {}

  /// By the first letter, lower case.
  private static final Name[][] NAMES =
      table(
          new Name(Scan.bytes("sudo"), Program.SUDO),
          new Name(Scan.bytes("su"), Program.SU),
          new Name(Scan.bytes("login"), Program.LOGIN),
          new Name(Scan.bytes("useradd"), Program.ACCOUNTS),
          new Name(Scan.bytes("userdel"), Program.ACCOUNTS),
          new Name(Scan.bytes("usermod"), Program.ACCOUNTS),
          new Name(Scan.bytes("groupadd"), Program.ACCOUNTS),
          new Name(Scan.bytes("groupdel"), Program.ACCOUNTS),
          new Name(Scan.bytes("groupmod"), Program.ACCOUNTS),
          new Name(Scan.bytes("adduser"), Program.ACCOUNTS),
          new Name(Scan.bytes("addgroup"), Program.ACCOUNTS),
          new Name(Scan.bytes("gpasswd"), Program.ACCOUNTS),
          new Name(Scan.bytes("newusers"), Program.ACCOUNTS),
          new Name(Scan.bytes("passwd"), Program.ACCOUNTS),
          new Name(Scan.bytes("chpasswd"), Program.ACCOUNTS),
          new Name(Scan.bytes("chage"), Program.ACCOUNTS),
          new Name(Scan.bytes("chfn"), Program.ACCOUNTS),
          new Name(Scan.bytes("chsh"), Program.ACCOUNTS),
          new Name(Scan.bytes("systemd-logind"), Program.LOGIND),
          new Name(Scan.bytes("su-l"), Program.SU),
          new Name(Scan.bytes("runuser"), Program.SU),
          new Name(Scan.bytes("pam"), Program.AUTH),
          new Name(Scan.bytes("polkitd"), Program.AUTH),
          new Name(Scan.bytes("pkexec"), Program.PKEXEC),
          new Name(Scan.bytes("doas"), Program.AUTH),
          new Name(Scan.bytes("gdm-password"), Program.AUTH),
          new Name(Scan.bytes("gdm-session-worker"), Program.AUTH),
          new Name(Scan.bytes("sssd"), Program.AUTH),
          new Name(Scan.bytes("cron"), Program.CRON),
          new Name(Scan.bytes("crond"), Program.CRON),
          new Name(Scan.bytes("crontab"), Program.CRON),
          new Name(Scan.bytes("anacron"), Program.CRON),
          new Name(Scan.bytes("kernel"), Program.KERNEL),
          new Name(Scan.bytes("apache"), Program.APACHE),
          new Name(Scan.bytes("apache2"), Program.APACHE),
          new Name(Scan.bytes("httpd"), Program.APACHE),
          new Name(Scan.bytes("nginx"), Program.NGINX),
          new Name(Scan.bytes("clamd"), Program.CLAMAV),
          new Name(Scan.bytes("clamav"), Program.CLAMAV),
          new Name(Scan.bytes("freshclam"), Program.CLAMAV),
          new Name(Scan.bytes("vsftpd"), Program.VSFTPD),
          new Name(Scan.bytes("guacd"), Program.GUACAMOLE),
          new Name(Scan.bytes("guacamole"), Program.GUACAMOLE),
          new Name(Scan.bytes("named"), Program.NAMED),
          new Name(Scan.bytes("charon"), Program.CHARON),
          new Name(Scan.bytes("charon-systemd"), Program.CHARON),
          new Name(Scan.bytes("auditd"), Program.AUDITD),
          new Name(Scan.bytes("audit"), Program.AUDITD),
          new Name(Scan.bytes("audispd"), Program.AUDITD));

  private static Name[][] table(Name... names) {
    var byLetter = new Name[32][];
    for (int letter = 0; letter < byLetter.length; letter++) {
      int wanted = letter;
      byLetter[letter] =
          Arrays.stream(names)
              .filter(name -> (name.bytes()[0] & 31) == wanted)
              .toArray(Name[]::new);
    }
    return byLetter;
  }

  /// The program of a tag, in any case (`CRON`).
  static Program of(byte[] b, int from, int to) {
    if (to <= from) {
      return Program.OTHER;
    }
    if (SshdMessage.isProgram(b, from, to)) {
      return Program.SSHD;
    }
    for (Name name : NAMES[b[from] & 31]) {
      if (Scan.equalsIgnoreCase(b, from, to, name.bytes())) {
        return name.program();
      }
    }
    return Program.OTHER;
  }
}
