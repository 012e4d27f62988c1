package dev.vedette.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/// Thread-safe: static functions only. JSON in and out, by tokens: no object mapper has to warm up.
final class Json {
  private Json() {}

  /// Deep, long and doubled content is refused by the reader itself.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(8 << 20)
                  .maxNameLength(256)
                  .maxNumberLength(64)
                  .maxTokenCount(10_000)
                  .build())
          .build();

  /// Writes part of a document.
  interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  /// A document as text. Text of events may hold half of a surrogate pair (it was cut to a length);
  /// it becomes `?` when the text is encoded, which a generator over bytes would refuse.
  static String text(Content content) {
    var out = new StringWriter(512);
    try (var json = FACTORY.createGenerator(out)) {
      content.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter does not fail", e);
    }
    return out.toString();
  }

  /// Reads one object. Its strings, booleans and whole numbers become values; what is nested, null
  /// or another number is left out, so that whoever needs it finds it missing.
  ///
  /// @throws Problem 400 when it is no JSON object
  static Map<String, Object> object(byte[] bytes) {
    var values = new HashMap<String, Object>();
    try (var json = FACTORY.createParser(bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw Problem.malformed("The body is no JSON object.");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        readValue(json, name, values);
      }
      if (json.nextToken() != null) {
        throw Problem.malformed("Something follows the JSON object in the body.");
      }
    } catch (JsonProcessingException e) {
      throw Problem.malformed(sentence(e));
    } catch (IOException e) {
      // Bytes that are no UTF-8.
      throw Problem.malformed("The body is no JSON: " + firstLine(e));
    }
    return values;
  }

  private static void readValue(JsonParser json, String name, Map<String, Object> values)
      throws IOException {
    switch (json.currentToken()) {
      case VALUE_STRING -> values.put(name, json.getText());
      case VALUE_TRUE -> values.put(name, true);
      case VALUE_FALSE -> values.put(name, false);
      case VALUE_NUMBER_INT -> {
        if (json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
          values.put(name, json.getLongValue());
        }
      }
      default -> json.skipChildren();
    }
  }

  private static String sentence(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    String where =
        at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
    String what = e.getOriginalMessage();
    int end = what.indexOf('\n');
    return "The body is no JSON%s: %s".formatted(where, end < 0 ? what : what.substring(0, end));
  }

  private static String firstLine(IOException e) {
    String what = String.valueOf(e.getMessage());
    int end = what.indexOf('\n');
    return end < 0 ? what : what.substring(0, end);
  }
}
