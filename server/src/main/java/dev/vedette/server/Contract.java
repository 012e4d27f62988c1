package dev.vedette.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Immutable. Which operations there are and who may call them, read from `openapi.yaml`.
///
/// A start must be quick and a YAML parser is not, so this reads only the three kinds of lines that
/// it needs, by their indentation, from the file that is ours: paths (2 spaces), methods (4), and
/// `x-roles: [...]` (6). A test holds it against a real parser.
final class Contract {
  /// @param method upper case
  /// @param path with parameters in braces, as Javalin writes them too
  record Operation(String method, String path) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private final byte[] yaml;
  private final Map<Operation, Set<Role>> roles;

  private Contract(byte[] yaml, Map<Operation, Set<Role>> roles) {
    this.yaml = yaml;
    this.roles = Map.copyOf(roles);
  }

  static Contract load() {
    try (InputStream in = Contract.class.getResourceAsStream("/openapi.yaml")) {
      if (in == null) {
        throw new ServerException("openapi.yaml is missing from this build; build it again.");
      }
      byte[] yaml = in.readAllBytes();
      return new Contract(yaml, readRoles(new String(yaml, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Operation, Set<Role>> readRoles(String yaml) {
    var roles = new LinkedHashMap<Operation, Set<Role>>();
    String path = "";
    String method = "";
    boolean inPaths = false;
    for (String line : yaml.lines().toList()) {
      if (!line.isEmpty() && line.charAt(0) != ' ') {
        inPaths = line.equals("paths:");
      } else if (inPaths && line.startsWith("  /") && line.endsWith(":")) {
        path = line.substring(2, line.length() - 1);
      } else if (inPaths && line.matches(" {4}(get|post|put|patch|delete):")) {
        method = line.strip().replace(":", "").toUpperCase(java.util.Locale.ROOT);
      } else if (inPaths && line.startsWith("      x-roles: [") && line.endsWith("]")) {
        var allowed = EnumSet.noneOf(Role.class);
        String words = line.substring(line.indexOf('[') + 1, line.length() - 1);
        for (String word : words.split(",", -1)) {
          Role.ofWord(word.strip()).ifPresent(allowed::add);
        }
        roles.put(new Operation(method, path), allowed);
      }
    }
    return roles;
  }

  Map<Operation, Set<Role>> roles() {
    return roles;
  }

  /// Who may call an operation; empty means everybody, without credentials.
  Set<Role> rolesOf(Operation operation) {
    var allowed = roles.get(operation);
    if (allowed == null) {
      throw new AssertionError(operation + " is not in openapi.yaml");
    }
    return allowed;
  }

  byte[] yaml() {
    return yaml.clone();
  }
}
