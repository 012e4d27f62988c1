package dev.vedette.app;

/// The exit codes of every command; `docs/cli.md` lists them.
final class Exit {
  private Exit() {}

  static final int OK = 0;

  /// Something at or above `--fail-on` was found, a test of a rule failed, or the ledger is not
  /// sound.
  static final int FOUND = 1;

  /// The command line or the configuration is wrong.
  static final int USAGE = 2;

  /// What was asked for could not be done: a file is missing, the port is taken, the disk is full.
  static final int FAILED = 3;

  /// Ends a command with one sentence on standard error.
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int code;

    Failure(int code, String sentence) {
      super(sentence);
      this.code = code;
    }

    int code() {
      return code;
    }
  }
}
