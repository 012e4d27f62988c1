package dev.vedette.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An answer that is an error: an RFC 9457 problem. Thrown by whoever notices, written by [Gate].
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final @Nullable String parameter;
  private final int position;
  private final int length;
  private final int retryAfterSeconds;
  private transient List<Ingest.Part> durable = List.of();

  private Problem(
      int status,
      String detail,
      @Nullable String parameter,
      int position,
      int length,
      int retryAfterSeconds) {
    // No stack trace: a problem is an answer, and floods of them must be cheap.
    super(detail, null, false, false);
    this.status = status;
    this.parameter = parameter;
    this.position = position;
    this.length = length;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static Problem of(int status, String detail) {
    return new Problem(status, detail, null, -1, 0, 0);
  }

  static Problem malformed(String detail) {
    return of(400, detail);
  }

  static Problem notFound(String detail) {
    return of(404, detail);
  }

  /// A value that can be read but is wrong.
  static Problem invalid(String parameter, String detail) {
    return new Problem(422, detail, parameter, -1, 0, 0);
  }

  /// As above, saying which part of the value it is.
  static Problem invalid(String parameter, String detail, int position, int length) {
    return new Problem(422, detail, parameter, position, length, 0);
  }

  static Problem retry(int status, String detail, int retryAfterSeconds) {
    return new Problem(status, detail, null, -1, 0, Math.max(1, retryAfterSeconds));
  }

  /// Names the batches of the request that are durable all the same.
  Problem withDurable(List<Ingest.Part> parts) {
    durable = List.copyOf(parts);
    return this;
  }

  int status() {
    return status;
  }

  /// 0: the client need not wait.
  int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  String json(String requestId) {
    return Json.text(json -> {
      json.writeStartObject();
      json.writeStringField("type", "about:blank");
      json.writeStringField("title", title(status));
      json.writeNumberField("status", status);
      json.writeStringField("detail", detail());
      json.writeStringField("request_id", requestId);
      if (parameter != null) {
        json.writeStringField("parameter", parameter);
      }
      if (position >= 0) {
        json.writeNumberField("position", position);
        json.writeNumberField("length", length);
      }
      if (!durable.isEmpty()) {
        json.writeArrayFieldStart("receipts");
        for (var part : durable) {
          part.write(json);
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    });
  }

  private static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 415 -> "Unsupported Media Type";
      case 421 -> "Misdirected Request";
      case 422 -> "Unprocessable Content";
      case 426 -> "Upgrade Required";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 503 -> "Service Unavailable";
      case 507 -> "Insufficient Storage";
      default -> status < 500 ? "Bad Request" : "Internal Server Error";
    };
  }
}
