package dev.vedette.store;

import dev.vedette.event.Alert;
import dev.vedette.event.AlertStatus;
import dev.vedette.event.Batch;
import dev.vedette.event.Entity;
import dev.vedette.event.EventId;
import dev.vedette.event.Receipt;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Thread-safe. The journal and the memory of Vedette.
///
/// Writing goes through [#commit], called by one thread: a commit is one transaction, and when it
/// returns it is on the disk. Everything else may be called by any thread. All times are
/// milliseconds since 1970 UTC; ranges are half open.
///
/// Every method throws [StoreException] when the database refuses; its cause says whether waiting
/// helps.
public interface Store extends AutoCloseable {

  // ---- the journal
  // --------------------------------------------------------------------------------------------------

  /// The state of a source, creating it where it is new.
  SourceState openSource(String name, String hint);

  /// Every source known.
  List<SourceState> sources();

  /// The receipt that a client's key was answered with before, if any.
  Optional<Receipt> receipt(String source, String idempotencyKey);

  /// Hashes and compresses a batch for [#commit]. For the workers: any number of threads at once.
  Prepared prepare(Batch batch, Commit.Summary summary);

  /// Writes batches, what was found in them, alerts, roll-ups and the sources' positions in one
  /// transaction, and returns one receipt per batch in the same order, once all of it is durable.
  /// On an exception nothing of it is stored.
  ///
  /// A batch whose idempotency key its source has used before is not stored again: it is answered
  /// with the old receipt, its detections are left out, and it takes no sequence numbers. Ask
  /// [#receipt] before giving numbers to a batch with a key. A gap or an overlap of sequence
  /// numbers is [StoreException.Kind#REFUSED].
  List<Receipt> commit(Commit commit);

  /// Hands over the correlation hits of batches whose [Commit.Entry#hitsUntilMs] is later than
  /// `sinceMs`, in the order in which they were committed, so that windows can be rebuilt.
  void replayHits(long sinceMs, Consumer<byte[]> sink);

  /// Walks the ledger: every receipt's hash chain, every block's lines against their receipts, the
  /// balance of counts.
  Verification verify(Consumer<Verification> progress);

  /// Merges small neighbouring blocks and drops what is older than `keepSinceMs` (blocks,
  /// detections and closed alerts; receipts stay). Does a bounded amount of work and tells whether
  /// more is waiting.
  boolean tidy(long keepSinceMs);

  // ---- questions
  // ----------------------------------------------------------------------------------------------------

  Statistics statistics(TimeRange range);

  /// Events and detections by severity per bucket, oldest first, without gaps.
  List<TimelinePoint> timeline(TimeRange range, long bucketMs);

  /// The most frequent values of a dimension among detections, most frequent first.
  List<Top> top(Top.Dimension dimension, TimeRange range, int limit);

  List<Alert> alerts(AlertQuery query);

  Optional<Alert> alert(long id);

  /// The newest alert of a rule about an entity, whatever its status: what a new detection may be
  /// folded into.
  Optional<Alert> latestAlert(String ruleId, Entity entity);

  /// The highest alert id ever given; 0 where there is none.
  long lastAlertId();

  /// Counts the changes that people made to alerts, so that whoever caches alerts knows when to
  /// forget them. In memory, cheap.
  long alertEdits();

  /// Sets the status of an alert and adds an activity entry; empty when there is no such alert.
  Optional<Alert> setAlertStatus(long id, AlertStatus status, String who, String note, long nowMs);

  /// Detections, newest first.
  List<StoredDetection> detections(DetectionQuery query);

  /// What the detections of these events say about them; events without detections are left out. At
  /// most 1,000 events at once.
  Map<EventId, EventVerdict> verdicts(Collection<EventId> events);

  /// The events with detections, newest first, each once, by its worst detection; at most `limit`
  /// of them, up to 1,000.
  ///
  /// @param before the place of the last one of the page before; null: the newest
  List<SuspiciousEvent> suspiciousEvents(@Nullable SearchCursor before, int limit);

  /// Sets the status of one event in the simple log API and adds an activity entry; false when
  /// there is no such event.
  boolean setEventStatus(EventId event, AlertStatus status, String who, long nowMs);

  /// The events of these ids that are still stored and can be read, newest first. At most 1,000 at
  /// once.
  List<SearchResult.Hit> events(Collection<EventId> ids);

  /// Events that match, newest first, up to the query's limit.
  SearchResult search(EventQuery query);

  List<Activity> activity(int limit);

  // ---- settings
  // -----------------------------------------------------------------------------------------------------

  void addActivity(Activity activity);

  /// The allow-list, in order of adding.
  List<String> allowList();

  /// Adds a canonical address and an activity entry; false when it was there.
  boolean allow(String ip, String who, long nowMs);

  /// Removes a canonical address and adds an activity entry; false when it was not there.
  boolean disallow(String ip, String who, long nowMs);

  Optional<String> setting(String key);

  void putSetting(String key, String value);

  StoreHealth health();

  @Override
  void close();
}
