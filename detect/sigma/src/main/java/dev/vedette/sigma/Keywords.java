package dev.vedette.sigma;

import dev.vedette.event.Ecs;

/// Which decoded fields keywords look into beside the line itself.
///
/// Keywords are about what was logged. What a parser adds in its own words (the data set, an
/// outcome, a canonical address) is no text of the log, and a keyword found there would be a false
/// alarm.
final class Keywords {
  private Keywords() {}

  /// By id of a well-known field.
  static boolean[] fields() {
    boolean[] out = new boolean[Ecs.COUNT];
    for (int field = 0; field < Ecs.COUNT; field++) {
      String name = Ecs.name(field);
      boolean ours =
          name.equals("@timestamp")
              || name.equals("tags")
              || name.startsWith("event.")
              || name.startsWith("related.")
              || name.startsWith("network.")
              || name.startsWith("log.")
              || name.startsWith("service.")
              || name.startsWith("rule.")
              || name.startsWith("threat.")
              || name.endsWith(".ip")
              || name.endsWith(".port");
      out[field] = !ours;
    }
    return out;
  }
}
