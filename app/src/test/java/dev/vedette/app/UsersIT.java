package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets made anew while the centre is stopped.
final class UsersIT {
  @TempDir Path folder;

  @Test
  void aPasswordAndTokensAreMadeAnewAndTheOldOnesAreVoid()
      throws IOException, InterruptedException {
    String data = folder.resolve("data").toString();
    try (var centre = new Centre(Path.of(data))) {
      centre.start();
      String firstPassword = centre.calls.password();
      String firstToken = centre.calls.token();
      var busy = Centre.run("users", "reset-password", "--data", data);
      assertThat(busy.code()).as(busy.err()).isEqualTo(Exit.FAILED);
      assertThat(busy.out()).isEmpty();
      assertThat(centre.calls.login().statusCode()).isEqualTo(200);
      assertThat(centre.stop()).isEqualTo(143);

      var reset = Centre.run("users", "reset-password", "--data", data);
      assertThat(reset.code()).as(reset.err()).isZero();
      assertThat(reset.out()).matches("admin password  [a-z2-9]{5}(-[a-z2-9]{5}){3}\\R");
      var revoked = Centre.run("users", "token", "revoke", "--data", data);
      assertThat(revoked.out().strip()).isEqualTo("1 ingest token voided");
      var made = Centre.run("users", "token", "new", "--name", "web1", "--data", data);
      assertThat(made.out()).matches("ingest token    vdt_[A-Za-z0-9_-]{43}\\R");

      var other = Centre.run("users", "token", "new", "--role", "admin", "--data", data);
      assertThat(other.code()).isEqualTo(Exit.USAGE);
      assertThat(other.err()).contains("--role is ingest or metrics, not 'admin'");
      var metrics = Centre.run("users", "token", "new", "--role", "metrics", "--data", data);
      assertThat(metrics.out()).matches("metrics token   vdt_[A-Za-z0-9_-]{43}\\R");

      centre.start();
      int port = centre.calls.port();
      assertThat(status(centre, "/metrics", secret(metrics))).isEqualTo(200);
      assertThat(status(centre, "/api/stats", secret(metrics))).isEqualTo(403);
      assertThat(status(centre, "/metrics", secret(made))).isEqualTo(403);
      centre.calls.reach(port, firstPassword, firstToken);
      assertThat(centre.calls.login().statusCode()).isEqualTo(401);
      assertThat(centre.calls.ingest("a line", "1").statusCode()).isEqualTo(401);
      centre.calls.reach(port, secret(reset), secret(made));
      assertThat(centre.calls.login().statusCode()).isEqualTo(200);
      assertThat(centre.calls.ingest("a line", "2").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void withoutDataTheCommandSaysSo() throws IOException, InterruptedException {
    var none = Centre.run("users", "reset-password", "--data", folder.resolve("none").toString());
    assertThat(none.code()).isEqualTo(Exit.FAILED);
    assertThat(none.err()).contains("there is no data in");
  }

  private static int status(Centre centre, String path, String token)
      throws IOException, InterruptedException {
    return centre
        .calls
        .http
        .send(
            centre.calls.request(path, token).GET().build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static String secret(Centre.Outcome outcome) {
    String text = outcome.out().strip();
    return text.substring(text.lastIndexOf(' ') + 1);
  }
}
