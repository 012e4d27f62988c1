package dev.vedette.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EventTest {
  private final FieldDictionary dictionary = new FieldDictionary();

  @Test
  void keepsSeveralValuesOfAFieldInOrder() {
    var event = new Event(dictionary);
    byte[] line = "a=1 b=2 a=3".getBytes(UTF_8);
    int a = dictionary.intern("a");
    int b = dictionary.intern("b");
    event.begin(line, 0, line.length);
    event.add(a, 2, 3);
    event.add(b, 6, 7);
    event.add(a, 10, 11);
    int slot = event.first(a);
    assertThat(event.slotText(slot)).isEqualTo("1");
    assertThat(event.slotText(event.next(slot))).isEqualTo("3");
    assertThat(event.next(event.next(slot))).isNegative();
    assertThat(event.text(b)).isEqualTo("2");
    event.begin(line, 0, line.length);
    assertThat(event.has(a)).isFalse();
    assertThat(event.text(b)).isNull();
  }

  @Test
  void forgetsTheValuesAddedSinceAMark() {
    var event = new Event(dictionary);
    byte[] line = "a=1 b=2 a=3".getBytes(UTF_8);
    int a = dictionary.intern("a");
    int b = dictionary.intern("b");
    event.begin(line, 0, line.length);
    event.add(a, 2, 3);
    event.add(a, 6, 7);
    int mark = event.slots();
    event.add(b, 6, 7);
    event.add(a, 10, 11);
    event.add(a, 10, 11);
    event.truncate(mark);
    assertThat(event.slots()).isEqualTo(2);
    assertThat(event.has(b)).isFalse();
    assertThat(event.slotText(event.next(event.first(a)))).isEqualTo("2");
    assertThat(event.next(event.next(event.first(a)))).isNegative();
    event.add(a, 10, 11);
    assertThat(event.slotText(event.next(event.next(event.first(a))))).isEqualTo("3");
    event.truncate(0);
    assertThat(event.has(a)).isFalse();
  }

  @Test
  void growsWithTheDictionaryAndStopsAtItsLimit() {
    var event = new Event(dictionary);
    byte[] line = "x".getBytes(UTF_8);
    event.begin(line, 0, 1);
    for (int i = 0; i < Event.SLOTS_MAX + 10; i++) {
      event.add(dictionary.intern("field" + i), 0, 1);
    }
    assertThat(event.slots()).isEqualTo(Event.SLOTS_MAX);
    assertThat(event.isTruncated()).isTrue();
    assertThat(event.text(dictionary.lookup("field2000"))).isEqualTo("x");
  }

  @Test
  void valuesInScratchSurviveItsGrowth() {
    var event = new Event(dictionary);
    event.begin(new byte[0], 0, 0);
    for (int i = 0; i < 100; i++) {
      byte[] value = ("value " + i).repeat(50).getBytes(UTF_8);
      byte[] scratch = event.scratch(value.length);
      int at = event.scratchUsed();
      System.arraycopy(value, 0, scratch, at, value.length);
      event.scratchUsed(at + value.length);
      event.add(dictionary.intern("f" + i), scratch, at, at + value.length);
    }
    for (int i = 0; i < 100; i++) {
      assertThat(event.text(dictionary.lookup("f" + i))).isEqualTo(("value " + i).repeat(50));
    }
  }

  @Test
  void dictionaryStopsAtItsCapacity() {
    var small = new FieldDictionary(Ecs.COUNT + 2);
    assertThat(small.intern("one")).isEqualTo(Ecs.COUNT);
    assertThat(small.intern("two")).isEqualTo(Ecs.COUNT + 1);
    assertThat(small.intern("three")).isEqualTo(FieldDictionary.NONE);
    assertThat(small.intern("one")).isEqualTo(Ecs.COUNT);
    assertThat(small.name(Ecs.COUNT + 1)).isEqualTo("two");
    assertThat(small.lookup("source.ip")).isEqualTo(Ecs.SOURCE_IP);
  }

  @Test
  void logSourceCoversWhatItDoesNotName() {
    var sshd =
        new Dataset(
            "system.auth",
            "system",
            List.of(new LogSource("", "linux", "sshd"), new LogSource("", "linux", "auth")));
    assertThat(sshd.isCoveredBy(new LogSource("", "linux", ""))).isTrue();
    assertThat(sshd.isCoveredBy(new LogSource("", "linux", "auth"))).isTrue();
    assertThat(sshd.isCoveredBy(new LogSource("", "linux", "sudo"))).isFalse();
    assertThat(sshd.isCoveredBy(new LogSource("webserver", "", ""))).isFalse();
    assertThat(sshd.isCoveredBy(LogSource.ANY)).isTrue();
  }

  @Test
  void batchSplitsLinesAtTheirTerminators() {
    byte[] bytes = "one\r\ntwo\n\nthree".getBytes(UTF_8);
    var batch = Batch.ofLines("s", "", 0, bytes, bytes.length);
    assertThat(batch.count()).isEqualTo(3);
    assertThat(new String(bytes, batch.start(0), batch.end(0) - batch.start(0), UTF_8))
        .isEqualTo("one");
    assertThat(new String(bytes, batch.start(2), batch.end(2) - batch.start(2), UTF_8))
        .isEqualTo("three");
    assertThat(batch.lineBytes()).isEqualTo(11);
  }

  @Test
  void eventIdReadsOnlyWhatItWrote() {
    assertThat(EventId.parse("3-45")).contains(new EventId(3, 45));
    for (var bad :
        List.of(
            "",
            "-",
            "3-",
            "-4",
            "3-4-5",
            "+3-4",
            "3--4",
            "99999999999-1",
            "3-99999999999999999999",
            "a-1")) {
      assertThat(EventId.parse(bad)).as(bad).isEmpty();
    }
  }
}
