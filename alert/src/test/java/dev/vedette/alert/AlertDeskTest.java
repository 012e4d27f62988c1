package dev.vedette.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Detection;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AlertDeskTest {
  /// The store's part that a desk needs, over a map: the newest alert per rule and entity.
  private static final class Shelf implements AlertDesk.Memory {
    final Map<String, Alert> alerts = new HashMap<>();
    long edits;
    long last;

    void keep(List<AlertDesk.Change> changes) {
      for (var change : changes) {
        alerts.put(change.alert().ruleId() + change.alert().entity(), change.alert());
        last = Math.max(last, change.alert().id());
      }
    }

    void edit(Alert a, AlertStatus status) {
      alerts.put(
          a.ruleId() + a.entity(),
          new Alert(
              a.id(),
              a.ruleId(),
              a.title(),
              a.severity(),
              a.threatClass(),
              a.techniques(),
              a.entity(),
              a.sourceIp(),
              a.userName(),
              a.hostName(),
              status,
              a.firstMs(),
              a.lastMs(),
              a.events(),
              a.detections(),
              a.reason(),
              a.advice(),
              a.changedMs(),
              "admin",
              7,
              "",
              a.counted()));
      edits++;
    }

    @Override
    public Optional<Alert> latestAlert(String ruleId, Entity entity) {
      return Optional.ofNullable(alerts.get(ruleId + entity));
    }

    @Override
    public long alertEdits() {
      return edits;
    }

    @Override
    public long lastAlertId() {
      return last;
    }
  }

  private final Shelf shelf = new Shelf();
  private final AlertDesk desk = new AlertDesk(shelf, 4);

  @Test
  void anAlertKnowsTheLatestEventsThatWereCountedForIt() {
    var first = List.of(new EventId(1, 3), new EventId(1, 5));
    var later = List.of(new EventId(1, 5), new EventId(2, 9));
    var desk = new AlertDesk(shelf, 10);
    desk.fold(detection("r1", "198.51.100.7", 1_000, Severity.HIGH), first, _ -> "", 1);
    shelf.keep(desk.drain());
    assertThat(shelf.alerts.values()).singleElement().matches(a -> a.counted().equals(first));
    assertThat(desk.extend(detection("r1", "198.51.100.7", 2_000, Severity.HIGH), later, 1, 2))
        .isTrue();
    shelf.keep(desk.drain());
    assertThat(shelf.alerts.values()).singleElement().matches(a -> a.counted().equals(later));
  }

  @Test
  void anAlertThatWasResolvedOrIsGoneIsNotExtended() {
    var desk = new AlertDesk(shelf, 10);
    var detection = detection("r1", "198.51.100.7", 1_000, Severity.HIGH);
    assertThat(desk.extend(detection, List.of(), 3, 1)).isFalse();
    assertThat(desk.drain()).isEmpty();
    desk.fold(detection, _ -> "", 1);
    shelf.keep(desk.drain());
    shelf.edit(shelf.alerts.values().iterator().next(), AlertStatus.RESOLVED);
    assertThat(desk.extend(detection, List.of(), 3, 2)).isFalse();
    assertThat(desk.drain()).isEmpty();
  }

  /// People act while a batch is being folded: from the next one on it counts.
  @Test
  void anAlertThatIsResolvedWhileItIsCountedIsNotCountedFurther() {
    var desk = new AlertDesk(shelf, 10);
    var detection = detection("r1", "198.51.100.7", 1_000, Severity.HIGH);
    long id = desk.fold(detection, _ -> "", 1);
    shelf.keep(desk.drain());
    desk.extend(detection, List.of(), 1, 2);
    shelf.edit(shelf.alerts.values().iterator().next(), AlertStatus.RESOLVED);
    desk.extend(detection, List.of(), 1, 3);
    desk.drain();
    assertThat(desk.extend(detection, List.of(), 1, 4)).isFalse();
    assertThat(desk.fold(detection, _ -> "", 5)).isNotEqualTo(id);
  }

  @Test
  void anAttackThatGoesOnIsOneAlert() {
    for (int i = 0; i < 10; i++) {
      desk.fold(detection("r1", "198.51.100.7", 1_000 + i, Severity.MEDIUM), _ -> "block it", 5);
    }
    var changes = desk.drain();
    assertThat(changes).hasSize(1);
    assertThat(changes.getFirst().opened()).isTrue();
    var alert = changes.getFirst().alert();
    assertThat(alert.detections()).isEqualTo(10);
    assertThat(alert.firstMs()).isEqualTo(1_000);
    assertThat(alert.lastMs()).isEqualTo(1_009);
    assertThat(alert.advice()).isEqualTo("block it");

    desk.fold(detection("r1", "198.51.100.7", 2_000, Severity.HIGH), _ -> "", 6);
    var again = desk.drain().getFirst();
    assertThat(again.opened()).isFalse();
    assertThat(again.alert().id()).isEqualTo(alert.id());
    assertThat(again.alert().severity()).isEqualTo(Severity.HIGH);
    assertThat(desk.drain()).isEmpty();
  }

  @Test
  void resolvedComesBackAsANewAlertAndFalsePositiveStaysClosed() {
    desk.fold(detection("r1", "198.51.100.7", 1, Severity.LOW), _ -> "", 1);
    shelf.keep(desk.drain());
    var first = shelf.alerts.values().iterator().next();
    shelf.edit(first, AlertStatus.RESOLVED);
    desk.fold(detection("r1", "198.51.100.7", 2, Severity.LOW), _ -> "", 2);
    var second = desk.drain();
    shelf.keep(second);
    assertThat(second.getFirst().alert().id()).isNotEqualTo(first.id());
    assertThat(second.getFirst().opened()).isTrue();

    shelf.edit(second.getFirst().alert(), AlertStatus.FALSE_POSITIVE);
    desk.fold(detection("r1", "198.51.100.7", 3, Severity.LOW), _ -> "", 3);
    var third = desk.drain().getFirst();
    assertThat(third.alert().id()).isEqualTo(second.getFirst().alert().id());
    assertThat(third.alert().status()).isEqualTo(AlertStatus.FALSE_POSITIVE);
    assertThat(third.alert().detections()).isEqualTo(2);
  }

  @Test
  void memoryIsBoundedAndNothingIsForgottenByIt() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 50; i++) {
        desk.fold(detection("r1", "198.51.100." + i, round, Severity.LOW), _ -> "", round);
        if (i % 7 == 0) {
          shelf.keep(desk.drain());
          assertThat(desk.cached()).isLessThanOrEqualTo(4);
        }
      }
      shelf.keep(desk.drain());
    }
    assertThat(shelf.alerts).hasSize(50);
    assertThat(shelf.alerts.values()).allMatch(alert -> alert.detections() == 3);
  }

  @Test
  void whatWasNotCommittedIsForgotten() {
    desk.fold(detection("r1", "198.51.100.7", 1, Severity.LOW), _ -> "", 1);
    desk.forget();
    assertThat(desk.drain()).isEmpty();
    assertThat(desk.fold(detection("r1", "198.51.100.7", 1, Severity.LOW), _ -> "", 1))
        .isEqualTo(1);
  }

  private static Detection detection(String rule, String ip, long timeMs, Severity severity) {
    return new Detection(
        rule,
        "title",
        severity,
        ThreatClass.BRUTE_FORCE,
        List.of("T1110"),
        timeMs,
        new EventId(1, timeMs + 1),
        new Entity(Entity.Kind.IP, ip),
        ip,
        "",
        "",
        "reason " + timeMs,
        List.of(),
        1,
        "line");
  }
}
