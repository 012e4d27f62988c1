package dev.vedette.parse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// The hot path leaves nothing for the garbage collector.
class AllocationTest {
  private static final int ROUNDS = 20_000;

  @Test
  void readsTheCommonFormatsWithoutAllocating() {
    var dictionary = new FieldDictionary();
    var reader = new LogReader(dictionary);
    var event = new Event(dictionary);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (String line : HostileLinesTest.LINES) {
      byte[] bytes = line.getBytes(UTF_8);
      for (int i = 0; i < 100; i++) {
        reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, "", event);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        reader.read(bytes, 0, bytes.length, LogReaderTest.RECEIVED_MS, "", event);
      }
      long perLine = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
      assertThat(perLine).as("bytes allocated per line by %s", line).isZero();
    }
  }
}
