package dev.vedette.server;

import dev.vedette.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/// Thread-safe: sessions in a concurrent map, failed logins guarded by `this`. Who somebody is.
///
/// The admin's password is kept as an Argon2id hash (RFC 9106), tokens as SHA-256 of 256 random
/// bits: neither can be had back from the store. Sessions live in memory, so a restart ends them.
/// Passwords and tokens appear in no log and no message.
///
/// Guessing is slowed twice. After [#FREE_FAILURES] wrong passwords from one address (an IPv6 /64
/// counts as one) each further attempt must wait, from 1 s doubling up to 15 minutes. The user is
/// protected against many addresses by a wait of at most 30 s, which does not hold for an address
/// from which the user signed in before: so strangers cannot lock the admin out.
public final class Access {
  public static final String ADMIN = "admin";
  public static final long SESSION_MS = 12 * 3_600_000L;
  static final int FREE_FAILURES = 5;
  static final int SESSIONS_MAX = 10_000;
  static final int TOKENS_MAX = 1_000;
  private static final int REMEMBERED_MAX = 10_000;
  private static final int ADDRESS_WAIT_SECONDS_MAX = 900;
  private static final int USER_WAIT_SECONDS_MAX = 30;
  private static final String PASSWORD_KEY = "access.admin.password";
  private static final String TOKENS_KEY = "access.tokens";

  // OWASP's recommendation for Argon2id: 19 MiB, 2 passes, 1 lane.
  private static final int ARGON_KIB = 19_456;
  private static final int ARGON_PASSES = 2;
  private static final int ARGON_LANES = 1;

  /// Somebody who was recognised.
  ///
  /// @param key what the session or token is known by here; null where nobody was asked for one
  /// @param expiresMs when the session ends if it is not used; 0 where it does not
  record Principal(String name, Role role, @Nullable String key, long expiresMs) {}

  /// The first credentials in plain text, this once: to be printed and forgotten.
  public record FirstSecrets(String adminPassword, String ingestToken) {}

  /// A login that worked.
  record Login(String token, Principal principal) {}

  private record Token(String sha256, Role role, String name, long createdMs) {}

  private record Session(String user, Role role, long expiresMs) {}

  private record Failures(int count, long lastMs) {}

  private final Store store;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, Failures> failuresByAddress = remembering();
  private final Map<String, Failures> failuresByUser = remembering();
  private final Map<String, Boolean> knownAddresses = remembering();
  // Hashing takes 19 MiB and tens of milliseconds each time.
  private final Semaphore hashing = new Semaphore(2);
  private final int argonKib;
  private volatile Map<String, Token> tokens;

  /// Reads the credentials from the store; [#makeFirstSecrets] makes them where there are none.
  public Access(Store store, InstantSource clock) {
    this(store, clock, ARGON_KIB);
  }

  /// @param argonKib memory that hashing a new password takes; what is stored says its own
  Access(Store store, InstantSource clock, int argonKib) {
    this.argonKib = argonKib;
    this.store = store;
    this.clock = clock;
    this.tokens = readTokens();
  }

  /// Makes an admin password and an ingest token where nobody has a password yet, and answers them,
  /// this once: whoever asks must show them to somebody. Empty where there is a password.
  public synchronized Optional<FirstSecrets> makeFirstSecrets() {
    if (store.setting(PASSWORD_KEY).isPresent()) {
      return Optional.empty();
    }
    String password = newPassword();
    String token = newToken(Role.INGEST, "first ingest token");
    store.putSetting(PASSWORD_KEY, hash(password));
    return Optional.of(new FirstSecrets(password, token));
  }

  // ---- tokens and passwords
  // -----------------------------------------------------------------------------------------

  /// Makes a further token and answers it, this once.
  public synchronized String newToken(Role role, String name) {
    String token = "vdt_" + randomText();
    var made = new LinkedHashMap<>(tokens);
    if (made.size() >= TOKENS_MAX) {
      throw new ServerException(
          "There are %d tokens already; remove some first.".formatted(TOKENS_MAX));
    }
    String sha256 = sha256(token);
    String cleanName = name.replaceAll("[\\p{Cntrl}\\t]", " ");
    made.put(sha256, new Token(sha256, role, cleanName, clock.millis()));
    writeTokens(made);
    return token;
  }

  /// Voids every token of a role, and answers how many there were.
  public synchronized int revokeTokens(Role role) {
    var kept = new LinkedHashMap<>(tokens);
    kept.values().removeIf(token -> token.role == role);
    int revoked = tokens.size() - kept.size();
    writeTokens(kept);
    return revoked;
  }

  /// Gives the admin a new password, ends all sessions, and answers the password, this once.
  public String resetPassword() {
    String password = newPassword();
    store.putSetting(PASSWORD_KEY, hash(password));
    sessions.clear();
    return password;
  }

  private void writeTokens(Map<String, Token> all) {
    var lines = new ArrayList<String>();
    for (var token : all.values()) {
      lines.add(
          "%s\t%s\t%d\t%s".formatted(token.sha256, token.role.word(), token.createdMs, token.name));
    }
    store.putSetting(TOKENS_KEY, String.join("\n", lines));
    tokens = Map.copyOf(all);
  }

  private Map<String, Token> readTokens() {
    var found = new LinkedHashMap<String, Token>();
    for (String line : store.setting(TOKENS_KEY).orElse("").lines().toList()) {
      String[] parts = line.split("\t", 4);
      if (parts.length == 4) {
        Role.ofWord(parts[1])
            .ifPresent(role ->
                found.put(parts[0], new Token(parts[0], role, parts[3], Long.parseLong(parts[2]))));
      }
    }
    return Map.copyOf(found);
  }

  // ---- recognising
  // --------------------------------------------------------------------------------------------------

  /// Who holds this token; empty for nobody. Using a session prolongs it.
  Optional<Principal> recognise(String token) {
    if (token.length() > 128) {
      return Optional.empty();
    }
    // The map is asked for a hash that its sender cannot choose, so its timing tells nothing.
    String sha256 = sha256(token);
    var known = tokens.get(sha256);
    if (known != null) {
      return Optional.of(new Principal(known.name, known.role, sha256, 0));
    }
    long nowMs = clock.millis();
    var session =
        sessions.computeIfPresent(
            sha256,
            (_, was) ->
                was.expiresMs <= nowMs
                    ? null
                    : new Session(was.user, was.role, nowMs + SESSION_MS));
    return Optional.ofNullable(session)
        .map(of -> new Principal(of.user, of.role, sha256, of.expiresMs));
  }

  /// Whether what somebody was recognised by still holds. Asking is no use of a session.
  boolean isCurrent(Principal principal) {
    String key = principal.key();
    if (key == null || tokens.containsKey(key)) {
      return true;
    }
    var session = sessions.get(key);
    return session != null && session.expiresMs > clock.millis();
  }

  /// Signs in.
  ///
  /// @param address where the attempt comes from
  /// @throws Problem 401 for wrong credentials, 429 when the next attempt must wait
  Login login(String user, String password, String address) {
    String network = network(address);
    refuseWhileWaiting(user, network);
    if (!hashing.tryAcquire()) {
      throw Problem.retry(429, "Too many people sign in at once; try again in a second.", 1);
    }
    boolean passwordRight;
    try {
      // Asked first: a wrong user takes as long as a wrong password.
      var stored = store.setting(PASSWORD_KEY);
      passwordRight = stored.isPresent() && matches(password, stored.get());
    } finally {
      hashing.release();
    }
    if (!passwordRight || !user.equals(ADMIN)) {
      noteFailure(user, network);
      throw Problem.of(401, "Wrong user or password.");
    }
    noteSuccess(user, network);
    return openSession(user);
  }

  private Login openSession(String user) {
    long nowMs = clock.millis();
    if (sessions.size() >= SESSIONS_MAX) {
      sessions.values().removeIf(session -> session.expiresMs <= nowMs);
      if (sessions.size() >= SESSIONS_MAX) {
        throw Problem.retry(429, "Too many sessions are open; sign out somewhere.", 60);
      }
    }
    String token = "vds_" + randomText();
    String sha256 = sha256(token);
    var session = new Session(user, Role.ADMIN, nowMs + SESSION_MS);
    sessions.put(sha256, session);
    return new Login(token, new Principal(user, session.role, sha256, session.expiresMs));
  }

  void logout(Principal principal) {
    if (principal.key() != null) {
      sessions.remove(principal.key());
    }
  }

  private synchronized void refuseWhileWaiting(String user, String network) {
    long waitMs = waitMs(failuresByAddress.get(network), ADDRESS_WAIT_SECONDS_MAX);
    if (!knownAddresses.containsKey(network)) {
      waitMs = Math.max(waitMs, waitMs(failuresByUser.get(user), USER_WAIT_SECONDS_MAX));
    }
    if (waitMs > 0) {
      int seconds = (int) ((waitMs + 999) / 1_000);
      throw Problem.retry(
          429, "Too many wrong passwords; try again in %d s.".formatted(seconds), seconds);
    }
  }

  private long waitMs(@Nullable Failures failures, int secondsMax) {
    if (failures == null || failures.count < FREE_FAILURES) {
      return 0;
    }
    long seconds = Math.min(secondsMax, 1L << Math.min(30, failures.count - FREE_FAILURES));
    return Math.max(0, failures.lastMs + seconds * 1_000 - clock.millis());
  }

  private synchronized void noteFailure(String user, String network) {
    var once = new Failures(1, clock.millis());
    failuresByAddress.merge(network, once, (was, now) -> new Failures(was.count + 1, now.lastMs));
    failuresByUser.merge(user, once, (was, now) -> new Failures(was.count + 1, now.lastMs));
  }

  private synchronized void noteSuccess(String user, String network) {
    failuresByAddress.remove(network);
    failuresByUser.remove(user);
    knownAddresses.put(network, true);
  }

  /// What counts as one address: an IPv4 address, or the first half of an IPv6 address.
  private static String network(String address) {
    var ip = new dev.vedette.event.IpAddress();
    return !ip.parse(address) || ip.isIpv4() ? address : Long.toHexString(ip.high());
  }

  // ---- secrets
  // ------------------------------------------------------------------------------------------------------

  private String randomText() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// 20 characters that nobody confuses, in groups: 98 bits.
  private String newPassword() {
    String letters = "abcdefghjkmnpqrstuvwxyz23456789";
    var password = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      if (i > 0 && i % 5 == 0) {
        password.append('-');
      }
      password.append(letters.charAt(random.nextInt(letters.length())));
    }
    return password.toString();
  }

  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /// Written as the reference implementation writes it: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.
  private String hash(String password) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    byte[] hash = argon2id(password, salt, argonKib, ARGON_PASSES, ARGON_LANES);
    var base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            argonKib,
            ARGON_PASSES,
            ARGON_LANES,
            base64.encodeToString(salt),
            base64.encodeToString(hash));
  }

  private static boolean matches(String password, String stored) {
    String[] parts = stored.split("\\$", -1);
    if (parts.length != 6 || !parts[1].equals("argon2id")) {
      throw new ServerException(
          "The stored admin password cannot be read; make a new one with `vedette users"
              + " reset-password`.");
    }
    int kib = 0;
    int passes = 0;
    int lanes = 0;
    for (String cost : List.of(parts[3].split(",", -1))) {
      int value = Integer.parseInt(cost.substring(2));
      switch (cost.charAt(0)) {
        case 'm' -> kib = value;
        case 't' -> passes = value;
        default -> lanes = value;
      }
    }
    byte[] salt = Base64.getDecoder().decode(parts[4]);
    byte[] expected = Base64.getDecoder().decode(parts[5]);
    return MessageDigest.isEqual(expected, argon2id(password, salt, kib, passes, lanes));
  }

  private static byte[] argon2id(String password, byte[] salt, int kib, int passes, int lanes) {
    var generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(kib)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[32];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }

  /// A map that forgets the entry touched longest ago when it is full.
  private static <V> Map<String, V> remembering() {
    return new LinkedHashMap<>(64, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > REMEMBERED_MAX;
      }
    };
  }
}
