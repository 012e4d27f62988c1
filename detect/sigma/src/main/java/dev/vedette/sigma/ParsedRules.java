package dev.vedette.sigma;

import dev.vedette.sigma.YamlNode.Entry;
import dev.vedette.sigma.YamlNode.Mapping;
import dev.vedette.sigma.YamlNode.Scalar;
import dev.vedette.sigma.YamlNode.Sequence;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Immutable. Rule files that were read as YAML and not as rules yet. Parsing YAML is a good part
/// of what a cold process does to have rules, so whoever starts often with the same files keeps
/// them in this form ([#encode]), which [#decode] reads without looking at a single line of text.
public final class ParsedRules {
  /// Documents of one file.
  static final int DOCUMENTS_MAX = 20_000;

  private static final byte VERSION = 1;

  private static final int SEQUENCE = 0;
  private static final int MAPPING = 1;

  /// A scalar's tag: this, its type in the bits above, and whether it is a plain block.
  private static final int SCALAR = 2;

  private static final int PLAIN_BLOCK = 32;
  private static final Scalar.Type[] TYPES = Scalar.Type.values();

  private final List<File> files;

  private ParsedRules(List<File> files) {
    this.files = files;
  }

  /// @param name as errors will tell it
  record File(String name, List<Document> documents) {}

  /// One document of a file.
  sealed interface Document {
    record Of(YamlNode root) implements Document {}

    record Broken(RuleProblem problem) implements Document {}
  }

  List<File> files() {
    return files;
  }

  /// Nothing is thrown for bad input: what is no YAML becomes a [RuleProblem] of the rule set.
  public static ParsedRules parse(List<RuleFile> files) {
    // No file needs to know of another.
    return new ParsedRules(
        files.parallelStream().map(file -> new File(file.name(), parse(file))).toList());
  }

  /// These, and then those.
  public ParsedRules and(ParsedRules others) {
    var all = new ArrayList<>(files);
    all.addAll(others.files);
    return new ParsedRules(List.copyOf(all));
  }

  private static List<Document> parse(RuleFile file) {
    if (file.bytes().length > RuleFile.BYTES_MAX) {
      return broken(
          file,
          0,
          "The file has "
              + file.bytes().length
              + " bytes; at most "
              + RuleFile.BYTES_MAX
              + " are read.",
          "Split it.");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file.bytes())).toString();
    } catch (CharacterCodingException _) {
      return broken(file, 0, "The file is not UTF-8.", "Save it as UTF-8.");
    }
    var documents = new ArrayList<Document>();
    int read = 0;
    for (var document : YamlReader.split(text)) {
      if (++read > DOCUMENTS_MAX) {
        documents.addAll(
            broken(
                file,
                document.lineOffset() + 1,
                "The file has more than " + DOCUMENTS_MAX + " documents.",
                "Split it."));
        break;
      }
      try {
        var root = YamlReader.read(document);
        if (root != null) {
          documents.add(new Document.Of(root));
        }
      } catch (RuleSyntaxException e) {
        documents.add(new Document.Broken(e.problem(file.name(), "")));
      }
    }
    return documents;
  }

  private static List<Document> broken(RuleFile file, int line, String what, String todo) {
    int column = line == 0 ? 0 : 1;
    return List.of(new Document.Broken(new RuleProblem(file.name(), line, column, "", what, todo)));
  }

  // ---- as bytes: a table of texts, the files, and a checksum

  /// Bytes for [#decode] of the same build; empty where a document is broken, which is for people
  /// to see each time.
  public Optional<byte[]> encode() {
    var texts = new HashMap<String, Integer>();
    var table = new ByteArrayOutputStream();
    var body = new ByteArrayOutputStream();
    Numbers.write(body, files.size());
    for (var file : files) {
      Numbers.write(body, text(file.name, texts, table));
      Numbers.write(body, file.documents.size());
      for (var document : file.documents) {
        if (!(document instanceof Document.Of(var root))) {
          return Optional.empty();
        }
        write(root, body, texts, table);
      }
    }
    var out = new ByteArrayOutputStream();
    out.write(VERSION);
    Numbers.write(out, texts.size());
    out.writeBytes(table.toByteArray());
    out.writeBytes(body.toByteArray());
    byte[] content = out.toByteArray();
    return Optional.of(
        ByteBuffer.allocate(content.length + Long.BYTES)
            .put(content)
            .putLong(checksum(content, content.length))
            .array());
  }

  private static int text(String text, Map<String, Integer> texts, ByteArrayOutputStream table) {
    Integer known = texts.get(text);
    if (known != null) {
      return known;
    }
    Numbers.write(table, text.getBytes(StandardCharsets.UTF_8));
    texts.put(text, texts.size());
    return texts.size() - 1;
  }

  private static void write(
      YamlNode node,
      ByteArrayOutputStream out,
      Map<String, Integer> texts,
      ByteArrayOutputStream table) {
    switch (node) {
      case Scalar scalar -> {
        out.write(SCALAR | scalar.type().ordinal() << 2 | (scalar.plainBlock() ? PLAIN_BLOCK : 0));
        Numbers.write(out, text(scalar.text(), texts, table));
      }
      case Sequence sequence -> {
        out.write(SEQUENCE);
        Numbers.write(out, sequence.items().size());
        sequence.items().forEach(item -> write(item, out, texts, table));
      }
      case Mapping mapping -> {
        out.write(MAPPING);
        Numbers.write(out, mapping.entries().size());
        for (var entry : mapping.entries()) {
          write(entry.key(), out, texts, table);
          write(entry.value(), out, texts, table);
        }
      }
    }
    Numbers.write(out, node.position().line());
    Numbers.write(out, node.position().column());
  }

  /// Reads what [#encode] of the same build wrote; empty for anything else, damage included.
  public static Optional<ParsedRules> decode(byte[] bytes) {
    int length = bytes.length - Long.BYTES;
    if (length < 1
        || bytes[0] != VERSION
        || ByteBuffer.wrap(bytes).getLong(length) != checksum(bytes, length)) {
      return Optional.empty();
    }
    return Optional.ofNullable(new Decoder(new Numbers(bytes, 1)).files()).map(ParsedRules::new);
  }

  private static long checksum(byte[] bytes, int length) {
    var crc = new CRC32();
    crc.update(bytes, 0, length);
    return crc.getValue();
  }

  /// Confined to one call. The checksum tells damage, so that what is left to be careful about is
  /// another version of this class.
  private static final class Decoder {
    private final Numbers in;
    private String[] texts = new String[0];

    Decoder(Numbers in) {
      this.in = in;
    }

    @Nullable List<File> files() {
      texts = new String[in.count()];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = in.text();
      }
      var files = new File[in.count()];
      for (int i = 0; i < files.length && !in.isBroken(); i++) {
        String name = text();
        var documents = new Document[in.count()];
        for (int k = 0; k < documents.length && !in.isBroken(); k++) {
          documents[k] = new Document.Of(node(0));
        }
        files[i] = new File(name, in.isBroken() ? List.of() : List.of(documents));
      }
      return in.isBroken() || in.left() != Long.BYTES ? null : List.of(files);
    }

    private String text() {
      long number = in.number();
      return number < texts.length ? texts[(int) number] : in.broken();
    }

    private YamlNode node(int depth) {
      int tag = (int) in.number();
      if ((tag & SCALAR) != 0) {
        String text = text();
        int type = tag >> 2 & 7;
        return new Scalar(
            text,
            type < TYPES.length ? TYPES[type] : Scalar.Type.NULL,
            (tag & PLAIN_BLOCK) != 0,
            position());
      }
      int count = depth > YamlReader.DEPTH_MAX ? in.broken().length() : in.count();
      if (tag == SEQUENCE) {
        var items = new ArrayList<YamlNode>(count);
        for (int i = 0; i < count && !in.isBroken(); i++) {
          items.add(node(depth + 1));
        }
        return new Sequence(items, position());
      }
      var entries = new ArrayList<Entry>(count);
      for (int i = 0; i < count && !in.isBroken(); i++) {
        if (node(depth + 1) instanceof Scalar key) {
          entries.add(new Entry(key, node(depth + 1)));
        } else {
          in.broken();
        }
      }
      return new Mapping(entries, position());
    }

    private Position position() {
      return new Position((int) in.number(), (int) in.number());
    }
  }
}
