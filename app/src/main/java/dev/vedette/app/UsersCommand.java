package dev.vedette.app;

import dev.vedette.server.Access;
import dev.vedette.server.Role;
import dev.vedette.server.ServerException;
import dev.vedette.store.Store;
import dev.vedette.store.StoreException;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
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
      description = "Makes and voids ingest tokens.",
      subcommands = {TokenNew.class, TokenRevoke.class})
  static final class Token implements Runnable {
    @Override
    public void run() {
      CommandLine.usage(this, System.out);
    }
  }

  @Command(
      name = "new",
      description = "Makes a further ingest token and prints it, this once: it may send lines.")
  static final class TokenNew implements Callable<Integer> {
    @Mixin private StoreCommands.Folder folder = new StoreCommands.Folder();

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "Who will send with it (default ${DEFAULT-VALUE}).")
    private String name = "ingest";

    @Override
    public Integer call() {
      System.out.println(
          "ingest token    " + change(folder, access -> access.newToken(Role.INGEST, name)));
      return Exit.OK;
    }
  }

  @Command(
      name = "revoke",
      description = "Voids every ingest token: senders are refused until they get a new one.")
  static final class TokenRevoke implements Callable<Integer> {
    @Mixin private StoreCommands.Folder folder = new StoreCommands.Folder();

    @Override
    public Integer call() {
      int revoked = change(folder, access -> access.revokeTokens(Role.INGEST));
      System.out.printf(
          Locale.ROOT, "%d ingest token%s voided%n", revoked, revoked == 1 ? "" : "s");
      return Exit.OK;
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
