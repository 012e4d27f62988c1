package dev.vedette.app;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.Dataset;
import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.parse.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Confined to the main thread. `vedette parse`: what each line is, as ECS; one object per line, in
/// order, empty lines too.
@Command(
    name = "parse",
    description = "Shows what each line of a log is, in Elastic Common Schema fields.",
    footer = {
      "",
      "Examples:",
      "  vedette parse access.log --json | head -n 1",
      "  tail -n 100 /var/log/auth.log | vedette parse -"
    })
final class ParseCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Files to read; - is standard input.")
  private List<Path> files = List.of();

  @Option(
      names = "--json",
      description = "One JSON object per line; without it, a count per format.")
  private boolean json;

  private static final boolean[] NUMBERS = new boolean[Ecs.COUNT];

  static {
    int[] numbers = {
      Ecs.PROCESS_PID,
      Ecs.PROCESS_THREAD_ID,
      Ecs.PROCESS_PARENT_PID,
      Ecs.SOURCE_PORT,
      Ecs.SOURCE_BYTES,
      Ecs.CLIENT_PORT,
      Ecs.DESTINATION_PORT,
      Ecs.HTTP_REQUEST_BYTES,
      Ecs.HTTP_RESPONSE_STATUS_CODE,
      Ecs.HTTP_RESPONSE_BYTES,
      Ecs.HTTP_RESPONSE_BODY_BYTES,
      Ecs.URL_PORT,
      Ecs.EVENT_DURATION,
      Ecs.EVENT_SEVERITY,
      Ecs.EVENT_SEQUENCE,
      Ecs.LOG_SYSLOG_PRIORITY,
      Ecs.LOG_SYSLOG_FACILITY_CODE,
      Ecs.LOG_SYSLOG_SEVERITY_CODE,
      Ecs.NGINX_ERROR_CONNECTION_ID
    };
    for (int field : numbers) {
      NUMBERS[field] = true;
    }
  }

  @Override
  public Integer call() throws IOException {
    var dictionary = new FieldDictionary();
    var reader = new LogReader(dictionary);
    var event = new Event(dictionary);
    var counts = new TreeMap<String, Long>();
    long nowMs = System.currentTimeMillis();
    try (var chunks = AnalyzeCommand.open(files);
        var out = JsonOut.to("-")) {
      var chunk = new LineChunks.Chunk();
      while (chunks.next(chunk)) {
        int start = 0;
        while (start < chunk.length) {
          int newline = start;
          while (newline < chunk.length && chunk.bytes[newline] != '\n') {
            newline++;
          }
          int end = newline > start && chunk.bytes[newline - 1] == '\r' ? newline - 1 : newline;
          reader.read(chunk.bytes, start, end, nowMs, chunk.file, event);
          if (json) {
            write(out.generator(), event);
            out.endLine();
          } else {
            counts.merge(event.dataset().name(), 1L, Long::sum);
          }
          start = newline + 1;
        }
      }
    }
    if (!json) {
      print(counts);
    }
    return Exit.OK;
  }

  /// An event as one JSON object of flat dotted ECS keys.
  static void write(JsonGenerator g, Event event) throws IOException {
    g.writeStartObject();
    if (event.timeMs() != Event.NO_TIME) {
      g.writeStringField(Ecs.name(Ecs.TIMESTAMP), Instant.ofEpochMilli(event.timeMs()).toString());
    }
    if (!event.has(Ecs.EVENT_DATASET)) {
      g.writeStringField(Ecs.name(Ecs.EVENT_DATASET), event.dataset().name());
    }
    if (!event.has(Ecs.EVENT_MODULE)) {
      g.writeStringField(Ecs.name(Ecs.EVENT_MODULE), event.dataset().module());
    }
    for (int slot = 0; slot < event.slots(); slot++) {
      int field = event.field(slot);
      if (event.first(field) != slot || field == Ecs.TIMESTAMP || field == Ecs.EVENT_ORIGINAL) {
        continue;
      }
      g.writeFieldName(event.dictionary().name(field));
      if (event.next(slot) < 0) {
        value(g, event, slot);
      } else {
        g.writeStartArray();
        for (int each = slot; each >= 0; each = event.next(each)) {
          value(g, event, each);
        }
        g.writeEndArray();
      }
    }
    g.writeStringField(Ecs.name(Ecs.EVENT_ORIGINAL), event.original());
    g.writeEndObject();
  }

  private static void value(JsonGenerator g, Event event, int slot) throws IOException {
    String text = event.slotText(slot);
    switch (event.kind(slot)) {
      case NULL -> g.writeNull();
      case BOOLEAN -> g.writeBoolean(text.equals("true"));
      case NUMBER -> g.writeNumber(text);
      case STRING -> {
        if (event.field(slot) < Ecs.COUNT && NUMBERS[event.field(slot)] && isInteger(text)) {
          g.writeNumber(Long.parseLong(text));
        } else {
          g.writeString(text);
        }
      }
    }
  }

  private static boolean isInteger(String text) {
    return !text.isEmpty()
        && text.length() <= 18
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static void print(Map<String, Long> counts) {
    long total = counts.values().stream().mapToLong(Long::longValue).sum();
    long plain = counts.getOrDefault(Dataset.PLAIN.name(), 0L);
    System.out.printf(
        Locale.ROOT,
        "%s, %,d (%.1f%%) of a known format%n",
        Words.count(total, "line"),
        total - plain,
        total == 0 ? 0 : 100.0 * (total - plain) / total);
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(e ->
            System.out.printf(
                Locale.ROOT, "  %-28s %,12d%n", Inert.cut(e.getKey(), 28), e.getValue()));
  }
}
