package dev.vedette.app;

import dev.vedette.server.Access;
import dev.vedette.server.Role;
import dev.vedette.server.ServerException;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Confined to the main thread. `vedette users`: new secrets for a data folder that no centre is
/// using: a running one holds its credentials in memory and would not see the change.
@Command(
    name = "users",
    description = "Makes new credentials: a password that was lost, tokens for new senders.",
    subcommands = {UsersCommand.ResetPassword.class, UsersCommand.Token.class},
    footer = {
      "",
      "The centre must be stopped. Secrets are shown once and stored only as hashes.",
    })
final class UsersCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Main.printUsage(spec);
  }

  @Command(
      name = "reset-password",
      description = "Gives the admin a new password and prints it, this once.")
  static final class ResetPassword implements Callable<Integer> {
    @Mixin private StoreCommands.Folder folder = new StoreCommands.Folder();

    @Override
    public Integer call() {
      System.out.println("admin password  " + change(folder, Access::resetPassword));
      return Exit.OK;
    }
  }

  @Command(
      name = "token",
      description = "Makes and voids tokens for senders and for Prometheus.",
      subcommands = {TokenNew.class, TokenRevoke.class})
  static final class Token implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
      Main.printUsage(spec);
    }
  }

  @Command(
      name = "new",
      description = {
        "Makes a further token and prints it, this once.",
        "An ingest token may send lines, a metrics token may read /metrics; neither may do more."
      })
  static final class TokenNew implements Callable<Integer> {
    @Mixin private StoreCommands.Folder folder = new StoreCommands.Folder();

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "Who will use it; default: the name of its role.")
    private @Nullable String name;

    @Mixin private TokenRole role = new TokenRole();

    @Override
    public Integer call() {
      var of = role.role();
      String who = name == null ? of.word() : name;
      String token = change(folder, access -> access.newToken(of, who));
      System.out.printf("%-15s %s%n", of.word() + " token", token);
      return Exit.OK;
    }
  }

  @Command(
      name = "revoke",
      description =
          "Voids every token of a role: its holders are refused until they get a new one.")
  static final class TokenRevoke implements Callable<Integer> {
    @Mixin private StoreCommands.Folder folder = new StoreCommands.Folder();

    @Mixin private TokenRole role = new TokenRole();

    @Override
    public Integer call() {
      var of = role.role();
      int revoked = change(folder, access -> access.revokeTokens(of));
      System.out.println(Words.count(revoked, of.word() + " token") + " voided");
      return Exit.OK;
    }
  }

  /// Which tokens: an admin has a password instead.
  static final class TokenRole {
    @Option(
        names = "--role",
        paramLabel = "ROLE",
        description = "ingest or metrics (default ${DEFAULT-VALUE}).")
    private String word = "ingest";

    Role role() {
      return Role.ofWord(word)
          .filter(role -> role != Role.ADMIN)
          .orElseThrow(() ->
              new Exit.Failure(
                  Exit.USAGE, "--role is ingest or metrics, not '" + Inert.cut(word, 40) + "'"));
    }
  }

  private static <T> T change(StoreCommands.Folder folder, Function<Access, T> how) {
    try (Store store = folder.openToWrite()) {
      return how.apply(new Access(store, InstantSource.system()));
    } catch (StoreException | ServerException e) {
      throw new Exit.Failure(Exit.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
