package dev.vedette.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.vedette.event.Batch;
import dev.vedette.event.BatchBuilder;
import dev.vedette.event.Intake;
import dev.vedette.event.Receipt;
import dev.vedette.store.Store;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Thread-safe. Turns request bodies into batches and batches into receipts.
///
/// The body is read straight into the arrays that the batches own and never becomes a String. Up to
/// [#WHOLE_BYTES_MAX] are read before anything is handed on, so that a request of usual size that
/// breaks off leaves nothing behind; a larger one is handed on as it comes in, with at most
/// [#WINDOW_BATCHES_MAX] batches on their way. What all requests hold together is bounded by
/// [#HELD_BYTES_MAX].
final class Ingest {
  static final long BODY_BYTES_MAX = 64L << 20;
  static final int BATCH_LINES_MAX = 4_096;
  static final int BATCH_BYTES_MAX = 1 << 20;
  static final long WHOLE_BYTES_MAX = 8L << 20;
  static final int WINDOW_BATCHES_MAX = 8;
  static final long HELD_BYTES_MAX = 96L << 20;

  /// Log lines compress to a tenth; what unpacks to more than this is a bomb.
  private static final int RATIO_MAX = 250;

  /// Read at once from a packed body: little, so that its ratio is known early.
  private static final int GZIP_BYTES = 1 << 10;

  private static final long DURABLE_WITHIN_SECONDS = 60;
  private static final int HELD_UNIT_BYTES = 1 << 10;
  private static final int HELD_WITHIN_SECONDS = 2;
  private static final Pattern SOURCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern HINT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,63}");
  private static final Pattern KEY = Pattern.compile("[!-~]{1,128}");
  private static final Set<String> TYPES =
      Set.of(
          "text/plain",
          "application/x-ndjson",
          "application/ndjson",
          "application/jsonl",
          "application/octet-stream");

  /// Immutable. A batch of a request that is durable.
  record Part(long first, long last, int count, String sha256) {
    static Part of(Receipt receipt) {
      return new Part(receipt.first(), receipt.last(), receipt.count(), receipt.sha256());
    }

    void write(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeNumberField("first", first);
      json.writeNumberField("last", last);
      json.writeNumberField("count", count);
      json.writeStringField("sha256", sha256);
      json.writeEndObject();
    }
  }

  /// Immutable. What a request was answered with.
  record Result(List<Receipt> receipts, boolean replayed) {
    String json() {
      var first = receipts.getFirst();
      var last = receipts.getLast();
      long count = receipts.stream().mapToLong(Receipt::count).sum();
      return Json.text(json -> {
        json.writeStartObject();
        json.writeStringField("source", first.source());
        json.writeNumberField("source_id", first.sourceId());
        json.writeNumberField("first", first.first());
        json.writeNumberField("last", last.last());
        json.writeNumberField("count", count);
        json.writeStringField("sha256", receipts.size() == 1 ? first.sha256() : digest());
        json.writeArrayFieldStart("receipts");
        for (var receipt : receipts) {
          Part.of(receipt).write(json);
        }
        json.writeEndArray();
        json.writeEndObject();
      });
    }

    private String digest() {
      var digest = newSha256();
      for (var receipt : receipts) {
        digest.update(HexFormat.of().parseHex(receipt.sha256()));
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  private final Intake intake;
  private final SourceNames names;
  private final InstantSource clock;
  private final Metrics metrics;
  private final Semaphore held = new Semaphore((int) (HELD_BYTES_MAX / HELD_UNIT_BYTES));

  /// @param metrics told of lines that were refused before the intake saw them
  Ingest(Intake intake, Store store, InstantSource clock, Metrics metrics) {
    this.intake = intake;
    this.names = new SourceNames(store);
    this.clock = clock;
    this.metrics = metrics;
  }

  // ---- one message
  // --------------------------------------------------------------------------------------------------

  /// Makes one message durable, as one line whatever it holds; line breaks at its end are no part
  /// of it.
  void message(byte[] message) {
    int length = message.length;
    while (length > 1 && (message[length - 1] == '\n' || message[length - 1] == '\r')) {
      length--;
    }
    var batch =
        new Batch(
            "http:logs",
            "message",
            clock.millis(),
            message,
            new int[] {0},
            new int[] {length},
            null,
            null);
    var request = new Request("http:logs", "message", null);
    request.submit(batch, false);
    request.finish();
  }

  // ---- a body of lines
  // ----------------------------------------------------------------------------------------------

  /// Makes the lines of a request durable.
  Result lines(Context ctx, String sourceName, String hint) {
    if (!SOURCE.matcher(sourceName).matches()) {
      throw Problem.invalid(
          "source", "`source` must be 1 to 64 letters, digits, dots, dashes or underscores.");
    }
    if (!hint.isEmpty() && !HINT.matcher(hint).matches()) {
      throw Problem.invalid("format", "`format` must be the name of a format, such as `nginx`.");
    }
    String key = ctx.header("Idempotency-Key");
    if (key != null && !KEY.matcher(key).matches()) {
      throw Problem.invalid(
          "Idempotency-Key", "`Idempotency-Key` must be 1 to 128 visible ASCII characters.");
    }
    checkType(ctx.contentType());
    boolean gzip = isGzip(ctx.header("Content-Encoding"));
    if (ctx.req().getContentLengthLong() > BODY_BYTES_MAX) {
      throw tooLarge("The body");
    }
    String source = SourceNames.PREFIX + sourceName;
    names.check(source);
    var request = new Request(source, hint, key);
    try {
      request.read(ctx.req().getInputStream(), gzip);
      return request.finish();
    } catch (EOFException | ZipException e) {
      throw request.failed(
          Problem.malformed("The gzip body is damaged or ends early: " + e.getMessage()));
    } catch (IOException e) {
      throw request.failed(Problem.malformed("The body ended early: " + e.getMessage()));
    } catch (Problem problem) {
      throw request.failed(problem);
    } finally {
      request.release();
    }
  }

  private static void checkType(@Nullable String contentType) {
    if (contentType == null) {
      return;
    }
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    if (!TYPES.contains(type)) {
      throw Problem.of(
          415,
          "Send lines as `Content-Type: text/plain` or `application/x-ndjson`, one event per line; `%s` is not taken here."
              .formatted(Params.shorten(type)));
    }
  }

  private static boolean isGzip(@Nullable String encoding) {
    if (encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity")) {
      return false;
    }
    if (encoding.equalsIgnoreCase("gzip") || encoding.equalsIgnoreCase("x-gzip")) {
      return true;
    }
    throw Problem.of(415, "Only gzip is taken as `Content-Encoding`.");
  }

  private static Problem tooLarge(String what) {
    return Problem.of(
        413, "%s is larger than %d MiB; send it in parts.".formatted(what, BODY_BYTES_MAX >> 20));
  }

  /// Confined to one request.
  private final class Request {
    private final String source;
    private final String hint;
    private final @Nullable String key;
    private final long receivedMs = clock.millis();
    private final ArrayDeque<Batch> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private int batches;
    private int heldUnits;
    private boolean replayed;

    /// Whether the source's name is taken for it.
    private boolean named;

    private record Sent(Batch batch, int units, CompletableFuture<Receipt> receipt) {}

    Request(String source, String hint, @Nullable String key) {
      this.source = source;
      this.hint = hint;
      this.key = key;
    }

    void read(InputStream body, boolean gzip) throws IOException {
      var packed = new Limited(body, "The body");
      @SuppressWarnings("resource") // The container closes the request's body.
      Limited unpacked =
          gzip ? new Limited(new GZIPInputStream(packed, GZIP_BYTES), "The unpacked body") : packed;
      var builder = new BatchBuilder(BATCH_LINES_MAX, BATCH_BYTES_MAX);
      boolean ended = false;
      while (!ended || !builder.isDrained() || !builder.isEmpty()) {
        ended = ended || builder.read(unpacked) < 0;
        if (ended) {
          builder.endOfStream();
        }
        if (builder.isFull() || (ended && !builder.isEmpty())) {
          add(builder);
        }
        if (waitingBytes > WHOLE_BYTES_MAX) {
          if (gzip && packed.count * RATIO_MAX < unpacked.count) {
            throw Problem.of(
                413, "The body unpacks to more than %d times its size.".formatted(RATIO_MAX));
          }
          sendWaiting();
        }
      }
    }

    private void add(BatchBuilder builder) {
      String batchKey = key == null || batches == 0 ? key : key + " " + batches;
      var batch = builder.take(source, hint, receivedMs, batchKey, null);
      batches++;
      waiting.add(batch);
      hold(batch);
      waitingBytes += HELD_UNIT_BYTES * (long) units(batch);
      if (isStarted()) {
        sendWaiting();
      }
    }

    private void hold(Batch batch) {
      int units = units(batch);
      try {
        if (!held.tryAcquire(units, HELD_WITHIN_SECONDS, TimeUnit.SECONDS)) {
          throw Problem.retry(429, "Too many large requests at once.", HELD_WITHIN_SECONDS);
        }
        heldUnits += units;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw Problem.retry(503, "The server is stopping.", 5);
      }
    }

    private static int units(Batch batch) {
      // Each line has two offsets beside its bytes.
      return (batch.bytes().length + 8 * batch.count()) / HELD_UNIT_BYTES + 1;
    }

    void release() {
      if (named) {
        names.end(source, !receipts.isEmpty());
        named = false;
      }
      held.release(heldUnits);
      heldUnits = 0;
      waiting.clear();
    }

    /// Whether something of the request has been handed on.
    private boolean isStarted() {
      return receipts.size() + sent.size() > 0;
    }

    private void sendWaiting() {
      if (!named && !waiting.isEmpty()) {
        names.begin(source);
        named = true;
      }
      while (!waiting.isEmpty()) {
        var batch = waiting.removeFirst();
        // Once a batch was taken the others wait for room: half a request helps nobody.
        submit(batch, isStarted());
        if (key != null && receipts.isEmpty()) {
          // Other lines under a known key are noticed before more of them are sent.
          await(sent.removeFirst());
        }
        while (sent.size() >= WINDOW_BATCHES_MAX) {
          await(sent.removeFirst());
        }
      }
      waitingBytes = 0;
    }

    void submit(Batch batch, boolean patiently) {
      try {
        var receipt = patiently ? intake.submitPatiently(batch) : intake.submit(batch);
        sent.add(new Sent(batch, units(batch), receipt));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw Problem.retry(503, "The server is stopping.", 5);
      } catch (Intake.Refused refused) {
        throw problem(refused);
      }
    }

    Result finish() {
      sendWaiting();
      while (!sent.isEmpty()) {
        await(sent.removeFirst());
      }
      if (receipts.isEmpty()) {
        throw Problem.malformed("The body holds no lines.");
      }
      return new Result(List.copyOf(receipts), replayed);
    }

    private void await(Sent batch) {
      try {
        var receipt = batch.receipt.get(DURABLE_WITHIN_SECONDS, TimeUnit.SECONDS);
        if (batch.batch.idempotencyKey() != null) {
          checkReplay(batch.batch, receipt);
        }
        receipts.add(receipt);
        held.release(Math.min(batch.units, heldUnits));
        heldUnits -= Math.min(batch.units, heldUnits);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw Problem.retry(503, "The server is stopping.", 5);
      } catch (TimeoutException _) {
        throw Problem.retry(503, "The store takes too long; the lines may still be stored.", 10);
      } catch (ExecutionException e) {
        throw problem(e.getCause() == null ? e : e.getCause());
      }
    }

    /// A receipt from an earlier request must be for the same lines.
    private void checkReplay(Batch batch, Receipt receipt) {
      // Never by the time of receipt: two requests of one millisecond may hold different lines.
      if (!receipt.sha256().equals(sha256(batch))) {
        throw Problem.invalid(
            "Idempotency-Key", "This key was used for other lines; use a new one for new lines.");
      }
      replayed |= receipt.receivedMs() != batch.receivedMs();
    }

    /// The problem of a request that fails: it names what is durable all the same.
    Problem failed(Problem problem) {
      if (problem.retryAfterSeconds() > 0) {
        metrics.refused(waiting.stream().mapToLong(Batch::count).sum());
      }
      while (!sent.isEmpty()) {
        durableOrNot(sent.removeFirst()).ifPresent(receipts::add);
      }
      return problem.withDurable(receipts.stream().map(Part::of).toList());
    }

    private static Optional<Receipt> durableOrNot(Sent batch) {
      try {
        return Optional.of(batch.receipt.get(DURABLE_WITHIN_SECONDS, TimeUnit.SECONDS));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      } catch (ExecutionException | TimeoutException _) {
        return Optional.empty();
      }
    }
  }

  static Problem problem(Throwable cause) {
    return switch (cause) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          problem(wrapped.getCause());
      case Intake.Refused refused ->
          Problem.retry(
              switch (refused.cause()) {
                case OVERLOADED -> 429;
                case UNAVAILABLE -> 503;
                case STORE_FULL -> 507;
              },
              String.valueOf(refused.getMessage()),
              refused.retryAfterSeconds());
      case Problem problem -> problem;
      default -> Problem.retry(503, "The lines could not be stored.", 5);
    };
  }

  /// As [Receipt#sha256] says.
  static String sha256(Batch batch) {
    var digest = newSha256();
    byte[] length = new byte[4];
    for (int i = 0; i < batch.count(); i++) {
      int n = batch.end(i) - batch.start(i);
      length[0] = (byte) (n >>> 24);
      length[1] = (byte) (n >>> 16);
      length[2] = (byte) (n >>> 8);
      length[3] = (byte) n;
      digest.update(length);
      digest.update(batch.bytes(), batch.start(i), n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /// A message as bytes; half of a surrogate pair becomes U+FFFD.
  static byte[] utf8(String message) {
    var whole = new StringBuilder(message.length());
    message
        .codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
        .forEach(whole::appendCodePoint);
    return whole.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Confined to one request. Counts what is read, and refuses at [#BODY_BYTES_MAX].
  private static final class Limited extends InputStream {
    private final InputStream in;
    private final String what;
    private long count;

    Limited(InputStream in, String what) {
      this.in = in;
      this.what = what;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      if (b >= 0) {
        add(1);
      }
      return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = in.read(bytes, offset, length);
      if (n > 0) {
        add(n);
      }
      return n;
    }

    private void add(int n) {
      count += n;
      if (count > BODY_BYTES_MAX) {
        throw tooLarge(what);
      }
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }
  }
}
