package dev.vedette.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Immutable. How the server listens.
///
/// @param host address or name to bind, such as `127.0.0.1` or `0.0.0.0`
/// @param port 0 takes a free one
/// @param insecureLocal no credentials are asked for; the server then refuses to bind anything but
///   loopback and answers only requests that name a loopback host
/// @param frontendOrigin the one foreign origin whose pages may call the API (CORS), such as
///   `http://localhost:3000`; empty for none
/// @param hostNames the names that requests may carry in their `Host` header; empty for any
/// @param version shown by `/health`
public record ServerConfig(
    String host,
    int port,
    boolean insecureLocal,
    String frontendOrigin,
    List<String> hostNames,
    String version) {
  public ServerConfig {
    hostNames = List.copyOf(hostNames);
  }

  /// Credentials on, loopback only.
  public static ServerConfig loopback(int port, String version) {
    return new ServerConfig("127.0.0.1", port, false, "", List.of(), version);
  }

  /// Refuses what can never be listened on, before anything is opened or made.
  ///
  /// @throws ServerException which [ServerException#isConfiguration]
  public void check() {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw ServerException.ofConfiguration(
          "There is no address for the host `%s`; check --host.".formatted(host), e);
    }
    for (var address : addresses) {
      if (insecureLocal && !address.isLoopbackAddress()) {
        throw ServerException.ofConfiguration(
            "--insecure-local asks for no credentials, so it listens on loopback only: use --host"
                + " 127.0.0.1, or leave --insecure-local out.",
            null);
      }
    }
  }
}
