package dev.vedette.source;

import dev.vedette.event.Intake;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Thread-safe. Follows files by name, a virtual thread per file.
///
/// A pattern is a path whose last parts may hold `*`, `?`, `[...]` and `{...}`; `**` crosses
/// folders. New files that match are found within [#RESCAN_MS]. Each file is a source of its own,
/// `file:` and its path. See [FileFollower] for what happens at rotation and truncation: a file
/// that was rotated belongs to the one whose name it begins with, and is none of its own where a
/// pattern matches both.
public final class FileTail implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(FileTail.class);

  /// Further matching files are not read, and the report says so.
  public static final int FILES_MAX = 1_024;

  static final long RESCAN_MS = 2_000;

  /// Files of a pattern that are looked at.
  private static final int MATCHES_MAX = 65_536;

  private static final int FOLDER_DEPTH_MAX = 8;
  private static final int LEFT_OUT_TOLD_MAX = 10;

  /// A program may write to a file for so long after it was renamed.
  private static final long LATE_MS_MAX = 3_600_000;

  /// What logrotate, newsyslog and logging libraries put behind the name: a number, a date, `old`.
  private static final Pattern ROTATED =
      Pattern.compile(
          "(.+?)(?:\\.[0-9]{1,4}|[._-](?:19|20)[0-9]{2}[-_.]?[0-9]{2}[-_.:T0-9]*|\\.old)");

  private final List<String> patterns;
  private final String hint;
  private final Intake intake;
  private final Function<String, String> savedPositions;
  private final Map<Path, FileFollower> followers = new LinkedHashMap<>();

  /// Files that a pattern matches and that are none of their own, as far as the log knows.
  private final Set<Path> leftOut = new TreeSet<>();

  private volatile boolean running;
  private volatile String problem = "";
  private @Nullable Thread scanner;

  /// @param patterns paths or globs; relative ones are taken from the working directory
  /// @param hint what the lines are, or empty: then the file's name is the hint
  /// @param savedPositions the position that was stored with the last batch of a source; empty
  ///   where there is none
  public FileTail(
      List<String> patterns, String hint, Intake intake, Function<String, String> savedPositions) {
    this.patterns = List.copyOf(patterns);
    this.hint = hint;
    this.intake = intake;
    this.savedPositions = savedPositions;
  }

  @Override
  public synchronized void start() {
    running = true;
    scan();
    scanner = Thread.ofVirtual().name("file scan").start(this::rescan);
  }

  private void rescan() {
    try {
      while (running) {
        Thread.sleep(RESCAN_MS);
        scan();
      }
    } catch (InterruptedException _) {
      // Closed.
      return;
    }
  }

  private synchronized void scan() {
    var named = new TreeSet<Path>();
    var matching = new TreeSet<Path>();
    String newProblem = "";
    for (String pattern : patterns) {
      try {
        var matches = new TreeSet<Path>();
        find(pattern, named, matches);
        if (matches.isEmpty() && firstWildcard(pattern) >= 0) {
          newProblem = "no file matches " + pattern + " yet";
        }
        matching.addAll(matches);
      } catch (IOException | RuntimeException e) {
        newProblem = "looking for " + pattern + ": " + e;
      }
    }
    var found = new TreeSet<Path>(named);
    var rotated = new TreeSet<Path>();
    for (var path : matching) {
      (isRotated(path, named, matching) ? rotated : found).add(path);
    }
    tellLeftOut(rotated);
    for (var entries = followers.entrySet().iterator(); entries.hasNext(); ) {
      var entry = entries.next();
      if (entry.getValue().isGone() && !found.contains(entry.getKey())) {
        entry.getValue().close();
        entries.remove();
      }
    }
    for (var path : found) {
      if (!running || followers.containsKey(path)) {
        continue;
      }
      if (followers.size() >= FILES_MAX) {
        newProblem = "more than %d files match; the others are not read".formatted(FILES_MAX);
        break;
      }
      String source = "file:" + path;
      String fileHint = hint.isEmpty() ? String.valueOf(path.getFileName()) : hint;
      var follower =
          new FileFollower(
              path, source, fileHint, new Delivery(intake), savedPositions.apply(source));
      followers.put(path, follower);
      follower.start();
    }
    problem = newProblem;
  }

  /// Says once which files are left out, so that nobody waits for their lines.
  private void tellLeftOut(Set<Path> rotated) {
    leftOut.retainAll(rotated);
    var added = rotated.stream().filter(leftOut::add).toList();
    if (!added.isEmpty()) {
      LOG.info(
          "{} taken for rotated parts of the file whose name they begin with, and read with it:"
              + " {}{}",
          added.size() == 1 ? "1 file is" : added.size() + " files are",
          added.subList(0, Math.min(LEFT_OUT_TOLD_MAX, added.size())),
          added.size() > LEFT_OUT_TOLD_MAX ? " and more" : "");
    }
  }

  /// The files of a pattern. A pattern without wildcards is its own file, there or not: it may
  /// come.
  private static void find(String pattern, Set<Path> named, Set<Path> matching) throws IOException {
    int wildcard = firstWildcard(pattern);
    if (wildcard < 0) {
      named.add(Path.of(pattern).toAbsolutePath().normalize());
      return;
    }
    int slash = pattern.lastIndexOf('/', wildcard);
    var folder =
        Path.of(slash < 0 ? "" : pattern.substring(0, slash + 1)).toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      return;
    }
    String rest = pattern.substring(slash + 1);
    PathMatcher matcher =
        FileSystems.getDefault().getPathMatcher("glob:" + escape(folder.toString()) + "/" + rest);
    int depth =
        rest.contains("**")
            ? FOLDER_DEPTH_MAX
            : 1 + (int) rest.chars().filter(c -> c == '/').count();
    Files.walkFileTree(
        folder,
        Set.of(),
        depth,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            if (!attributes.isDirectory() && matcher.matches(path) && !isCompressed(path)) {
              matching.add(path);
            }
            return matching.size() < MATCHES_MAX
                ? FileVisitResult.CONTINUE
                : FileVisitResult.TERMINATE;
          }

          // What this user may not look into keeps nobody from the rest.
          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Whether a file was rotated away from one that is followed or about to be: its follower reads
  /// it.
  private boolean isRotated(Path path, Set<Path> named, Set<Path> matching) {
    var name = ROTATED.matcher(String.valueOf(path.getFileName()));
    if (!name.matches()) {
      return false;
    }
    var living = path.resolveSibling(name.group(1));
    if (followers.containsKey(living) || named.contains(living) || matching.contains(living)) {
      try {
        return modifiedMs(path) <= modifiedMs(living) + LATE_MS_MAX;
      } catch (IOException _) {
        // One of them is being renamed; the next scan sees more.
        return true;
      }
    }
    return false;
  }

  private static long modifiedMs(Path path) throws IOException {
    return Files.getLastModifiedTime(path).toMillis();
  }

  static boolean isCompressed(Path path) {
    String name = path.toString();
    return name.endsWith(".gz")
        || name.endsWith(".zst")
        || name.endsWith(".xz")
        || name.endsWith(".bz2");
  }

  private static int firstWildcard(String pattern) {
    for (int i = 0; i < pattern.length(); i++) {
      if ("*?[{".indexOf(pattern.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static String escape(String path) {
    return path.replaceAll("([*?\\[\\]{}\\\\])", "\\\\$1");
  }

  @Override
  public synchronized List<SourceReport> reports() {
    var reports = new ArrayList<SourceReport>();
    for (var follower : followers.values()) {
      reports.add(follower.report());
    }
    if (!problem.isEmpty()) {
      reports.add(new SourceReport("file", running, 0, 0, 0, 0, 0, problem));
    }
    return reports;
  }

  @Override
  public void close() {
    running = false;
    List<FileFollower> all;
    synchronized (this) {
      if (scanner != null) {
        scanner.interrupt();
      }
      all = List.copyOf(followers.values());
    }
    for (var follower : all) {
      follower.close();
    }
  }

  static boolean isRegular(Path path) {
    return Files.isRegularFile(path) && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }
}
