package dev.vedette.server;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/// Thread-safe. The dashboard's files and the libraries it uses, from the class path.
///
/// `/` and what lies below it is the folder `dashboard`; `/webjars/...` are the WebJars, whose
/// paths hold their version and so may be cached for ever. Each file is read and compressed once
/// and kept; there are as many as the build contains, and no request can make more.
final class Pages {
  private static final String WEBJARS = "/webjars/";
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_@-][A-Za-z0-9._@+-]*)+");
  private static final int FILE_BYTES_MAX = 16 << 20;
  private static final int COMPRESS_BYTES_MIN = 1_024;
  private static final int FILES_MAX = 2_000;
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("mjs", "text/javascript; charset=utf-8"),
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("map", "application/json"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("png", "image/png"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("webmanifest", "application/manifest+json"),
          Map.entry("txt", "text/plain; charset=utf-8"));

  private record Page(String type, byte[] plain, byte[] gzip, String etag) {}

  private final Map<String, Page> pages = new ConcurrentHashMap<>();

  /// The policy of every answer: nothing but our own files, no inline code but the import map of
  /// the dashboard's page, which is allowed by its hash.
  static String contentSecurityPolicy() {
    String importMap = inlineImportMap().map(hash -> " 'sha256-" + hash + "'").orElse("");
    return "default-src 'none'; script-src 'self'"
        + importMap
        + "; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
        + " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  }

  private static Optional<String> inlineImportMap() {
    byte[] index = resource("/dashboard/index.html").orElse(new byte[0]);
    var matcher =
        Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL)
            .matcher(new String(index, StandardCharsets.UTF_8));
    return matcher.find()
        ? Optional.of(
            Base64.getEncoder()
                .encodeToString(sha256(matcher.group(1).getBytes(StandardCharsets.UTF_8))))
        : Optional.empty();
  }

  /// Answers with the file at the request's path.
  ///
  /// @throws Problem 404 where there is none
  void answer(Context ctx) {
    String path = ctx.req().getRequestURI();
    boolean root = path.equals("/");
    var page = page(root ? "/index.html" : path);
    var res = ctx.res();
    res.setHeader(
        "Cache-Control",
        path.startsWith(WEBJARS) ? "public, max-age=31536000, immutable" : "no-cache");
    res.setHeader("ETag", page.etag);
    if (page.etag.equals(ctx.header("If-None-Match"))) {
      ctx.status(304);
      return;
    }
    res.addHeader("Vary", "Accept-Encoding");
    ctx.contentType(page.type);
    String accepted = ctx.header("Accept-Encoding");
    if (page.gzip.length > 0 && accepted != null && accepted.contains("gzip")) {
      res.setHeader("Content-Encoding", "gzip");
      ctx.result(page.gzip);
    } else {
      ctx.result(page.plain);
    }
  }

  private Page page(String path) {
    var known = pages.get(path);
    if (known != null) {
      return known;
    }
    if (path.length() > 256 || !PATH.matcher(path).matches()) {
      throw none();
    }
    String resource = path.startsWith(WEBJARS) ? "/META-INF/resources" + path : "/dashboard" + path;
    String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
    if (type == null || pages.size() >= FILES_MAX) {
      throw none();
    }
    byte[] plain = resource(resource).orElseThrow(Pages::none);
    var page =
        new Page(
            type,
            plain,
            plain.length < COMPRESS_BYTES_MIN || type.startsWith("image/png")
                ? new byte[0]
                : gzip(plain),
            '"' + HexFormat.of().formatHex(sha256(plain), 0, 12) + '"');
    pages.put(path, page);
    return page;
  }

  private static Problem none() {
    return Problem.notFound("There is nothing at this path.");
  }

  static Optional<byte[]> resource(String name) {
    try (InputStream in = Pages.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(in.readNBytes(FILE_BYTES_MAX));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] gzip(byte[] plain) {
    var out = new ByteArrayOutputStream(plain.length / 3);
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
